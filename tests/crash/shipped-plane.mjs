/** A control plane whose runs use the shipped actions: every connector and domain as a release has them. */
import { join } from 'node:path';
import { backupDeps } from '../../packages/server/dist/backup-sources.js';
import { readConfig } from '../../packages/server/dist/config.js';
import { allConnectors } from '../../packages/server/dist/connectors.js';
import { openDatabase } from '../../packages/server/dist/db/index.js';
import { createPlane, suiteKeyring } from './control-plane.mjs';

const PUBLIC_URL = 'https://tenantry.example';

/**
 * Where the backups of every process of a suite lie.
 *
 * @param {string} directory
 */
export const backupFolder = (directory) => join(directory, 'backups');

/** @param {{ connection: import('./control-plane.mjs').ConnectionSettings, directory: string }} options */
export function createShippedPlane(options) {
  const database = openDatabase({ connection: options.connection, applicationName: 'crash', poolMax: 4 });
  const keyring = suiteKeyring();
  const now = () => new Date();
  const config = readConfig({ mode: 'test', publicUrl: PUBLIC_URL, backupDir: backupFolder(options.directory) }, {});
  const backups = backupDeps({ config, database, keyring, now });
  const plane = createPlane({
    ...options,
    connectors: allConnectors({ database, keyring, publicUrl: PUBLIC_URL, now, backups }),
  });
  return {
    ...plane,
    async close() {
      await plane.close();
      await database.close();
    },
  };
}
