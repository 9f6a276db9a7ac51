import type { PlanChangeView, PlanImpactView, TenantUsageView } from '@tenantry/contract';
import type { Tx } from '../../db/index.ts';
import type { Limit } from '../../products/index.ts';
import { limitState, type PlanImpact, windowMs } from '../core/plan-impact.ts';
import { loadLimits } from '../entitlements.ts';
import type { Tenant } from '../load.ts';
import type { PlanChange } from './change-plan.ts';
import { readUsage } from './usage.ts';

export const viewImpact = ({ slaPercent, ...impact }: PlanImpact): PlanImpactView => ({
  from: impact.from,
  to: impact.to,
  direction: impact.direction,
  limits: impact.limits.map((limit) => ({ ...limit })),
  features: impact.features.map((feature) => ({ ...feature })),
  sla_percent: { ...slaPercent },
  conflicts: [...impact.conflicts],
  unset: [...impact.unset],
});

export const viewPlanChange = (tenantId: string, { impact, dueAt }: PlanChange): PlanChangeView => ({
  tenant_id: tenantId,
  impact: viewImpact(impact),
  due_at: dueAt?.toISOString() ?? null,
});

type Meter = TenantUsageView['meters'][number];

/** What a tenant uses of what it may. */
export async function viewUsage(tx: Tx, tenant: Tenant): Promise<TenantUsageView> {
  const { limits, unset } = await loadLimits(tx, tenant);
  const usage = await readUsage(tx, tenant.id);
  const meters = [
    ...Object.entries(limits).map(([name, limit]) => meterOf(name, limit, usage[name])),
    ...unset.map((name) => meterOf(name, null, usage[name])),
  ];
  return { tenant_id: tenant.id, plan: tenant.plan, meters: meters.sort((a, b) => a.name.localeCompare(b.name)) };
}

function meterOf(name: string, limit: Limit | null, used: number | undefined): Meter {
  const window = windowMs(name) ?? null;
  if (window !== null || used === undefined || limit === null) {
    return {
      name,
      limit,
      used: window === null ? (used ?? null) : null,
      remaining: null,
      state: 'unknown',
      window_ms: window,
    };
  }
  const remaining = limit === 'unlimited' ? null : Math.max(0, limit - used);
  return { name, limit, used, remaining, state: limitState(used, limit), window_ms: null };
}
