/** Exports of tenants that a worker writes: `/api/v1/tenants/TENANT/exports`, `/api/admin/exports`. */
import { z } from 'zod';

const time = z.iso.datetime();

export const exportFormatSchema = z.enum(['json', 'csv']).default('json').describe('csv adds a .csv to each .json');

export const newExportSchema = z.strictObject({ format: exportFormatSchema });

export const tenantExportSchema = z.object({
  schema: z.literal('tenantry.export-job/1'),
  id: z.string(),
  tenant_id: z.string(),
  format: z.enum(['json', 'csv']),
  status: z.enum(['queued', 'running', 'ready', 'failed', 'cancelled', 'expired']),
  attempts: z.int().describe('Workers that began to write it; each begins anew'),
  progress: z
    .object({ database: z.string(), table: z.string(), rows: z.int(), bytes: z.int() })
    .nullable()
    .describe('What was read so far'),
  rows: z.int().nullable(),
  bytes: z.int().nullable().describe('Of the archive'),
  sha256: z.string().nullable().describe('Of the archive; its strong ETag too'),
  download: z
    .object({ url: z.string(), expires_at: time })
    .nullable()
    .describe('Of one that is ready: a signed link that needs no key and takes Range. Lists have none'),
  failure: z.object({ code: z.string(), message: z.string(), next: z.string().nullable() }).nullable(),
  asked_at: time,
  ended_at: time.nullable(),
  expires_at: time.nullable().describe('When the archive is removed'),
});

export const tenantExportsSchema = z.object({ items: z.array(tenantExportSchema) });

export type TenantExportView = z.infer<typeof tenantExportSchema>;
