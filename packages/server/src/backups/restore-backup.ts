import { TenantryError } from '@tenantry/contract';
import type { Actor, Ctx } from '../access/index.ts';
import { auditBackup } from './backup-rows.ts';
import type { RestoredTable } from './core/manifest.ts';
import type { BackupDeps, WorkOptions } from './deps.ts';
import { failureOf } from './failure.ts';
import { type Backup, loadBackup, permitSubject, subjectOf } from './load.ts';
import { checkFiles } from './open-backup.ts';
import { restoreSet } from './restore-set.ts';
import { restoreTenant } from './restore-tenant.ts';
import type { Source, Tombstone } from './sources.ts';

export interface RestoreInput {
  readonly backupId: string;
  /** Whose data is to come back, where it is one tenant's: a backup of another is refused. */
  readonly tenantId?: string | undefined;
}

export interface RestoreReport {
  readonly stamp: string;
  readonly tables: readonly RestoredTable[];
  /** Tenants of the backup that were erased since, and were not brought back. */
  readonly erased: readonly string[];
}

/**
 * Puts back what a backup holds, in one transaction for each database: of one tenant its rows and nobody else's, of a
 * set every row there is. Files are read through, and the schema and our rights are looked at, before a row is
 * touched; rows are counted and compared before the commit. Whatever goes wrong leaves everything as it was.
 *
 * @throws access.forbidden, backup.not_found, backup.unreadable, backup.mismatch, backup.refused, vault.unreadable,
 *   connector.*
 */
export async function restoreBackup(
  deps: BackupDeps,
  actor: Actor,
  input: RestoreInput,
  work: WorkOptions = {},
): Promise<RestoreReport> {
  const { backup, source } = await deps.database.transaction('worker', (tx) =>
    look(deps, { tx, actor, now: deps.now() }, input),
  );
  try {
    const files = await checkFiles(deps, { actor, now: deps.now() }, backup);
    const tombstones = (): Promise<readonly Tombstone[]> =>
      deps.database.transaction('worker', (tx) => deps.sources.tombstones(tx, source.product));
    const { tenantId } = backup;
    const restored =
      tenantId === null
        ? await restoreSet(deps, source, files, { work, tombstones })
        : await restoreTenant(source, files, { work, tenantId, tombstones });
    const report = { stamp: backup.stamp, ...restored };
    await tell(deps, actor, backup, 'backup.restored', report);
    return report;
  } catch (error) {
    await tell(deps, actor, backup, 'backup.restore_failed', { code: failureOf(error).code });
    throw error;
  }
}

async function look(
  deps: BackupDeps,
  ctx: Ctx,
  { backupId, tenantId }: RestoreInput,
): Promise<{ readonly backup: Backup; readonly source: Source }> {
  const backup = await loadBackup(ctx.tx, backupId);
  await permitSubject(ctx, deps.sources, 'backups:restore', subjectOf(backup));
  if (backup.status !== 'ready') throw notReady(backup);
  if (tenantId !== undefined && tenantId !== backup.tenantId) {
    throw new TenantryError(
      'backup.mismatch',
      `The backup ${backup.stamp} is ${backup.tenantId === null ? 'of a whole set' : 'of another tenant'}.`,
      { facts: { backup: backup.id, tenant: tenantId }, next: 'Nothing was touched. Name a backup of this tenant.' },
    );
  }
  const request = { product: backup.productId ?? '', environment: backup.environment ?? '' };
  const source = await deps.sources.open(
    ctx,
    request,
    backup.files.map(({ database }) => database),
  );
  return { backup, source };
}

const notReady = (backup: Backup): TenantryError =>
  new TenantryError('backup.not_found', `The backup ${backup.stamp} is ${STATES[backup.status]}.`, {
    next: 'List them: tenantry backup list.',
  });

const STATES = {
  writing: 'still being written, or was interrupted',
  failed: 'one that failed',
  gone: 'past its time, and its files are deleted',
  ready: 'ready',
} as const;

const tell = (deps: BackupDeps, actor: Actor, backup: Backup, action: string, detail: object): Promise<void> =>
  deps.database.transaction('worker', (tx) => auditBackup({ tx, actor, now: deps.now() }, action, backup, detail));
