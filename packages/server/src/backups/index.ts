export { backupActions } from './actions/index.ts';
export { KEEP_DAYS_LEAST, keepDays, RHYTHMS, type Rhythm } from './core/retention.ts';
export { type CreateInput, createBackup } from './create-backup.ts';
export type { BackupDeps, Progress, WorkOptions } from './deps.ts';
export { CHUNK_BYTES, type FileKey, fileKeyOf, openChunk, sealChunks, TAG_BYTES } from './file/seal-chunks.ts';
export { PARTIAL } from './file/write-file.ts';
export { type ListInput, listBackups, readBackup } from './list-backups.ts';
export { type Backup, findBackup, type Subject } from './load.ts';
export { backupJobs } from './operations.ts';
export { pruneBackups } from './prune-backups.ts';
export { type RestoreInput, type RestoreReport, restoreBackup } from './restore-backup.ts';
export { endSchedule, keepSchedules, listSchedules, type ScheduleInput, setSchedule } from './schedules.ts';
export {
  checkSelfFile,
  createSelfBackup,
  findSelfFile,
  keepSelfBackups,
  keysFileKeeper,
  keysPath,
  listSelfFiles,
  restoreSelf,
  type SelfFile,
  type SelfRestoreReport,
  settleSelf,
} from './self/index.ts';
export type {
  BackupSources,
  Coverage,
  SealedKey,
  SelfParts,
  Source,
  SourceDatabase,
  SourceRequest,
  TenantPlace,
  Tombstone,
} from './sources.ts';
export type { BackupFile } from './tables.ts';
export { countTenantRows, deleteTenantRows, type TableRows, type TenantCount, withTenantRows } from './tenant-rows.ts';
export { type VerifyDepth, type VerifyInput, type VerifyReport, verifyBackup } from './verify-backup.ts';
