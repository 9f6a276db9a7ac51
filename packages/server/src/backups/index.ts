export { expiredBackups, KEEP_DAYS_LEAST, keepDays, RHYTHMS, type Rhythm } from './core/retention.ts';
export { type CreateInput, createBackup } from './create-backup.ts';
export type { BackupDeps, Progress, WorkOptions } from './deps.ts';
export { type Backup, type BackupFilter, findBackup, type Subject } from './load.ts';
export { type RestoreInput, type RestoreReport, restoreBackup } from './restore-backup.ts';
export type {
  BackupSources,
  SealedKey,
  Source,
  SourceDatabase,
  SourceRequest,
  TenantPlace,
  Tombstone,
} from './sources.ts';
export type { BackupFile } from './tables.ts';
export { type VerifyDepth, type VerifyInput, type VerifyReport, verifyBackup } from './verify-backup.ts';
