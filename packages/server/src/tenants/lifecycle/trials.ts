/** Trials end by themselves (LIFE-04, CH-08): reminders before, and a suspension for reading on their day. */
import { TenantryError } from '@tenantry/contract';
import { type Ctx, permit, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { recordHistory } from '../history.ts';
import { lockTenant } from '../load.ts';
import { suspendTenant } from './suspend-tenant.ts';

const DAY_MS = 86_400_000;
const REMINDER_DAYS = [7, 1] as const;
const TRIALS = systemActor('trials');
const BATCH = 200;

export async function findTrial(tx: Tx, tenantId: string): Promise<{ readonly endsAt: Date } | undefined> {
  const { rows } = await tx.query<{ endsAt: Date }>(
    'select ends_at as "endsAt" from tenant_trials where tenant_id = $1',
    [tenantId],
  );
  return rows[0];
}

export interface TrialEndInput {
  readonly tenantId: string;
  readonly endsAt: Date;
  readonly reason: string;
}

/**
 * Moves the end of a trial; reminders go out anew.
 *
 * @throws request.invalid for a time that is past; tenant.illegal_transition when the tenant is in no trial
 */
export async function setTrialEnd(ctx: Ctx, { tenantId, endsAt, reason }: TrialEndInput): Promise<void> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  if (tenant.status !== 'trial') {
    throw new TenantryError('tenant.illegal_transition', `${tenant.slug} is in no trial: it is ${tenant.status}.`, {
      facts: { status: tenant.status },
      next: 'A trial that has ended is reinstated: tenantry tenant reinstate TENANT --resolution TEXT.',
    });
  }
  if (endsAt.getTime() <= ctx.now.getTime()) {
    throw new TenantryError('request.invalid', 'The end of the trial is past.', {
      faults: [{ path: 'ends_at', message: 'lies in the future' }],
    });
  }
  const before = await findTrial(ctx.tx, tenantId);
  await ctx.tx.query(
    `insert into tenant_trials (tenant_id, ends_at, started_at) values ($1, $2, $3)
     on conflict (tenant_id) do update set ends_at = excluded.ends_at`,
    [tenantId, endsAt, ctx.now],
  );
  const from = { ends_at: before?.endsAt.toISOString() ?? null };
  const to = { ends_at: endsAt.toISOString() };
  await recordHistory(ctx, { tenantId, operation: 'trial_moved', from, to, reason });
  await recordAudit(ctx, {
    action: 'tenant.trial_moved',
    tenantId,
    subject: { kind: 'tenant', id: tenantId, name: tenant.slug },
    reason,
    detail: { from, to },
  });
}

interface Running {
  readonly tenantId: string;
  readonly endsAt: Date;
}

/** Tells administrators; one mail for each key, however often it is asked for. */
export type TellAdmins = (
  ctx: Ctx,
  mail: {
    readonly tenantId: string;
    readonly template: 'trial-ending' | 'inactivity-warning' | 'usage-limit';
    readonly key: string;
    readonly values: Readonly<Record<string, string>>;
  },
) => Promise<unknown>;

/** Reminds of trials that end in a week or a day, and ends those whose day has come. Answers how many ended. */
export async function keepTrials(database: Database, tell: TellAdmins, now: Date): Promise<number> {
  const soon = await database.transaction('worker', (tx) => runningTrials(tx, new Date(now.getTime() + 7 * DAY_MS)));
  let ended = 0;
  for (const trial of soon) {
    if (trial.endsAt.getTime() > now.getTime()) await remind(database, tell, trial, now);
    else if (await endTrial(database, trial, now)) ended += 1;
  }
  return ended;
}

async function runningTrials(tx: Tx, until: Date): Promise<readonly Running[]> {
  const { rows } = await tx.query<Running>(
    `select t.tenant_id as "tenantId", t.ends_at as "endsAt" from tenant_trials t join tenants on tenants.id = t.tenant_id
     where tenants.status = 'trial' and t.ends_at <= $1 order by t.ends_at limit ${BATCH}`,
    [until],
  );
  return rows;
}

/** The reminder whose time has come last: who hears of a trial a day before its end is not told that it is a week. */
async function remind(database: Database, tell: TellAdmins, { tenantId, endsAt }: Running, now: Date): Promise<void> {
  const leftMs = endsAt.getTime() - now.getTime();
  const days = REMINDER_DAYS.findLast((each) => leftMs <= each * DAY_MS);
  if (days === undefined) return;
  const values = { days: days === 1 ? 'a day' : `${days} days`, ends: endsAt.toISOString().slice(0, 10) };
  const key = `trial:${tenantId}/${endsAt.toISOString()}/${days}`;
  await database.transaction('worker', (tx) =>
    tell({ tx, actor: TRIALS, now }, { tenantId, template: 'trial-ending', key, values }),
  );
}

const endTrial = (database: Database, { tenantId }: Running, now: Date): Promise<boolean> =>
  database.transaction('worker', async (tx) => {
    const ctx = { tx, actor: TRIALS, now };
    // Somebody may have converted or prolonged it meanwhile.
    const { status } = await lockTenant(ctx, tenantId);
    const trial = await findTrial(tx, tenantId);
    if (status !== 'trial' || trial === undefined || trial.endsAt.getTime() > now.getTime()) return false;
    const reason = `The trial ended on ${trial.endsAt.toISOString().slice(0, 10)}.`;
    await suspendTenant(ctx, { tenantId, cause: 'trial_expired', reason, authority: 'trial' });
    return true;
  });
