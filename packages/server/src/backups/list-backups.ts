import type { Ctx } from '../access/index.ts';
import type { BackupDeps } from './deps.ts';
import {
  type Backup,
  backupIdOf,
  findBackup,
  loadBackup,
  permitSubject,
  type Subject,
  selectBackups,
  subjectOf,
} from './load.ts';

export interface ListInput {
  /** Whose; without one all there are, for those who may see all. */
  readonly subject: Subject | undefined;
  /** `latest` or a timestamp: then one, or an error. */
  readonly which?: string | undefined;
  readonly environment?: string | undefined;
  readonly limit: number;
  readonly before?: { readonly stamp: string; readonly id: string } | undefined;
}

/**
 * Backups, newest first: of one tenant, of a product (its sets and its tenants'), of the control plane, or all.
 *
 * @throws access.forbidden, tenant.not_found, backup.not_found when one was asked for that is not there
 */
export async function listBackups(
  ctx: Ctx,
  deps: Pick<BackupDeps, 'sources'>,
  { subject, which, environment, limit, before }: ListInput,
): Promise<readonly Backup[]> {
  // Nobody who is limited to a product or a client sees a list of everything.
  await permitSubject(ctx, deps.sources, 'backups:read', subject ?? { kind: 'self' });
  if (which !== undefined && subject !== undefined) return [await findBackup(ctx.tx, subject, which)];
  return selectBackups(ctx.tx, { ...filterOf(subject), environment }, { limit, before });
}

const filterOf = (subject: Subject | undefined) => {
  switch (subject?.kind) {
    case 'tenant':
      return { tenantId: subject.tenantId };
    case 'set':
      return { product: subject.product };
    case 'self':
      return { scope: 'self' as const };
    case undefined:
      return {};
  }
};

/** One backup by its id on the wire. @throws backup.not_found, tenant.not_found, access.forbidden */
export async function readBackup(ctx: Ctx, deps: Pick<BackupDeps, 'sources'>, wireId: string): Promise<Backup> {
  const backup = await loadBackup(ctx.tx, backupIdOf(wireId));
  await permitSubject(ctx, deps.sources, 'backups:read', subjectOf(backup));
  return backup;
}
