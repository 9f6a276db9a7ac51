export { type Config, type ConfigOverrides, configReference, readConfig } from './config.ts';
export { ensureDatabase } from './db/index.ts';
export {
  type DevelopmentApplication,
  type DevelopmentIdentityKey,
  type DevelopmentInstallation,
  developmentLinks,
  issueGuardKey,
  issueMetricsKey,
  prepareDevelopment,
  registerDevelopmentApplication,
  saveDevelopmentEnvironment,
  trustDevelopmentApplication,
} from './development.ts';
export { openDevelopmentClock } from './development-clock.ts';
export { type DevelopmentMailbox, startDevelopmentMailbox } from './development-mailbox.ts';
export { type FirstOwner, inviteFirstOwner } from './first-owner.ts';
export {
  restoreControlPlane,
  type SelfProof,
  selfBackupFiles,
  verifyControlPlane,
} from './restore-control-plane.ts';
export { type ControlPlane, openControlPlane, type Parts } from './wire.ts';
