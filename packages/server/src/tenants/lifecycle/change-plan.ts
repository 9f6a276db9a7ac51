import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { actorLabel, type Ctx, permit, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import type { Plan } from '../../products/index.ts';
import type { ChangeOptions } from '../configuration.ts';
import type { PlanImpact } from '../core/plan-impact.ts';
import type { LimitChanges } from '../core/settings.ts';
import { recordHistory } from '../history.ts';
import { lockTenant, type Tenant } from '../load.ts';
import { setPlan } from '../set-configuration.ts';
import { type PlanWish, previewPlan } from './preview-plan.ts';

export interface ChangePlanInput extends ChangeOptions, PlanWish {
  readonly reason: string;
  /** Who agreed that what is there beyond the new limits stays; new ones are refused (CH-07). */
  readonly grandfatheredBy?: string | undefined;
  /** The end of the period: nothing changes before. */
  readonly dueAt?: Date | undefined;
}

export interface PlanChange {
  readonly impact: PlanImpact;
  /** When it will be; undefined when it has been. */
  readonly dueAt: Date | undefined;
}

/**
 * Changes the plan of a tenant, at once or on a day. What is used beyond the new plan is refused unless somebody agreed
 * to it; on its day it is looked at once more.
 *
 * @throws tenant.over_limit with every excess; request.invalid for a day that is past; whatever `setPlan` refuses
 */
export async function changePlan(ctx: Ctx, input: ChangePlanInput): Promise<PlanChange> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, input.tenantId, input.ifVersion);
  const impact = await previewPlan(ctx.tx, tenant, input);
  if (input.dueAt !== undefined) {
    await schedule(ctx, tenant, { ...input, dueAt: input.dueAt }, impact);
    return { impact, dueAt: input.dueAt };
  }
  const { dueAt: _, ...change } = input;
  await setPlan(ctx, change);
  // What was meant for later is overtaken.
  await cancelScheduled(ctx, tenant);
  return { impact, dueAt: undefined };
}

async function schedule(
  ctx: Ctx,
  tenant: Tenant,
  input: ChangePlanInput & { readonly dueAt: Date },
  impact: PlanImpact,
): Promise<void> {
  if (input.dueAt.getTime() <= ctx.now.getTime()) {
    throw new TenantryError('request.invalid', 'The day of the change is past.', {
      faults: [{ path: 'due_at', message: 'lies in the future, or is left out' }],
    });
  }
  if (impact.conflicts.length > 0) {
    throw new TenantryError(
      'tenant.feature_not_in_plan',
      `The plan ${impact.to} does not include ${impact.conflicts.join(', ')}.`,
      {
        facts: { plan: impact.to, features: impact.conflicts },
        next: 'Switch it off for this tenant first, or have the exception approved.',
      },
    );
  }
  await cancelScheduled(ctx, tenant);
  const authority = input.authority ?? actorLabel(ctx.actor);
  await ctx.tx.query(
    `insert into tenant_plan_changes (id, tenant_id, plan, limits, due_at, reason, authority, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      randomUUID(),
      tenant.id,
      impact.to,
      JSON.stringify(input.limits ?? {}),
      input.dueAt,
      input.reason,
      authority,
      ctx.now,
    ],
  );
  const to = { plan: impact.to, due_at: input.dueAt.toISOString() };
  await record(ctx, tenant, 'plan_change_scheduled', to, input);
}

export interface ScheduledPlan {
  readonly id: string;
  readonly tenantId: string;
  readonly plan: Plan;
  readonly limits: LimitChanges;
  readonly dueAt: Date;
  readonly reason: string;
  readonly authority: string;
}

const COLUMNS = `id, tenant_id as "tenantId", plan, limits, due_at as "dueAt", reason, authority`;

export async function findScheduledPlan(tx: Tx, tenantId: string): Promise<ScheduledPlan | undefined> {
  const { rows } = await tx.query<ScheduledPlan>(
    `select ${COLUMNS} from tenant_plan_changes where tenant_id = $1 and status = 'scheduled'`,
    [tenantId],
  );
  return rows[0];
}

/** Takes the change that waits for its day off. Answers whether there was one. @throws tenant.not_found, access.forbidden */
export async function cancelPlanChange(
  ctx: Ctx,
  { tenantId, reason }: { readonly tenantId: string; readonly reason: string },
): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  return cancelScheduled(ctx, await lockTenant(ctx, tenantId), reason);
}

async function cancelScheduled(ctx: Ctx, tenant: Tenant, reason = 'Another change took its place.'): Promise<boolean> {
  const { rows } = await ctx.tx.query<{ plan: string; due_at: Date }>(
    `update tenant_plan_changes set status = 'cancelled', ended_at = $2
     where tenant_id = $1 and status = 'scheduled' returning plan, due_at`,
    [tenant.id, ctx.now],
  );
  const [row] = rows;
  if (row === undefined) return false;
  const to = { plan: row.plan, due_at: row.due_at.toISOString() };
  await record(ctx, tenant, 'plan_change_cancelled', to, { reason });
  return true;
}

async function record(
  ctx: Ctx,
  tenant: Tenant,
  operation: 'plan_change_scheduled' | 'plan_change_cancelled' | 'plan_change_refused',
  to: Readonly<Record<string, unknown>>,
  { reason, authority }: { readonly reason?: string | undefined; readonly authority?: string | undefined },
): Promise<void> {
  const from = { plan: tenant.plan };
  await recordHistory(ctx, { tenantId: tenant.id, operation, from, to, reason, authority });
  await recordAudit(ctx, {
    action: `tenant.${operation}`,
    tenantId: tenant.id,
    subject: { kind: 'tenant', id: tenant.id, name: tenant.slug },
    ...(reason === undefined ? {} : { reason }),
    detail: { from, to },
  });
}

const PLANS_DUE = systemActor('plan changes');
const BATCH = 100;

/**
 * Carries out the changes whose day has come, each in a transaction of its own. One that cannot be, because more is used
 * than the plan allows, leaves the tenant on its plan and says so in the history. Answers how many were dealt with.
 */
export async function keepPlanChanges(database: Database, now: Date): Promise<number> {
  const due = await database.transaction('worker', async (tx) => {
    const { rows } = await tx.query<ScheduledPlan>(
      `select ${COLUMNS} from tenant_plan_changes where status = 'scheduled' and due_at <= $1 order by due_at limit ${BATCH}`,
      [now],
    );
    return rows;
  });
  for (const change of due) {
    try {
      await carryOut(database, change, now);
    } catch (error) {
      if (!(error instanceof TenantryError) || error.kind !== 'refusal') throw error;
      await database.transaction('worker', (tx) => refuse({ tx, actor: PLANS_DUE, now }, change, error));
    }
  }
  return due.length;
}

const carryOut = (database: Database, change: ScheduledPlan, now: Date): Promise<void> =>
  database.transaction('worker', async (tx) => {
    const ctx = { tx, actor: PLANS_DUE, now };
    const { rowCount } = await tx.query(
      `update tenant_plan_changes set status = 'done', ended_at = $2 where id = $1 and status = 'scheduled'`,
      [change.id, now],
    );
    if (rowCount === 0) return;
    const { tenantId, plan, limits, reason, authority } = change;
    await setPlan(ctx, { tenantId, plan, limits, reason, authority });
  });

async function refuse(ctx: Ctx, change: ScheduledPlan, error: TenantryError): Promise<void> {
  const { rowCount } = await ctx.tx.query(
    `update tenant_plan_changes set status = 'refused', ended_at = $2, refusal = $3 where id = $1 and status = 'scheduled'`,
    [change.id, ctx.now, JSON.stringify({ code: error.code, message: error.message, facts: error.facts })],
  );
  if (rowCount === 0) return;
  const tenant = await lockTenant(ctx, change.tenantId);
  const to = { plan: change.plan, code: error.code };
  await record(ctx, tenant, 'plan_change_refused', to, { reason: error.message, authority: change.authority });
}
