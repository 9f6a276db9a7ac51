import { TenantryError } from '@tenantry/contract';
import type { Tx } from '../../db/index.ts';
import { loadProduct } from '../../products/index.ts';
import { excesses, type PlanImpact, planImpact } from '../core/plan-impact.ts';
import { planFromWord } from '../core/plan-words.ts';
import { type LimitChanges, mergeWish } from '../core/settings.ts';
import { assertPlanChange } from '../core/status.ts';
import type { Tenant } from '../load.ts';
import { readUsage } from './usage.ts';

export interface PlanWish {
  /** As people write it: `Professional`, `custom`, … (CH-01). */
  readonly plan: string;
  /** Limits of the contract that go with it. */
  readonly limits?: LimitChanges | undefined;
}

/** What a change would come to; changes nothing. @throws tenant.plan_unknown, tenant.illegal_transition, request.invalid */
export async function previewPlan(tx: Tx, tenant: Tenant, wish: PlanWish): Promise<PlanImpact> {
  assertPlanChange(tenant.status);
  const { plan } = planFromWord(wish.plan);
  const { plans: table } = (await loadProduct(tx, tenant.productId)).profile;
  const settings = mergeWish(table, tenant.settings, { limits: wish.limits });
  const usage = await readUsage(tx, tenant.id);
  return planImpact({ table, plan: tenant.plan, settings: tenant.settings, next: { plan, settings }, usage });
}

/** @throws tenant.over_limit */
export function assertFits({ slug }: Tenant, impact: PlanImpact): void {
  const over = excesses(impact);
  if (over.length === 0) return;
  const list = over.map(({ name, used, after }) => `${name} (${used} of ${after})`).join(', ');
  throw new TenantryError('tenant.over_limit', `${slug} uses more than ${impact.to} allows: ${list}.`, {
    facts: {
      plan: impact.to,
      excess: over.map(({ name, used, after, excess }) => ({ name, used, limit: after, excess })),
    },
    next: 'Have it reduced first, schedule the change for a day, or name who agrees that what is there stays.',
  });
}
