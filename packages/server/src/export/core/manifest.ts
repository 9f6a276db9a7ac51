/** What `manifest.json` of an archive says, and whether an archive of it can be brought in here. */
import { z } from 'zod';

export const MANIFEST_SCHEMA = 'tenantry.export/1';

const count = z.int().min(0);
const columns = z.array(z.string()).min(1);

export const manifestSchema = z.object({
  schema: z.literal(MANIFEST_SCHEMA),
  tenant: z.object({ id: z.uuid(), slug: z.string(), product: z.string() }),
  taken_at: z.iso.datetime(),
  tables: z.array(
    z.object({
      entry: z.string().regex(/^(?!.*\.\.)[\w./-]+\.json$/),
      database: z.string(),
      table: z.string(),
      rows: count,
      rows_sha256: z.string().regex(/^[0-9a-f]{64}$/),
      columns,
      left_out_columns: z.array(z.string()),
    }),
  ),
  left_out: z.array(z.string()),
});

export type ExportManifest = z.infer<typeof manifestSchema>;
export type ManifestTable = ExportManifest['tables'][number];

/** Which release wrote it: `newer` for a format later than ours, `other` for no archive of ours at all. */
export function formatOf(manifest: unknown): 'ours' | 'newer' | 'other' {
  const { schema } = z.object({ schema: z.string() }).safeParse(manifest).data ?? {};
  if (schema === MANIFEST_SCHEMA) return 'ours';
  return /^tenantry\.export\/\d+$/.test(schema ?? '') ? 'newer' : 'other';
}

/**
 * The rows of a tenant as those of another: its id, wherever it stands as a whole text, is the other's. No other id
 * changes, so rows keep pointing at each other.
 */
export const underTenant =
  (from: string, to: string) =>
  (line: string): string =>
    line.replaceAll(`"${from}"`, `"${to}"`);
