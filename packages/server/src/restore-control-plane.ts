/** The control plane restored from its own backup, or its backup proven, by one process and with no other running. */
import { randomBytes } from 'node:crypto';
import type { AuditVerdict } from './audit/index.ts';
import { backupDeps, selfParts } from './backup-sources.ts';
import {
  type BackupDeps,
  checkSelfFile,
  findSelfFile,
  restoreSelf,
  type SelfFile,
  type SelfRestoreReport,
  settleSelf,
} from './backups/index.ts';
import type { Config } from './config.ts';
import { type ConnectionSettings, createDatabase, dropDatabase, migrate, openDatabase } from './db/index.ts';
import { migrateQueue } from './engine/index.ts';
import { createLogger } from './http/index.ts';
import type { Keyring } from './vault/index.ts';
import { openKeyring, supervisorOf } from './wire.ts';

/** Not one that begins with `tenantry`: by such names a running control plane is known. */
const NAME = 'restore-of-the-control-plane';

interface Offline {
  readonly deps: BackupDeps;
  readonly keyring: Keyring;
  readonly connection: ConnectionSettings;
}

/** The database of the control plane, brought up to this release, and the keys that were given: none is ever made. */
async function offline<T>(config: Config, work: (parts: Offline) => Promise<T>): Promise<T> {
  const supervisor = supervisorOf(config, createLogger({ logLevel: config.logLevel }));
  try {
    const connection = await supervisor.start();
    const now = (): Date => new Date();
    await prepare(connection);
    const database = openDatabase({ connection, applicationName: NAME, poolMax: 2 });
    try {
      const keyring = await openKeyring(config, database, now(), { mayMake: false });
      return await work({ deps: backupDeps({ config, database, keyring, now }), keyring, connection });
    } finally {
      await database.close();
    }
  } finally {
    await supervisor.stop();
  }
}

async function prepare(connection: ConnectionSettings): Promise<void> {
  await migrate({ connection });
  await migrateQueue(connection);
}

/** The file that `latest` or a timestamp means. @throws backup.not_found */
export const selfBackupFiles = (config: Config, which: string): Promise<SelfFile> =>
  findSelfFile(config.backupDir, which);

/**
 * @throws backup.not_found, backup.unreadable, backup.mismatch, backup.refused while a process of it runs,
 *   vault.key_missing, audit.broken_chain
 */
export const restoreControlPlane = (
  config: Config,
  which: string,
): Promise<{ readonly report: SelfRestoreReport; readonly verdict: AuditVerdict }> =>
  offline(config, async ({ deps, connection }) => {
    const report = await restoreSelf({ ...deps, connection }, which);
    return { report, verdict: await settleSelf(deps, report) };
  });

export interface SelfProof {
  readonly stamp: string;
  readonly depth: 'files' | 'restore';
  readonly tables: number;
}

/** Reads it through, and for `restore` brings it back in a database of its own that goes again. @throws as a restore */
export const verifyControlPlane = (config: Config, which: string, depth: SelfProof['depth']): Promise<SelfProof> =>
  offline(config, async ({ deps, keyring, connection }) => {
    const file = await findSelfFile(deps.folder, which);
    const { manifest } = await checkSelfFile(selfParts(keyring), file);
    if (depth === 'restore') await restoreInto(connection, deps, file);
    return { stamp: file.stamp, depth, tables: manifest.tables.length };
  });

async function restoreInto(connection: ConnectionSettings, deps: BackupDeps, { stamp }: SelfFile): Promise<void> {
  const scratch = await createDatabase(connection, `restore_test_${randomBytes(6).toString('hex')}`);
  try {
    await prepare(scratch);
    await restoreSelf({ ...deps, connection: scratch }, stamp);
  } finally {
    await dropDatabase(connection, scratch);
  }
}
