export { type Config, type ConfigOverrides, configReference, readConfig } from './config.ts';
export { ensureDatabase } from './db/index.ts';
export {
  type DevelopmentIdentityKey,
  type DevelopmentInstallation,
  developmentLinks,
  prepareDevelopment,
  saveDevelopmentEnvironment,
} from './development.ts';
export { type DevelopmentMailbox, startDevelopmentMailbox } from './development-mailbox.ts';
export { type ControlPlane, openControlPlane, type Parts } from './wire.ts';
