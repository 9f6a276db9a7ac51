import type { Readable } from 'node:stream';
import type { Actor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { isSecretColumn, PLANE_TABLES } from './core/plane-tables.ts';
import { planeRows } from './plane-rows.ts';
import type { ExportDeps, ExportTenant, ProductDatabases, TenantRows } from './sources.ts';
import { Archive, type ArchiveProgress, type ManifestEntry, type TableInput } from './write-archive.ts';

export interface ExportInput {
  /** Id or slug. */
  readonly tenant: string;
  readonly format: 'json' | 'csv';
}

export interface TenantExport {
  readonly fileName: string;
  /** The archive; breaks off where something fails, and is then no readable ZIP. */
  readonly stream: Readable;
}

/** The four entries that are always there (OFF-28). */
const ALWAYS = ['users.json', 'projects.json', 'audit_logs.json', 'settings.json'] as const;

/**
 * Everything of a tenant as one archive: accounts, projects, audit trail, settings, every other table under `data/`, and
 * `manifest.json` with counts and hashes, which comes last. It is written while it is read.
 *
 * @throws tenant.not_found, access.forbidden; export.unavailable when a database of the product cannot be read
 */
export async function exportTenant(deps: ExportDeps, actor: Actor, input: ExportInput): Promise<TenantExport> {
  const contents = await openContents(deps, actor, input);
  await deps.database.transaction('operator', (tx) =>
    recordAudit(
      { tx, actor, now: contents.at },
      {
        action: 'tenant.exported',
        tenantId: contents.tenant.id,
        subject: { kind: 'tenant', id: contents.tenant.id, name: contents.tenant.slug },
        detail: { format: input.format },
      },
    ),
  );
  return { fileName: fileNameOf(contents.tenant.slug, contents.at), stream: beginArchive(deps, contents) };
}

export const fileNameOf = (slug: string, at: Date): string => `${slug}-${at.toISOString().slice(0, 10)}.zip`;

/**
 * What is read, found to be readable: what cannot be read is said before the first byte, since afterwards the archive
 * could only break off.
 */
export async function openContents(deps: ExportDeps, actor: Actor, input: ExportInput): Promise<Contents> {
  const at = deps.now();
  const { tenant, settings } = await deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, actor, now: at };
    const found = await deps.sources.tenantOf(ctx, input.tenant);
    await deps.sources.assertWhole(tx, found.id);
    return { tenant: found, settings: await deps.sources.settingsOf(ctx, found.id) };
  });
  return { tenant, settings, databases: await deps.sources.openDatabases(tenant), at, csv: input.format === 'csv' };
}

/** The archive as it is written. Whoever reads it no more ends the reading of databases, too. */
export function beginArchive(
  deps: ExportDeps,
  contents: Contents,
  told?: (progress: ArchiveProgress) => void,
): Readable {
  const archive = new Archive(told);
  const leaving = new AbortController();
  archive.stream.on('close', () => leaving.abort(new Error('nobody reads the export any more')));
  void write(deps, contents, archive, leaving.signal).catch((error: unknown) =>
    archive.abort(error instanceof Error ? error : new Error(String(error))),
  );
  return archive.stream;
}

export interface Contents {
  readonly tenant: ExportTenant;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly databases: ProductDatabases;
  readonly at: Date;
  readonly csv: boolean;
}

async function write(deps: ExportDeps, contents: Contents, archive: Archive, signal: AbortSignal): Promise<void> {
  const { tenant, settings, databases, at, csv } = contents;
  const entries: ManifestEntry[] = [];
  const leftOut: string[] = Object.entries(PLANE_TABLES).flatMap(([name, listed]) =>
    'because' in listed ? [`tenantry.${name}: ${listed.because}`] : [],
  );
  archive.addText('settings.json', `${JSON.stringify(settings, undefined, 2)}\n`);
  await deps.database.transaction('worker', async (tx) => {
    // One view of everything; nothing was read in this transaction yet.
    await tx.query('set transaction isolation level repeatable read, read only');
    for (const rows of await planeRows(tx, tenant.id)) {
      signal.throwIfAborted();
      entries.push(await archive.addTable(inputOf(rows, rows.entry, rows.omit), csv));
    }
  });
  await databases.each(signal, async ({ tables, leftOut: skipped }) => {
    leftOut.push(...skipped.map((name) => `${name}: not kept, such as sessions`));
    for (const rows of tables) {
      signal.throwIfAborted();
      const taken = entries.some(({ entry }) => entry === 'projects.json');
      const entry = rows.table === 'projects' && !taken ? 'projects.json' : `data/${rows.database}/${rows.table}.json`;
      entries.push(await archive.addTable(inputOf(rows, entry, rows.columns.filter(isSecretColumn)), csv));
    }
  });
  for (const entry of ALWAYS) {
    if (entry !== 'settings.json' && !entries.some((each) => each.entry === entry)) archive.addText(entry, '[]\n');
  }
  await deps.database.transaction('worker', (tx) => deps.sources.assertWhole(tx, tenant.id));
  const manifest = {
    schema: 'tenantry.export/1',
    tenant: { id: tenant.id, slug: tenant.slug, product: tenant.productId },
    taken_at: at.toISOString(),
    tables: entries,
    left_out: leftOut,
  };
  archive.addText('manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`);
  archive.end();
}

function inputOf(rows: TenantRows, entry: string, omit: readonly string[]): TableInput {
  const columns = rows.columns.filter((column) => !omit.includes(column));
  return {
    entry,
    database: rows.database,
    table: rows.table,
    columns,
    leftOutColumns: rows.columns.filter((column) => omit.includes(column)),
    lines: () => rows.lines(columns),
  };
}
