export { createSelfBackup, type SelfInput } from './create-self.ts';
export { keepSelfBackups } from './keep-self.ts';
export { keysFileKeeper, keysPath, readKeysFile, writeKeysFile } from './keys-file.ts';
export {
  checkSelfFile,
  findSelfFile,
  listSelfFiles,
  restoreSelf,
  type SelfFile,
  type SelfRestoreDeps,
  type SelfRestoreReport,
} from './restore-self.ts';
export { settleSelf } from './settle-self.ts';
