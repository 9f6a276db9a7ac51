import { and, eq, gt, inArray } from 'drizzle-orm';
import { systemActor } from '../../access/index.ts';
import { KEEP_DAYS_LEAST, nextDue, type Rhythm } from '../core/retention.ts';
import type { BackupDeps, WorkOptions } from '../deps.ts';
import { backups } from '../tables.ts';
import { createSelfBackup } from './create-self.ts';

/** Saves the control plane when its last backup is a day, or a week, old. Answers whether it did. */
export async function keepSelfBackups(deps: BackupDeps, every: Rhythm, work: WorkOptions = {}): Promise<boolean> {
  const now = deps.now();
  const since = new Date(2 * now.getTime() - nextDue(now, every).getTime());
  const recent = await deps.database.transaction('worker', (tx) =>
    tx.orm
      .select({ id: backups.id })
      .from(backups)
      .where(
        and(eq(backups.scope, 'self'), inArray(backups.status, ['writing', 'ready']), gt(backups.createdAt, since)),
      )
      .limit(1),
  );
  if (recent.length > 0) return false;
  await createSelfBackup(deps, systemActor('backups'), { keepDays: KEEP_DAYS_LEAST }, work);
  return true;
}
