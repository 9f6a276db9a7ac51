/** The control plane put back to a backup of its own, while it is stopped: this brings the whole server with it. */
import { type Config, readConfig, restoreControlPlane, selfBackupFiles, verifyControlPlane } from '@tenantry/server';
import { askForName } from '../commands/backup/ask-for-name.ts';
import type { Io } from '../io.ts';
import type { OfflineOptions } from './up-options.ts';

const configOf = (options: OfflineOptions): Config =>
  readConfig({
    logLevel: 'warn',
    ...(options.databaseUrl && { databaseUrl: options.databaseUrl }),
    ...(options.dataDir && { dataDir: options.dataDir }),
    ...(options.development && { mode: 'development' }),
  });

const NAME = 'control-plane';

export async function restoreSelf(which: string, options: OfflineOptions, io: Io): Promise<void> {
  const config = configOf(options);
  const { stamp } = await selfBackupFiles(config, which);
  io.err.line(`This overwrites the control plane: every run, tenant and setting changed since ${stamp} (UTC) is lost.`);
  io.err.line('The vault keys come from TENANTRY_VAULT_KEYS and the copy of the data keys, not from the backup.');
  if (options.yes !== true) await askForName(io, NAME);
  const { report, verdict } = await restoreControlPlane(config, stamp);
  const rows = report.tables.reduce((sum, table) => sum + table.rows, 0);
  io.out.line(
    `${io.out.style.good('✓')} Restored as of ${report.stamp}: ${report.tables.length} tables, ${rows} rows.`,
  );
  io.out.line(`  The audit chain verifies: ${verdict.rows} links. Data keys as of ${report.keysFrom.toISOString()}.`);
  if (report.erased.length > 0) io.out.line(`  ${report.erased.length} tenant(s) erased since stay erased.`);
  if (report.keysGone > 0)
    io.out.line(`  ${report.keysGone} data key(s) were destroyed since; what they sealed stays shut.`);
}

export async function verifySelf(which: string, options: OfflineOptions, io: Io): Promise<void> {
  const { stamp, depth, tables } = await verifyControlPlane(
    configOf(options),
    which,
    options.files === true ? 'files' : 'restore',
  );
  const how = depth === 'restore' ? 'restores into an empty database' : 'is whole and unaltered';
  io.out.line(`${io.out.style.good('✓')} ${stamp} ${how}: ${tables} tables.`);
}
