import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inArray, ne } from 'drizzle-orm';
import { systemActor } from '../access/index.ts';
import { auditBackup } from './backup-rows.ts';
import { expiredBackups } from './core/retention.ts';
import type { BackupDeps } from './deps.ts';
import { PARTIAL } from './file/write-file.ts';
import type { Backup } from './load.ts';
import { backups } from './tables.ts';

const seriesOf = ({ scope, productId, environment, tenantId }: Backup): string =>
  JSON.stringify([scope, productId, environment, tenantId]);

const DAY_MS = 86_400_000;

/** What a process that died in the middle of writing has left. No backup is written for a whole day. */
async function sweepPartials(folder: string, now: Date): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((each) => each.isFile() && each.name.endsWith(PARTIAL))) {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs } = await stat(path);
    if (now.getTime() - mtimeMs > DAY_MS) await rm(path, { force: true });
  }
}

/**
 * Deletes the files of backups whose time is over; the rows stay and say so. None is younger than 30 days (RBK-24),
 * and of each series the newest good one is kept whatever its age. Answers how many went.
 */
export async function pruneBackups(deps: BackupDeps): Promise<number> {
  const now = deps.now();
  const { all, erased } = await deps.database.transaction('worker', async (tx) => ({
    all: await tx.orm.select().from(backups).where(ne(backups.status, 'gone')),
    erased: new Set((await deps.sources.tombstones(tx)).map(({ tenantId }) => tenantId)),
  }));
  const isErased = ({ tenantId }: Backup): boolean => tenantId !== null && erased.has(tenantId);
  const expired = new Set(
    expiredBackups(
      all.map((each) => ({ ...each, series: seriesOf(each), erased: isErased(each) })),
      now,
    ),
  );
  const going = all.filter(({ id }) => expired.has(id));
  await sweepPartials(deps.folder, now);
  // Files first: a row that says "gone" over a file that is there would keep it for ever.
  for (const { files } of going) {
    for (const { file } of files) await rm(join(deps.folder, file), { force: true });
  }
  if (going.length === 0) return 0;
  await deps.database.transaction('worker', async (tx) => {
    await tx.orm
      .update(backups)
      .set({ status: 'gone' })
      .where(inArray(backups.id, [...expired]));
    const ctx = { tx, actor: systemActor('backups'), now };
    for (const backup of going) await auditBackup(ctx, 'backup.expired', backup, {});
  });
  return going.length;
}
