/** Rows as the wire has them. */
import { type BackupOperationView, type BackupScheduleView, type BackupView, toWireId } from '@tenantry/contract';
import { z } from 'zod';
import type { Backup } from './load.ts';
import type { Operation } from './operations.ts';
import type { Schedule } from './schedules.ts';

const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string().nullable(),
  faults: z.array(z.object({ path: z.string(), message: z.string() })),
});
const progressSchema = z.object({ database: z.string(), table: z.string(), done: z.int(), of: z.int() });

export const viewBackup = (backup: Backup, folder: string): BackupView => ({
  id: toWireId('backup', backup.id),
  scope: backup.scope,
  product: backup.productId,
  environment: backup.environment,
  tenant_id: backup.tenantId,
  stamp: backup.stamp,
  status: backup.status,
  files: backup.files.map(({ database, file, bytes, sha256, payload, tables }) => ({
    database,
    file,
    bytes,
    sha256,
    payload,
    tables: tables.map(({ name, rows }) => ({ name, rows })),
  })),
  bytes: backup.files.reduce((sum, { bytes }) => sum + bytes, 0),
  folder,
  keep_until: backup.keepUntil.toISOString(),
  created_at: backup.createdAt.toISOString(),
  run_id: backup.runId === null ? null : toWireId('run', backup.runId),
  verified_at: backup.verifiedAt?.toISOString() ?? null,
  verified_by_restore: backup.verifiedByRestore,
  verified_ok: backup.verification === null ? null : backup.verification.ok === true,
  failure: failureSchema.nullable().parse(backup.failure),
});

export const viewOperation = (operation: Operation): BackupOperationView => ({
  schema: 'tenantry.backup-operation/1',
  id: toWireId('operation', operation.id),
  kind: operation.kind,
  status: operation.status,
  tenant_id: operation.tenantId,
  backup_id: operation.backupId === null ? null : toWireId('backup', operation.backupId),
  progress: progressSchema.nullable().parse(operation.progress),
  report: operation.report,
  failure: failureSchema.nullable().parse(operation.failure),
  asked_at: operation.askedAt.toISOString(),
  ended_at: operation.endedAt?.toISOString() ?? null,
});

export const viewSchedule = (schedule: Schedule): BackupScheduleView => ({
  id: toWireId('schedule', schedule.id),
  product: schedule.productId,
  environment: schedule.environment,
  tenant_id: schedule.tenantId,
  every: schedule.every,
  keep_days: schedule.keepDays,
  next_at: schedule.nextAt.toISOString(),
  next_test_at: schedule.nextTestAt.toISOString(),
  failures: schedule.failures,
});
