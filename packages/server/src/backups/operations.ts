/** Work on backups that somebody asked for over the API: a row, a job, and what became of it. */
import { randomUUID } from 'node:crypto';
import { bug, fromWireId, TenantryError, toWireId } from '@tenantry/contract';
import { and, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, systemActor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { enqueue, type JobHandler } from '../engine/index.ts';
import { createBackup } from './create-backup.ts';
import type { BackupDeps, Progress, WorkOptions } from './deps.ts';
import { failureOf } from './failure.ts';
import { actorFacts, type Backup, loadBackup, permitSubject, type Subject, subjectOf } from './load.ts';
import { restoreBackup } from './restore-backup.ts';
import { createSelfBackup, keysPath } from './self/index.ts';
import { backupOperations } from './tables.ts';
import { verifyBackup } from './verify-backup.ts';

export const OPERATION_TASK = 'backup_operation';

export type Operation = typeof backupOperations.$inferSelect;

const createRequest = z.object({
  subject: z.union([
    z.object({ kind: z.literal('tenant'), tenantId: z.string(), environment: z.string() }),
    z.object({ kind: z.literal('set'), product: z.string(), environment: z.string() }),
    z.object({ kind: z.literal('self') }),
  ]),
  keepDays: z.int(),
  databases: z.array(z.string()).optional(),
});
const verifyRequest = z.object({ depth: z.enum(['files', 'restore']) });

export type CreateRequest = z.infer<typeof createRequest>;

/** @throws access.forbidden, tenant.not_found */
export async function requestBackup(ctx: Ctx, deps: BackupDeps, request: CreateRequest): Promise<Operation> {
  await permitSubject(ctx, deps.sources, 'backups:write', request.subject);
  return ask(ctx, 'create', request.subject, undefined, { ...request });
}

/** @throws access.forbidden, tenant.not_found, backup.not_found */
export async function requestVerify(
  ctx: Ctx,
  deps: BackupDeps,
  backupId: string,
  depth: 'files' | 'restore',
): Promise<Operation> {
  const backup = await loadBackup(ctx.tx, backupId);
  await permitSubject(ctx, deps.sources, 'backups:write', subjectOf(backup));
  if (backup.scope === 'self') throw offline('verified');
  return ask(ctx, 'verify', subjectOf(backup), backup, { depth });
}

export interface RestoreRequest {
  readonly backupId: string;
  readonly confirm: string;
  /** Id or slug. */
  readonly tenant?: string | undefined;
}

/**
 * @throws access.forbidden, tenant.not_found, backup.not_found, backup.mismatch for a backup of another tenant;
 *   request.invalid when what is overwritten was not named (RBK-21)
 */
export async function requestRestore(
  ctx: Ctx,
  deps: BackupDeps,
  { backupId, confirm, tenant }: RestoreRequest,
): Promise<Operation> {
  const backup = await loadBackup(ctx.tx, backupId);
  const subject = subjectOf(backup);
  const place = await permitSubject(ctx, deps.sources, 'backups:restore', subject);
  if (subject.kind === 'self') throw offline('restored');
  const named = tenant === undefined ? undefined : await deps.sources.placeOf(ctx, tenant);
  if (named !== undefined && named.id !== backup.tenantId) {
    throw new TenantryError('backup.mismatch', `The backup ${backup.stamp} is not one of ${named.slug}.`, {
      next: 'Nothing was touched. Name a backup of this tenant.',
    });
  }
  const wanted = place?.slug ?? `${backup.productId}/${backup.environment}`;
  if (confirm !== wanted) {
    throw new TenantryError('request.invalid', `What is there now would be overwritten: confirm it with "${wanted}".`, {
      faults: [{ path: 'confirm', message: `expects ${wanted}` }],
      next: 'Changes since the backup are lost. Send the name again if that is what you want.',
    });
  }
  return ask(ctx, 'restore', subject, backup, {});
}

const offline = (what: string): TenantryError =>
  new TenantryError('backup.refused', `A backup of the control plane is ${what} while the control plane is stopped.`, {
    next: 'Stop it and use the command line where its files are: tenantry backup verify --self, restore --self.',
  });

async function ask(
  ctx: Ctx,
  kind: Operation['kind'],
  subject: Subject,
  backup: Backup | undefined,
  request: Readonly<Record<string, unknown>>,
): Promise<Operation> {
  const tenantId = subject.kind === 'tenant' ? subject.tenantId : null;
  const [row] = await ctx.tx.orm
    .insert(backupOperations)
    .values({
      id: randomUUID(),
      kind,
      tenantId,
      productId: backup?.productId ?? (subject.kind === 'set' ? subject.product : null),
      backupId: backup?.id ?? null,
      request,
      status: 'queued',
      actor: actorFacts(ctx.actor),
      askedAt: ctx.now,
    })
    .returning();
  if (row === undefined) throw bug('An operation that was just written cannot be read back.');
  await enqueue(ctx.tx, [{ task: OPERATION_TASK, payload: { operation: row.id } }]);
  await recordAudit(ctx, {
    action: `backup.${kind}_asked`,
    ...(tenantId === null ? {} : { tenantId }),
    subject: { kind: 'backup_operation', id: toWireId('operation', row.id) },
    detail: { ...request, ...(backup === undefined ? {} : { backup: toWireId('backup', backup.id) }) },
  });
  return row;
}

/** @throws backup.not_found, access.forbidden, tenant.not_found */
export async function readOperation(ctx: Ctx, deps: Pick<BackupDeps, 'sources'>, wireId: string): Promise<Operation> {
  const id = fromWireId('operation', wireId);
  const [row] =
    id === undefined ? [] : await ctx.tx.orm.select().from(backupOperations).where(eq(backupOperations.id, id));
  if (row === undefined) {
    throw new TenantryError('backup.not_found', 'There is no such work on a backup.', { next: 'Ask for it again.' });
  }
  await permitSubject(ctx, deps.sources, 'backups:read', subjectOfOperation(row));
  return row;
}

const subjectOfOperation = ({ tenantId, productId }: Operation): Subject =>
  tenantId !== null
    ? { kind: 'tenant', tenantId, environment: '' }
    : productId === null
      ? { kind: 'self' }
      : { kind: 'set', product: productId, environment: '' };

/** The handler of the queue. What goes wrong is the outcome of the operation, and never a reason to repeat it. */
export const backupJobs = (deps: BackupDeps): Readonly<Record<string, JobHandler>> => ({
  [OPERATION_TASK]: async ({ operation }, signal) => {
    const taken = await take(deps, String(operation));
    if (taken === undefined) return;
    const told = progressTeller(deps, taken.id);
    const outcome = await carryOut(deps, taken, { signal, onProgress: told.tell }).then(
      (report) => ({ status: 'done' as const, ...report }),
      (error: unknown) => ({ status: 'failed' as const, failure: { ...failureOf(error) } }),
    );
    await told.done();
    await deps.database.transaction('worker', (tx) =>
      tx.orm
        .update(backupOperations)
        .set({ ...outcome, progress: null, endedAt: deps.now() })
        .where(eq(backupOperations.id, taken.id)),
    );
  },
});

/**
 * A job that a dead worker has left comes again. Saving and verifying are then done anew. A restore may have been
 * committed, and people may have worked since: that is for a person to look at.
 */
async function take({ database, now }: BackupDeps, id: string): Promise<Operation | undefined> {
  return database.transaction('worker', async (tx) => {
    const [row] = await tx.orm
      .select()
      .from(backupOperations)
      .where(and(eq(backupOperations.id, id), inArray(backupOperations.status, ['queued', 'running'])))
      .for('update');
    if (row === undefined) return undefined;
    const lost = row.status === 'running' && row.kind === 'restore';
    await tx.orm
      .update(backupOperations)
      .set(
        lost
          ? { status: 'failed', failure: { ...failureOf(interrupted()) }, progress: null, endedAt: now() }
          : { status: 'running', startedAt: now() },
      )
      .where(eq(backupOperations.id, id));
    return lost ? undefined : row;
  });
}

const interrupted = (): TenantryError =>
  new TenantryError('connector.timeout', 'The worker died during the restore: all of it is there, or nothing of it.', {
    next: 'Look at the data. If it is not that of the backup, ask for the restore again.',
  });

interface Outcome {
  readonly report: Readonly<Record<string, unknown>>;
  readonly backupId?: string;
}

async function carryOut(deps: BackupDeps, operation: Operation, work: WorkOptions): Promise<Outcome> {
  const actor = systemActor('backups');
  const { kind, request, id, tenantId } = operation;
  const backupId = operation.backupId ?? '';
  switch (kind) {
    case 'create': {
      const { subject, keepDays, databases } = createRequest.parse(request);
      const backup =
        subject.kind === 'self'
          ? await createSelfBackup(deps, actor, { keepDays, key: id }, work)
          : await createBackup(deps, actor, { subject, keepDays, databases, key: id }, work);
      // What a restore of the control plane needs beside its backup.
      const beside =
        subject.kind === 'self' ? { keys_file: keysPath(deps.keysFolder), master_keys: deps.self.masterKeys } : {};
      return { report: { stamp: backup.stamp, files: backup.files, ...beside }, backupId: backup.id };
    }
    case 'verify':
      return { report: { ...(await verifyBackup(deps, actor, { backupId, ...verifyRequest.parse(request) }, work)) } };
    case 'restore':
      return {
        report: { ...(await restoreBackup(deps, actor, { backupId, tenantId: tenantId ?? undefined }, work)) },
      };
  }
}

const TOLD_EVERY_MS = 1_000;

/** Writes down how far the work is, at most once a second and one after another. */
function progressTeller({ database, now }: BackupDeps, id: string) {
  let writing: Promise<unknown> = Promise.resolve();
  let toldAt = 0;
  return {
    tell: (progress: Progress): void => {
      const at = now().getTime();
      if (at - toldAt < TOLD_EVERY_MS) return;
      toldAt = at;
      writing = writing.then(() =>
        database
          .transaction('worker', (tx) =>
            tx.orm
              .update(backupOperations)
              .set({ progress: { ...progress } })
              .where(eq(backupOperations.id, id)),
          )
          .catch(() => undefined),
      );
    },
    done: () => writing,
  };
}
