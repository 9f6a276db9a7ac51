/** Backups on the wire: `/api/v1/backups`, `/api/v1/backup-operations`, `/api/v1/backup-schedules`. */
import { z } from 'zod';
import { pageQuerySchema } from './paging.ts';

const time = z.iso.datetime();
const environment = z.string().min(1).max(50);
const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string().nullable(),
  faults: z.array(z.object({ path: z.string(), message: z.string() })),
});

/** `latest`, or the timestamp of a backup (RBK-20). */
const whichSchema = z.string().max(20).describe('`latest`, or a timestamp such as 20260123_140530');

const subjectFields = {
  tenant: z.string().max(100).optional().describe('Id or slug: backups of this tenant alone'),
  product: z.string().max(50).optional().describe('All databases of this product'),
  environment: environment.default('production'),
  self: z.boolean().optional().describe('The control plane itself'),
};

export const backupQuerySchema = pageQuerySchema.extend({
  tenant: subjectFields.tenant,
  product: subjectFields.product,
  environment: environment.optional(),
  self: z.enum(['true', 'false']).optional().describe('The control plane itself'),
  which: whichSchema.optional().describe('Only this one: `latest` or a timestamp; 404 when there is none'),
});

export const newBackupSchema = z.strictObject({
  ...subjectFields,
  databases: z.array(z.string()).min(1).optional().describe('Some of the databases of the product; all unless given'),
  keep: z.string().max(10).default('30d').describe('How long: 30d and more, or 12w'),
});

export const verifyBackupSchema = z.strictObject({
  depth: z
    .enum(['files', 'restore'])
    .default('restore')
    .describe('`files`: whole and unaltered; `restore`: loaded into temporary tables, counted and compared as well'),
});

export const restoreBackupSchema = z.strictObject({
  confirm: z
    .string()
    .max(200)
    .describe('Slug of the tenant, or PRODUCT/ENVIRONMENT: what is there now is overwritten, changes since are lost'),
  tenant: z.string().max(100).optional().describe('Id or slug; a backup of another tenant is refused'),
});

const backupFileSchema = z.object({
  database: z.string(),
  file: z.string().describe('From the backup folder on'),
  bytes: z.int(),
  sha256: z.string(),
  payload: z.enum(['dump.gz', 'pgdump']),
  tables: z.array(z.object({ name: z.string(), rows: z.int() })),
});

export const backupViewSchema = z.object({
  id: z.string(),
  scope: z.enum(['tenant', 'set', 'self']),
  product: z.string().nullable(),
  environment: z.string().nullable(),
  tenant_id: z.string().nullable(),
  stamp: z.string().describe('Timestamp in UTC that all its files share'),
  status: z.enum(['writing', 'ready', 'failed', 'gone']),
  files: z.array(backupFileSchema),
  bytes: z.int().describe('Of all files together'),
  folder: z.string().describe('Where the files lie on the server'),
  keep_until: time,
  created_at: time,
  run_id: z.string().nullable(),
  verified_at: time.nullable(),
  verified_by_restore: z.boolean().nullable(),
  verified_ok: z.boolean().nullable(),
  failure: failureSchema.nullable(),
});

export const backupOperationSchema = z.object({
  schema: z.literal('tenantry.backup-operation/1'),
  id: z.string(),
  kind: z.enum(['create', 'verify', 'restore']),
  status: z.enum(['queued', 'running', 'done', 'failed']),
  tenant_id: z.string().nullable(),
  backup_id: z.string().nullable(),
  progress: z
    .object({ database: z.string(), table: z.string(), done: z.int(), of: z.int() })
    .nullable()
    .describe('Tables done, and how many there are'),
  report: z.record(z.string(), z.unknown()).nullable(),
  failure: failureSchema.nullable(),
  asked_at: time,
  ended_at: time.nullable(),
});

const rhythm = z.enum(['daily', 'weekly']);

export const newBackupScheduleSchema = z.strictObject({
  tenant: subjectFields.tenant,
  product: subjectFields.product,
  environment: subjectFields.environment,
  every: rhythm,
  keep: z.string().max(10).default('30d'),
});

export const backupScheduleSchema = z.object({
  id: z.string(),
  product: z.string(),
  environment: z.string(),
  tenant_id: z.string().nullable(),
  every: rhythm,
  keep_days: z.int(),
  next_at: time,
  next_test_at: time.describe('The weekly restore test'),
  failures: z.int().describe('Attempts that failed one after another'),
});

export type BackupView = z.infer<typeof backupViewSchema>;
export type BackupOperationView = z.infer<typeof backupOperationSchema>;
export type BackupScheduleView = z.infer<typeof backupScheduleSchema>;
