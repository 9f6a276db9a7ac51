/** What a tenant may use: the plan's word unless the contract says otherwise. */
import { TenantryError } from '@tenantry/contract';
import type { Limit, Plan, PlanTable } from '../../products/index.ts';
import type { TenantSettings } from './settings.ts';

export interface EffectiveLimits {
  readonly limits: Readonly<Record<string, Limit>>;
  /** Limits the plan leaves to the contract and the contract does not give. */
  readonly unset: readonly string[];
}

/** REG-11: the tenant's own value, else the plan's; `custom` without a value is unset (CH-03). */
export function resolveLimits(table: PlanTable, plan: Plan, overrides: TenantSettings['limits']): EffectiveLimits {
  const limits: Record<string, Limit> = {};
  const unset: string[] = [];
  for (const [name, planned] of Object.entries(table[plan].limits)) {
    const value = overrides?.[name] ?? planned;
    if (value === 'custom') unset.push(name);
    else limits[name] = value;
  }
  return { limits, unset };
}

/** @throws tenant.limit_unset naming each limit the contract still has to give */
export function effectiveLimits(
  table: PlanTable,
  plan: Plan,
  overrides: TenantSettings['limits'],
): Readonly<Record<string, Limit>> {
  const { limits, unset } = resolveLimits(table, plan, overrides);
  if (unset.length === 0) return limits;
  throw new TenantryError('tenant.limit_unset', `The plan ${plan} leaves ${unset.join(', ')} to the contract.`, {
    facts: { plan, unset },
    next: 'Set these limits from the contract.',
  });
}

/** What is switched on: the tenant's own flag, else what the plan includes. */
export function effectiveFeatures(
  table: PlanTable,
  plan: Plan,
  flags: TenantSettings['features'],
): Readonly<Record<string, boolean>> {
  return Object.fromEntries(
    Object.entries(table[plan].features).map(([name, included]) => [name, flags?.[name] ?? included]),
  );
}

/** Features the settings ask for that the plan does not include and nobody approved (CH-04). */
export const featureConflicts = (table: PlanTable, plan: Plan, settings: TenantSettings): readonly string[] =>
  Object.entries(settings.features ?? {})
    .filter(([name, wanted]) => wanted && table[plan].features[name] !== true)
    .map(([name]) => name)
    .filter((name) => settings.feature_approvals?.[name] === undefined);

/** @throws tenant.feature_not_in_plan with the three ways out of CH-04 */
export function assertFeaturesInPlan(table: PlanTable, plan: Plan, settings: TenantSettings): void {
  const conflicts = featureConflicts(table, plan, settings);
  if (conflicts.length === 0) return;
  throw new TenantryError('tenant.feature_not_in_plan', `The plan ${plan} does not include ${conflicts.join(', ')}.`, {
    facts: { plan, features: conflicts },
    next: 'Change to a plan that includes it, drop the requirement, or record who approved the exception and why.',
  });
}
