import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Actor, Ctx } from '../../access/index.ts';
import { clientConfig, type Database } from '../../db/index.ts';
import { failRow, findByKey, finishRow, headerFacts, insertRow, rewriteRow } from '../backup-rows.ts';
import { keyContext } from '../core/header.ts';
import type { Manifest } from '../core/manifest.ts';
import { fileNameOf } from '../core/stamp.ts';
import { copyOut } from '../database/copy-out.ts';
import { beginSnapshot, closeClient, cutOnAbort } from '../database/snapshot.ts';
import type { BackupDeps, WorkOptions } from '../deps.ts';
import { writeBackupFile } from '../file/write-file.ts';
import { type Backup, permitSubject } from '../load.ts';
import type { BackupFile } from '../tables.ts';
import { writeKeysFile } from './keys-file.ts';
import { readSelf, SELF } from './self-tables.ts';

export interface SelfInput {
  readonly keepDays: number;
  readonly key?: string | undefined;
}

/** Folder of the control plane's own backups, from the backup folder on. */
export const SELF_FOLDER = 'control-plane';

/**
 * Saves the control plane while it runs: one view of its database, its queue included, and beside it the copy of the
 * vault's data keys, which the backup itself leaves out. Master keys are in neither.
 *
 * @throws access.forbidden, backup.refused, database.unavailable
 */
export async function createSelfBackup(
  deps: BackupDeps,
  actor: Actor,
  input: SelfInput,
  work: WorkOptions = {},
): Promise<Backup> {
  const backup = await deps.database.transaction('worker', (tx) => begin(deps, { tx, actor, now: deps.now() }, input));
  if (backup.status === 'ready') return backup;
  const file = join(SELF_FOLDER, fileNameOf({ database: SELF, stamp: backup.stamp, payload: 'dump.gz' }));
  try {
    await deps.database.transaction('owner', (tx) => tx.query('select admit_backups()'));
    const written = await save(deps, backup, file, work);
    await writeKeysFile(deps);
    return await deps.database.transaction('worker', (tx) =>
      finishRow({ tx, actor, now: deps.now() }, backup, [written]),
    );
  } catch (error) {
    await rm(join(deps.folder, file), { force: true });
    await deps.database.transaction('worker', (tx) => failRow({ tx, actor, now: deps.now() }, backup, error));
    throw error;
  }
}

async function begin(deps: BackupDeps, ctx: Ctx, { keepDays, key }: SelfInput): Promise<Backup> {
  await permitSubject(ctx, deps.sources, 'backups:write', { kind: 'self' });
  const earlier = await findByKey(ctx.tx, key);
  if (earlier !== undefined) return earlier.status === 'ready' ? earlier : rewriteRow(ctx, earlier);
  return insertRow(ctx, { subject: { kind: 'self' }, product: null, environment: null, keepDays, key });
}

/** A connection of the owner, whom every table is readable to. */
export async function connectAsOwner(connection: Database['connection']): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(connection, 'tenantry-backup'));
  client.on('error', () => undefined);
  await client.connect();
  await client.query('set role tenantry_owner');
  return client;
}

async function save(deps: BackupDeps, backup: Backup, file: string, work: WorkOptions): Promise<BackupFile> {
  const client = await connectAsOwner(deps.database.connection);
  const undo = cutOnAbort(client, work.signal);
  try {
    await beginSnapshot(client);
    const { catalogue, selection } = await readSelf(client);
    let manifest: Manifest | undefined;
    const onTable = (done: number, of: number, table: string): void =>
      work.onProgress?.({ database: SELF, table, done, of });
    const frames = copyOut({ client, selection, catalogue, tenantId: undefined, onTable }, (found) => {
      manifest = found;
    });
    const dataKey = randomBytes(32);
    const header = {
      format: 1 as const,
      ...headerFacts(backup),
      product: null,
      environment: null,
      database: SELF,
      payload: 'dump.gz' as const,
      key: deps.self.sealWithMaster(dataKey, keyContext(headerFacts(backup))),
    };
    const written = await writeBackupFile(join(deps.folder, file), frames, { header, dataKey, signal: work.signal });
    return {
      database: SELF,
      file,
      ...written,
      payload: 'dump.gz',
      schema_sha256: manifest?.schema_sha256 ?? '',
      tables: manifest?.tables.map(({ name, rows }) => ({ name, rows })) ?? [],
    };
  } finally {
    undo();
    await closeClient(client);
  }
}
