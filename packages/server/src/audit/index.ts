export { checkpointKeyId, exportCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
export { eraseAuditPayloads } from './erase-payloads.ts';
export { listAudit, type PageRequest } from './list-audit.ts';
export { recordAudit, recordAuditMany } from './record-audit.ts';
export { type SealOptions, type SealReport, sealAudit } from './seal-audit.ts';
export type {
  AuditEntry,
  AuditFilter,
  AuditPage,
  AuditProblem,
  AuditRow,
  AuditSubject,
  AuditVerdict,
  Checkpoint,
  CheckpointSigner,
} from './types.ts';
export { type VerifyOptions, verifyAudit } from './verify-audit.ts';
