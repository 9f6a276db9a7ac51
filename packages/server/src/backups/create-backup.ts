import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toWireId } from '@tenantry/contract';
import { and, eq } from 'drizzle-orm';
import type { Actor, Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { type Header, keyContext } from './core/header.ts';
import { keepUntil } from './core/retention.ts';
import { fileNameOf, type Payload, stampOf } from './core/stamp.ts';
import type { BackupDeps, WorkOptions } from './deps.ts';
import { failureOf } from './failure.ts';
import { actorFacts, type Backup, permitSubject, type Subject, sameSubject, subjectOf } from './load.ts';
import { saveDatabases } from './save-databases.ts';
import type { SealedKey, Source } from './sources.ts';
import { type BackupFile, backups } from './tables.ts';

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
    return await deps.database.transaction('worker', (tx) => finish({ tx, actor, now: deps.now() }, backup, files));
  } catch (error) {
    await deps.database.transaction('worker', (tx) => fail({ tx, actor, now: deps.now() }, backup, error));
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
  const backup = earlier === undefined ? await insert(ctx, input, opened) : await again(ctx, earlier);
  const dataKey = randomBytes(32);
  const { tenantId } = backup;
  const sealed = await deps.sources.sealKey(ctx, tenantId, dataKey, keyContext(headerFacts(backup)));
  return { backup, source: opened, dataKey, sealed };
}

const findByKey = async (tx: Tx, key: string | undefined): Promise<Backup | undefined> =>
  key === undefined ? undefined : (await tx.orm.select().from(backups).where(eq(backups.key, key)))[0];

async function insert(ctx: Ctx, input: CreateInput, source: Source): Promise<Backup> {
  const { subject } = input;
  const tenantId = subject.kind === 'tenant' ? subject.tenantId : null;
  const values = {
    id: randomUUID(),
    scope: subject.kind,
    productId: source.product,
    environment: source.environment,
    tenantId,
    status: 'writing' as const,
    keepUntil: keepUntil(ctx.now, input.keepDays),
    runId: ctx.actor.kind === 'run' ? ctx.actor.runId : null,
    key: input.key ?? null,
    actor: actorFacts(ctx.actor),
    createdAt: ctx.now,
  };
  // Of two in one second the later takes the next stamp: a stamp names one backup.
  for (let at = ctx.now.getTime(); ; at += 1_000) {
    const stamp = stampOf(new Date(at));
    const taken = await ctx.tx.orm
      .select({ id: backups.id })
      .from(backups)
      .where(and(sameSubject(subject), eq(backups.stamp, stamp)));
    if (taken.length > 0) continue;
    const [row] = await ctx.tx.orm
      .insert(backups)
      .values({ ...values, stamp })
      .onConflictDoNothing()
      .returning();
    const made = row ?? (await findByKey(ctx.tx, input.key));
    if (made !== undefined) return made;
  }
}

/** An attempt that was interrupted is made again under its own stamp; what it has left is written over. */
async function again(ctx: Ctx, backup: Backup): Promise<Backup> {
  const [row] = await ctx.tx.orm
    .update(backups)
    .set({ status: 'writing', failure: null, endedAt: null })
    .where(eq(backups.id, backup.id))
    .returning();
  return row ?? backup;
}

export const headerFacts = (backup: Backup): Pick<Header, 'backup' | 'scope' | 'tenant' | 'stamp'> => ({
  backup: backup.id,
  scope: backup.scope,
  tenant: backup.tenantId,
  stamp: backup.stamp,
});

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

async function finish(ctx: Ctx, backup: Backup, files: readonly BackupFile[]): Promise<Backup> {
  const [row] = await ctx.tx.orm
    .update(backups)
    .set({ status: 'ready', files, endedAt: ctx.now })
    .where(eq(backups.id, backup.id))
    .returning();
  await auditBackup(ctx, 'backup.created', backup, {
    files: files.map(({ file, bytes, sha256 }) => ({ file, bytes, sha256 })),
    keep_until: backup.keepUntil.toISOString(),
  });
  return row ?? backup;
}

async function fail(ctx: Ctx, backup: Backup, error: unknown): Promise<void> {
  const failure = failureOf(error);
  await ctx.tx.orm
    .update(backups)
    .set({ status: 'failed', failure: { ...failure }, endedAt: ctx.now })
    .where(eq(backups.id, backup.id));
  await auditBackup(ctx, 'backup.failed', backup, { code: failure.code });
}

/** A row of the audit log about a backup. */
export const auditBackup = (ctx: Ctx, action: string, backup: Backup, detail: object): Promise<void> =>
  recordAudit(ctx, {
    action,
    ...(backup.tenantId === null ? {} : { tenantId: backup.tenantId }),
    subject: { kind: 'backup', id: toWireId('backup', backup.id), name: backup.stamp },
    detail: { scope: backup.scope, product: backup.productId, environment: backup.environment, ...detail },
  });
