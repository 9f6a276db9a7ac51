/**
 * A plan that an administrator of the tenant asks for (PLAN-13, PLAN-14). The request holds who asked, who decided and why.
 * A larger plan is decided by the vendor, or applied at once where the product's profile says so; a smaller one is always
 * decided, and refused right away where it does not fit what is used.
 */
import { randomUUID } from 'node:crypto';
import { type PlanRequestView, TenantryError } from '@tenantry/contract';
import { actorLabel, type Ctx, permit, permitUserAct, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Tx } from '../../db/index.ts';
import { loadProduct } from '../../products/index.ts';
import type { PlanImpact } from '../core/plan-impact.ts';
import type { PlanRequest } from '../core/plan-request.ts';
import { describeActor } from '../history.ts';
import { loadTenant, lockTenant, type Tenant } from '../load.ts';
import { tellPlanRequested } from '../status-listeners.ts';
import { changePlan } from './change-plan.ts';
import { assertFits, previewPlan } from './preview-plan.ts';

const COLUMNS = `id, tenant_id as "tenantId", plan, direction, reason, requested_by as "requestedBy",
  requested_at as "requestedAt", state, decided_by as "decidedBy", decided_at as "decidedAt", note`;
const SELF_SERVICE = systemActor('self-service');

export interface PlanAsk {
  readonly tenantId: string;
  readonly plan: string;
  readonly reason: string;
}

/**
 * Asks for a plan, in the name of an administrator of the tenant.
 *
 * @throws tenant.over_limit where more is used than it allows; tenant.feature_not_in_plan; tenant.plan_unknown;
 * request.invalid for the plan the tenant has; tenant.plan_requested when a request waits already; access.forbidden
 */
export async function requestPlan(ctx: Ctx, { tenantId, plan, reason }: PlanAsk): Promise<PlanRequest> {
  permitUserAct(ctx.actor, 'plan:request', tenantId);
  const tenant = await lockTenant({ ...ctx, actor: SELF_SERVICE }, tenantId);
  const waiting = await findWaiting(ctx.tx, tenantId);
  if (waiting !== undefined) throw asked(waiting);
  const impact = await previewPlan(ctx.tx, tenant, { plan });
  assertCanBeAsked(tenant, impact);
  const { rows } = await ctx.tx.query<PlanRequest>(
    `insert into tenant_plan_requests (id, tenant_id, plan, direction, reason, requested_by, requested_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`,
    [randomUUID(), tenantId, impact.to, impact.direction, reason, JSON.stringify(describeActor(ctx.actor)), ctx.now],
  );
  const request = rows[0] as PlanRequest;
  await audit(ctx, tenant, 'tenant.plan_requested', request, reason);
  if (impact.direction === 'upgrade' && impact.unset.length === 0 && (await appliesUpgrades(ctx.tx, tenant))) {
    const change = { tenantId, plan: impact.to, reason, authority: `${actorLabel(ctx.actor)}, by self-service` };
    await changePlan({ ...ctx, actor: SELF_SERVICE }, change);
    return end(ctx, request, { state: 'applied', decidedBy: 'the rule of the product', note: null });
  }
  await tellPlanRequested(ctx, { tenant, request, what: 'asked' });
  return request;
}

function assertCanBeAsked(tenant: Tenant, impact: PlanImpact): void {
  if (impact.direction === 'same') {
    throw new TenantryError('request.invalid', `The plan is ${impact.to} already.`, {
      faults: [{ path: 'plan', message: 'is the present one' }],
    });
  }
  if (impact.conflicts.length > 0) {
    throw new TenantryError(
      'tenant.feature_not_in_plan',
      `The plan ${impact.to} does not include ${impact.conflicts.join(', ')}.`,
      { facts: { plan: impact.to, features: impact.conflicts }, next: 'Ask the support of the product.' },
    );
  }
  assertFits(tenant, impact);
}

const appliesUpgrades = async (tx: Tx, { productId }: Tenant): Promise<boolean> =>
  (await loadProduct(tx, productId)).profile.self_service?.upgrade === 'apply';

const asked = ({ plan, requestedAt }: PlanRequest): TenantryError =>
  new TenantryError('tenant.plan_requested', `The plan ${plan} was asked for on ${requestedAt.toISOString()}.`, {
    facts: { plan },
    next: 'Wait for the answer, or withdraw it first.',
  });

export interface PlanDecision {
  readonly tenantId: string;
  readonly approve: boolean;
  readonly note: string;
  readonly grandfatheredBy?: string | undefined;
  readonly dueAt?: Date | undefined;
}

/**
 * Decides on the request that waits. What is approved is changed by the rules of every change of plan.
 *
 * @throws tenant.plan_requested when none waits; whatever `changePlan` refuses
 */
export async function decidePlanRequest(ctx: Ctx, decision: PlanDecision): Promise<PlanRequest> {
  permit(ctx.actor, 'tenants:write');
  const { tenantId, approve, note, grandfatheredBy, dueAt } = decision;
  const tenant = await lockTenant(ctx, tenantId);
  const request = await loadWaiting(ctx.tx, tenantId);
  if (approve) {
    const authority = `${request.requestedBy.label} asked, ${actorLabel(ctx.actor)} approved`;
    await changePlan(ctx, { tenantId, plan: request.plan, reason: request.reason, authority, grandfatheredBy, dueAt });
  }
  const state = approve ? 'applied' : 'declined';
  const ended = await end(ctx, request, { state, decidedBy: actorLabel(ctx.actor), note });
  await audit(ctx, tenant, `tenant.plan_request_${state}`, ended, note);
  await tellPlanRequested(ctx, { tenant, request: ended, what: state });
  return ended;
}

/** Takes it back, in the name of an administrator of the tenant. @throws tenant.plan_requested when none waits */
export async function withdrawPlanRequest(ctx: Ctx, tenantId: string): Promise<PlanRequest> {
  permitUserAct(ctx.actor, 'plan:request', tenantId);
  const tenant = await lockTenant({ ...ctx, actor: SELF_SERVICE }, tenantId);
  const request = await loadWaiting(ctx.tx, tenantId);
  const ended = await end(ctx, request, { state: 'withdrawn', decidedBy: actorLabel(ctx.actor), note: null });
  await audit(ctx, tenant, 'tenant.plan_request_withdrawn', ended);
  return ended;
}

type Ending = Pick<PlanRequest, 'state' | 'decidedBy' | 'note'>;

async function end(ctx: Ctx, { id }: PlanRequest, { state, decidedBy, note }: Ending): Promise<PlanRequest> {
  const { rows } = await ctx.tx.query<PlanRequest>(
    `update tenant_plan_requests set state = $2, decided_by = $3, decided_at = $4, note = $5
     where id = $1 returning ${COLUMNS}`,
    [id, state, decidedBy, ctx.now, note],
  );
  return rows[0] as PlanRequest;
}

const audit = (ctx: Ctx, tenant: Tenant, action: string, request: PlanRequest, reason?: string): Promise<void> =>
  recordAudit(ctx, {
    action,
    tenantId: tenant.id,
    subject: { kind: 'tenant', id: tenant.id, name: tenant.slug },
    ...(reason === undefined ? {} : { reason }),
    detail: { request: request.id, from: tenant.plan, to: request.plan },
  });

async function loadWaiting(tx: Tx, tenantId: string): Promise<PlanRequest> {
  const found = await findWaiting(tx, tenantId);
  if (found !== undefined) return found;
  const { slug } = await loadTenant(tx, tenantId);
  throw new TenantryError('tenant.plan_requested', `No request for a plan of ${slug} waits.`, {
    next: 'Look at those there were: tenantry tenant plan-requests TENANT.',
  });
}

async function findWaiting(tx: Tx, tenantId: string): Promise<PlanRequest | undefined> {
  return (await listPlanRequests(tx, tenantId)).find(({ state }) => state === 'waiting');
}

/** Newest first. */
export async function listPlanRequests(tx: Tx, tenantId: string): Promise<readonly PlanRequest[]> {
  const { rows } = await tx.query<PlanRequest>(
    `select ${COLUMNS} from tenant_plan_requests where tenant_id = $1 order by requested_at desc, id limit 100`,
    [tenantId],
  );
  return rows;
}

export const viewPlanRequest = (request: PlanRequest): PlanRequestView => ({
  id: request.id,
  tenant_id: request.tenantId,
  plan: request.plan,
  direction: request.direction,
  reason: request.reason,
  requested_by: request.requestedBy.label,
  requested_at: request.requestedAt.toISOString(),
  state: request.state,
  decided_by: request.decidedBy,
  decided_at: request.decidedAt?.toISOString() ?? null,
  note: request.note,
});
