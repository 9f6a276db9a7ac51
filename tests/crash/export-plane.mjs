/** What exports and deletions of a suite work with, the same in every process of it. */
import { backupDeps } from '../../packages/server/dist/backup-sources.js';
import { readConfig } from '../../packages/server/dist/config.js';
import { exportDeps } from '../../packages/server/dist/export-sources.js';
import { tenantPolicy } from '../../packages/server/dist/identity/index.js';
import { deletionDeps } from '../../packages/server/dist/tenant-erasure.js';
import { createPlane } from './control-plane.mjs';

/** @param {import('./control-plane.mjs').PlaneOptions} options */
export function createExportPlane(options) {
  const plane = createPlane(options);
  const { database, keyring, directory } = plane;
  const config = readConfig({ mode: 'test', backupDir: directory, exportDirectRowsMax: 0 }, {});
  const backups = backupDeps({ config, database, keyring, now: () => new Date() });
  const exports = exportDeps({ backups, config, loginPolicy: tenantPolicy });
  return { ...plane, exports, deletion: deletionDeps({ backups, keyring, exports }) };
}
