/** Rows as the wire has them. */
import { type TenantExportView, toWireId } from '@tenantry/contract';
import { z } from 'zod';
import type { ExportLink } from './download-export.ts';
import type { ExportJob } from './tables.ts';

const progressSchema = z.object({ database: z.string(), table: z.string(), rows: z.int(), bytes: z.int() });
const failureSchema = z.object({ code: z.string(), message: z.string(), next: z.string().nullable() });

export const viewExport = (job: ExportJob, link?: ExportLink): TenantExportView => ({
  schema: 'tenantry.export-job/1',
  id: toWireId('export', job.id),
  tenant_id: job.tenantId,
  format: job.format,
  status: job.status,
  attempts: job.attempts,
  progress: progressSchema.nullable().parse(job.progress),
  rows: job.rowCount,
  bytes: job.bytes,
  sha256: job.sha256,
  download: link === undefined ? null : { url: link.url, expires_at: link.expiresAt.toISOString() },
  failure: failureSchema.nullable().parse(job.failure),
  asked_at: job.askedAt.toISOString(),
  ended_at: job.endedAt?.toISOString() ?? null,
  expires_at: job.expiresAt?.toISOString() ?? null,
});
