import { randomUUID } from 'node:crypto';
import { fromWireId, TenantryError, toWireId } from '@tenantry/contract';
import { and, asc, eq, isNull, lte, or } from 'drizzle-orm';
import { type Ctx, systemActor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { nextDue, type Rhythm } from './core/retention.ts';
import { createBackup } from './create-backup.ts';
import type { BackupDeps, WorkOptions } from './deps.ts';
import { actorFacts, findBackup, permitSubject, type Subject } from './load.ts';
import { backupSchedules } from './tables.ts';
import { verifyBackup } from './verify-backup.ts';

export type Schedule = typeof backupSchedules.$inferSelect;

export interface ScheduleInput {
  readonly subject: Exclude<Subject, { kind: 'self' }>;
  readonly every: Rhythm;
  readonly keepDays: number;
}

const subjectOfSchedule = ({ tenantId, productId, environment }: Schedule): ScheduleInput['subject'] =>
  tenantId === null ? { kind: 'set', product: productId, environment } : { kind: 'tenant', tenantId, environment };

/**
 * Says how often a tenant, or a product's databases, are backed up (RBK-26). One schedule for each; the next backup is
 * taken at once, and the weekly restore test begins with it.
 *
 * @throws access.forbidden, tenant.not_found
 */
export async function setSchedule(
  ctx: Ctx,
  deps: Pick<BackupDeps, 'sources'>,
  { subject, every, keepDays }: ScheduleInput,
): Promise<Schedule> {
  const place = await permitSubject(ctx, deps.sources, 'backups:write', subject);
  const productId = subject.kind === 'set' ? subject.product : (place?.productId ?? '');
  const tenantId = subject.kind === 'tenant' ? subject.tenantId : null;
  const changed = { every, keepDays, nextAt: ctx.now, actor: actorFacts(ctx.actor), updatedAt: ctx.now };
  const [known] = await ctx.tx.orm
    .select()
    .from(backupSchedules)
    .where(sameSchedule(tenantId, productId, subject));
  const [row] =
    known === undefined
      ? await ctx.tx.orm
          .insert(backupSchedules)
          .values({
            ...changed,
            id: randomUUID(),
            productId,
            tenantId,
            environment: subject.environment,
            nextTestAt: ctx.now,
            createdAt: ctx.now,
          })
          .returning()
      : await ctx.tx.orm.update(backupSchedules).set(changed).where(eq(backupSchedules.id, known.id)).returning();
  if (row === undefined) throw noSchedule();
  await auditSchedule(ctx, 'backup.scheduled', row, { every, keep_days: keepDays });
  return row;
}

const sameSchedule = (tenantId: string | null, productId: string, { environment }: ScheduleInput['subject']) =>
  and(
    tenantId === null ? isNull(backupSchedules.tenantId) : eq(backupSchedules.tenantId, tenantId),
    eq(backupSchedules.productId, productId),
    eq(backupSchedules.environment, environment),
  );

/** @throws backup.not_found, access.forbidden, tenant.not_found */
export async function endSchedule(ctx: Ctx, deps: Pick<BackupDeps, 'sources'>, wireId: string): Promise<void> {
  const id = fromWireId('schedule', wireId);
  const [row] =
    id === undefined ? [] : await ctx.tx.orm.select().from(backupSchedules).where(eq(backupSchedules.id, id));
  if (row === undefined) throw noSchedule();
  await permitSubject(ctx, deps.sources, 'backups:write', subjectOfSchedule(row));
  await ctx.tx.orm.delete(backupSchedules).where(eq(backupSchedules.id, row.id));
  await auditSchedule(ctx, 'backup.schedule_ended', row, {});
}

const noSchedule = (): TenantryError =>
  new TenantryError('backup.not_found', 'There is no such schedule of backups.', {
    next: 'GET /api/v1/backup-schedules has their ids.',
  });

/** Those of one tenant or product, or all. @throws access.forbidden, tenant.not_found */
export async function listSchedules(
  ctx: Ctx,
  deps: Pick<BackupDeps, 'sources'>,
  subject: ScheduleInput['subject'] | undefined,
): Promise<readonly Schedule[]> {
  await permitSubject(ctx, deps.sources, 'backups:read', subject ?? { kind: 'self' });
  const of =
    subject?.kind === 'tenant'
      ? eq(backupSchedules.tenantId, subject.tenantId)
      : subject?.kind === 'set'
        ? eq(backupSchedules.productId, subject.product)
        : undefined;
  return ctx.tx.orm.select().from(backupSchedules).where(of).orderBy(asc(backupSchedules.createdAt));
}

const auditSchedule = (ctx: Ctx, action: string, row: Schedule, detail: object): Promise<void> =>
  recordAudit(ctx, {
    action,
    ...(row.tenantId === null ? {} : { tenantId: row.tenantId }),
    subject: { kind: 'backup_schedule', id: toWireId('schedule', row.id) },
    detail: { product: row.productId, environment: row.environment, ...detail },
  });

/** How long a schedule whose backup failed waits before it tries again. */
const AGAIN_MS = 15 * 60_000;

/**
 * Takes every backup that is due, and the restore test of each schedule once a week (RBK-27). One that fails does not
 * keep the others: it is written down and tried again a quarter of an hour later. Of several processes one does it.
 */
export async function keepSchedules(
  deps: BackupDeps,
  work: WorkOptions = {},
): Promise<{ taken: number; failed: number }> {
  const done = { taken: 0, failed: 0 };
  for (let next = await claimDue(deps); next !== undefined; next = await claimDue(deps)) {
    const failed = await carryOut(deps, next, work).then(
      () => false,
      () => true,
    );
    done[failed ? 'failed' : 'taken'] += 1;
    await settle(deps, next, failed);
    if (work.signal?.aborted === true) break;
  }
  return done;
}

interface Due {
  readonly schedule: Schedule;
  readonly backup: boolean;
  readonly test: boolean;
}

/** Puts the next time forward before the work begins: whoever looks meanwhile finds nothing due. */
async function claimDue({ database, now }: BackupDeps): Promise<Due | undefined> {
  return database.transaction('worker', async (tx) => {
    const at = now();
    const [schedule] = await tx.orm
      .select()
      .from(backupSchedules)
      .where(or(lte(backupSchedules.nextAt, at), lte(backupSchedules.nextTestAt, at)))
      .orderBy(asc(backupSchedules.nextAt))
      .limit(1)
      .for('update', { skipLocked: true });
    if (schedule === undefined) return undefined;
    const due = { schedule, backup: schedule.nextAt <= at, test: schedule.nextTestAt <= at };
    const later = new Date(at.getTime() + AGAIN_MS);
    await tx.orm
      .update(backupSchedules)
      .set({ ...(due.backup && { nextAt: later }), ...(due.test && { nextTestAt: later }) })
      .where(eq(backupSchedules.id, schedule.id));
    return due;
  });
}

async function carryOut(deps: BackupDeps, { schedule, backup, test }: Due, work: WorkOptions): Promise<void> {
  const actor = systemActor('backups');
  const subject = subjectOfSchedule(schedule);
  const { keepDays } = schedule;
  if (backup) await createBackup(deps, actor, { subject, keepDays }, work);
  if (!test) return;
  const { id } = await deps.database.transaction('worker', (tx) => findBackup(tx, subject, 'latest'));
  const { failure } = await verifyBackup(deps, actor, { backupId: id, depth: 'restore' }, work);
  if (failure !== null) throw new TenantryError('backup.unreadable', failure.message);
}

async function settle({ database, now }: BackupDeps, { schedule, backup, test }: Due, failed: boolean): Promise<void> {
  const at = now();
  await database.transaction('worker', (tx) =>
    tx.orm
      .update(backupSchedules)
      .set(
        failed
          ? { failures: schedule.failures + 1 }
          : {
              failures: 0,
              ...(backup && { nextAt: nextDue(at, schedule.every) }),
              ...(test && { nextTestAt: nextDue(at, 'weekly') }),
            },
      )
      .where(eq(backupSchedules.id, schedule.id)),
  );
}
