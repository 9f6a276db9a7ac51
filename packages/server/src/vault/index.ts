export { type VaultActionDeps, vaultActions } from './actions.ts';
export { loadCheckpointSigner } from './checkpoint-signer.ts';
export {
  type CopiedKey,
  copyDataKeys,
  dataKeysMark,
  type MasterSealed,
  openWithMaster,
  parseCopiedKeys,
  sealWithMaster,
} from './copy-data-keys.ts';
export { findSecretsIn } from './find-secrets.ts';
export { type KeepKeyInput, type KeptKey, keepKey, openKeptKey } from './keep-key.ts';
export { createKeyring, type Keyring, type MasterKeys } from './keyring.ts';
export { loadKeyring, type VaultConfig } from './load-keyring.ts';
export { matchesSecret, openRecord, openSecret } from './open-secret.ts';
export {
  createRevealLink,
  findRevealLink,
  listStandingLinks,
  type RevealLinkState,
  type StandingLink,
  spendRevealLink,
  spendRevealLinkFor,
  withdrawRevealLink,
} from './reveal-links.ts';
export { revokeEntry, wipeExpired } from './revoke-entry.ts';
export { type BatchOptions, resealEntries, rotateDataKey, rotateMasterKey } from './rotate-keys.ts';
export { sealRecord, sealSecret } from './seal-secret.ts';
export { shredTenantKeys } from './shred-tenant-keys.ts';
export type {
  CredentialRecord,
  EntryOwner,
  OpenOptions,
  Reach,
  RecordInput,
  Revealed,
  RevealLink,
  RevealLinkInput,
  Sealed,
  SealInput,
  SpendInput,
  VaultCtx,
} from './types.ts';
