/** The row of a backup from its beginning to its end. */
import { randomUUID } from 'node:crypto';
import { toWireId } from '@tenantry/contract';
import { and, eq } from 'drizzle-orm';
import type { Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import type { Header } from './core/header.ts';
import { keepUntil } from './core/retention.ts';
import { stampOf } from './core/stamp.ts';
import { failureOf } from './failure.ts';
import { actorFacts, type Backup, type Subject, sameSubject } from './load.ts';
import { type BackupFile, backups } from './tables.ts';

export const findByKey = async (tx: Tx, key: string | undefined): Promise<Backup | undefined> =>
  key === undefined ? undefined : (await tx.orm.select().from(backups).where(eq(backups.key, key)))[0];

export interface NewRow {
  readonly subject: Subject;
  /** Null for the control plane itself. */
  readonly product: string | null;
  readonly environment: string | null;
  readonly keepDays: number;
  readonly key?: string | undefined;
}

/** The row of a backup that begins now. */
export async function insertRow(ctx: Ctx, input: NewRow): Promise<Backup> {
  const { subject, product, environment } = input;
  const tenantId = subject.kind === 'tenant' ? subject.tenantId : null;
  const values = {
    id: randomUUID(),
    scope: subject.kind,
    productId: product,
    environment,
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
export async function rewriteRow(ctx: Ctx, backup: Backup): Promise<Backup> {
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

export async function finishRow(ctx: Ctx, backup: Backup, files: readonly BackupFile[]): Promise<Backup> {
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

export async function failRow(ctx: Ctx, backup: Backup, error: unknown): Promise<void> {
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
