import type { SuspensionView, TenantLifeView } from '@tenantry/contract';
import type { Tx } from '../../db/index.ts';
import { type Status, TRANSITIONS } from '../core/status.ts';
import { CAUSE_FACTS } from '../core/suspension.ts';
import type { Tenant } from '../load.ts';
import { findScheduledPlan } from './change-plan.ts';
import { listOpenSuspensions, type Suspension } from './suspension-rows.ts';
import { findTrial } from './trials.ts';

/** Where a tenant stands in its life, and what can become of it. */
export async function viewLife(tx: Tx, tenant: Tenant): Promise<TenantLifeView> {
  const trial = tenant.status === 'trial' ? await findTrial(tx, tenant.id) : undefined;
  const scheduled = await findScheduledPlan(tx, tenant.id);
  return {
    tenant_id: tenant.id,
    slug: tenant.slug,
    status: tenant.status,
    access_mode: tenant.accessMode,
    status_reason: tenant.statusReason,
    closed_at: tenant.closedAt?.toISOString() ?? null,
    possible: Object.keys(TRANSITIONS[tenant.status]) as Status[],
    suspensions: (await listOpenSuspensions(tx, tenant.id)).map(viewSuspension),
    trial_ends_at: trial?.endsAt.toISOString() ?? null,
    plan_change:
      scheduled === undefined
        ? null
        : {
            plan: scheduled.plan,
            due_at: scheduled.dueAt.toISOString(),
            reason: scheduled.reason,
            authority: scheduled.authority,
          },
  };
}

const viewSuspension = (suspension: Suspension): SuspensionView => ({
  id: suspension.id,
  cause: suspension.cause,
  priority: CAUSE_FACTS[suspension.cause].priority,
  access_mode: suspension.accessMode,
  reason: suspension.reason,
  authority: suspension.authority,
  began_at: suspension.beganAt.toISOString(),
});
