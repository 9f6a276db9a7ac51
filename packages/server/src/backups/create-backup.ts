import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import type { Actor, Ctx } from '../access/index.ts';
import { failRow, findByKey, finishRow, headerFacts, insertRow, rewriteRow } from './backup-rows.ts';
import { keyContext } from './core/header.ts';
import { fileNameOf, type Payload } from './core/stamp.ts';
import type { BackupDeps, WorkOptions } from './deps.ts';
import { type Backup, permitSubject, type Subject, subjectOf } from './load.ts';
import { saveDatabases } from './save-databases.ts';
import type { SealedKey, Source } from './sources.ts';
import type { BackupFile } from './tables.ts';

export interface CreateInput {
  readonly subject: Exclude<Subject, { kind: 'self' }>;
  readonly keepDays: number;
  /** Names of databases of the product; all of its set unless given. */
  readonly databases?: readonly string[] | undefined;
  /** Idempotency key: a second call under it answers the backup of the first. */
  readonly key?: string | undefined;
}

/** What a backup is about to be: written down before a byte is copied. */
interface Begun {
  readonly backup: Backup;
  readonly source: Source;
  readonly dataKey: Buffer;
  readonly sealed: SealedKey;
}

/**
 * Takes a backup and answers when its files are on the disk. All databases of it are seen at one time and carry one
 * stamp (RBK-17). What goes wrong is written down, and leaves no file.
 *
 * @throws access.forbidden, tenant.not_found, product.not_found, backup.refused, backup.tools_too_old, connector.*
 */
export async function createBackup(
  deps: BackupDeps,
  actor: Actor,
  input: CreateInput,
  work: WorkOptions = {},
): Promise<Backup> {
  const begun = await deps.database.transaction('worker', (tx) => begin(deps, { tx, actor, now: deps.now() }, input));
  if (!('source' in begun)) return begun;
  const { backup } = begun;
  try {
    const files = await writeFiles(deps, begun, work);
    return await deps.database.transaction('worker', (tx) => finishRow({ tx, actor, now: deps.now() }, backup, files));
  } catch (error) {
    await deps.database.transaction('worker', (tx) => failRow({ tx, actor, now: deps.now() }, backup, error));
    throw error;
  }
}

async function begin(deps: BackupDeps, ctx: Ctx, input: CreateInput): Promise<Begun | Backup> {
  const { subject } = input;
  const place = await permitSubject(ctx, deps.sources, 'backups:write', subject);
  const earlier = await findByKey(ctx.tx, input.key);
  if (earlier?.status === 'ready') return earlier;
  const request = {
    product: subject.kind === 'set' ? subject.product : (place?.productId ?? ''),
    environment: subject.environment,
  };
  const opened = await deps.sources.open(ctx, request, input.databases);
  assertFolderName(opened.environment);
  const row = {
    subject,
    product: opened.product,
    environment: opened.environment,
    keepDays: input.keepDays,
    key: input.key,
  };
  const backup = earlier === undefined ? await insertRow(ctx, row) : await rewriteRow(ctx, earlier);
  const dataKey = randomBytes(32);
  const { tenantId } = backup;
  const sealed = await deps.sources.sealKey(ctx, tenantId, dataKey, keyContext(headerFacts(backup)));
  return { backup, source: opened, dataKey, sealed };
}

/** It becomes part of a path. */
function assertFolderName(environment: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(environment)) return;
  throw new TenantryError(
    'backup.refused',
    `Backups of the environment "${environment}" have no folder of that name.`,
    {
      next: 'Name the environment with letters, digits, hyphens and underscores.',
    },
  );
}

async function writeFiles(
  deps: BackupDeps,
  { backup, source, dataKey, sealed }: Begun,
  work: WorkOptions,
): Promise<readonly BackupFile[]> {
  const subject = subjectOf(backup);
  const payload: Payload = subject.kind === 'set' && deps.toolsFolder !== undefined ? 'pgdump' : 'dump.gz';
  const written: string[] = [];
  try {
    return await saveDatabases(deps, source, {
      tenantId: backup.tenantId ?? undefined,
      payload,
      work,
      place: (database) => {
        const name = fileNameOf({ database, stamp: backup.stamp, payload, tenantId: backup.tenantId ?? undefined });
        const file = join(source.product, source.environment, name);
        written.push(file);
        const header = {
          format: 1 as const,
          ...headerFacts(backup),
          product: source.product,
          environment: source.environment,
          database,
          payload,
          key: sealed,
        };
        return { file, path: join(deps.folder, file), header, dataKey };
      },
    });
  } catch (error) {
    for (const file of written) await rm(join(deps.folder, file), { force: true });
    throw error;
  }
}
