import { join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import { headerFacts } from './backup-rows.ts';
import { keyContext } from './core/header.ts';
import type { Manifest } from './core/manifest.ts';
import type { BackupDeps } from './deps.ts';
import { checkBackupFile, damaged, type OpenedFile, openBackupFile } from './file/read-file.ts';
import type { Backup } from './load.ts';
import type { BackupFile } from './tables.ts';

/** A file that was read to its end and found whole, of the backup it is said to be of. */
export interface CheckedFile {
  readonly entry: BackupFile;
  readonly opened: OpenedFile;
  readonly dataKey: Buffer;
  readonly manifest: Manifest;
}

/**
 * Opens every file of a backup and reads it through: what is damaged, cut off, swapped or of somebody else is found
 * here, before anything is touched.
 *
 * @throws backup.unreadable, backup.mismatch, vault.unreadable
 */
export async function checkFiles(
  deps: BackupDeps,
  ctx: Omit<Ctx, 'tx'>,
  backup: Backup,
): Promise<readonly CheckedFile[]> {
  const checked: CheckedFile[] = [];
  for (const entry of backup.files) {
    const opened = await openBackupFile(join(deps.folder, entry.file));
    assertOf(backup, entry, opened);
    const { key } = opened.header;
    if (!('vault' in key)) throw damaged(opened.path, 'is a backup of the control plane itself');
    const dataKey = await deps.database.transaction('worker', (tx) =>
      deps.sources.openKey({ ...ctx, tx }, key, keyContext(headerFacts(backup))),
    );
    checked.push({ entry, opened, dataKey, manifest: await checkBackupFile(opened, dataKey) });
  }
  return checked;
}

/** A file under the name of another says in its header whose it is, and its chunks are bound to that header. */
function assertOf(backup: Backup, entry: BackupFile, { header }: OpenedFile): void {
  const differs =
    header.tenant !== backup.tenantId
      ? `is of ${header.tenant === null ? 'no single tenant' : `the tenant ${header.tenant}`}`
      : header.backup !== backup.id || header.stamp !== backup.stamp
        ? `is of the backup ${header.stamp}`
        : header.database !== entry.database || header.product !== backup.productId
          ? `is of the database ${header.product}/${header.database}`
          : undefined;
  if (differs === undefined) return;
  throw new TenantryError('backup.mismatch', `The file ${entry.file} ${differs}, not of this backup.`, {
    facts: { file: entry.file, backup: backup.id },
    next: 'Nothing was touched. Put the right file in its place.',
  });
}
