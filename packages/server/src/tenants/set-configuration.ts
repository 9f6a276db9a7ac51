import type { Ctx } from '../access/index.ts';
import { loadProduct, type Plan, type PlanTable } from '../products/index.ts';
import {
  type ChangeOptions,
  type Configuration,
  type ConfigurationChange,
  changeConfiguration,
  configurationOf,
} from './configuration.ts';
import { assertFeaturesInPlan, effectiveLimits } from './core/entitlements.ts';
import { excesses, type LimitImpact } from './core/plan-impact.ts';
import {
  type ApprovalChanges,
  type FeatureChanges,
  type LimitChanges,
  mergeWish,
  type SettingsWish,
} from './core/settings.ts';
import { isLive } from './core/status.ts';
import { recordHistory } from './history.ts';
import { assertFits, previewPlan } from './lifecycle/preview-plan.ts';
import type { Tenant } from './load.ts';
import { tellPlanMoved } from './status-listeners.ts';

export interface SetPlanInput extends ChangeOptions {
  /** As people write it: `Professional`, `custom`, … (CH-01). */
  readonly plan: string;
  /** Limits of the contract that go with the new plan (PLAN-15: one transaction). */
  readonly limits?: LimitChanges | undefined;
  /** Who agreed that what is there beyond the new plan stays; new ones are refused all the same (CH-07). */
  readonly grandfatheredBy?: string | undefined;
}

/**
 * Changes the plan; the tenant's own limits and features stay unless named.
 *
 * @throws tenant.plan_unknown, tenant.feature_not_in_plan, tenant.limit_unset, tenant.illegal_transition,
 * tenant.over_limit when more is used than the plan allows and nobody agreed to it; tenant.not_found,
 * request.precondition_failed, access.forbidden
 */
export async function setPlan(ctx: Ctx, input: SetPlanInput): Promise<ConfigurationChange> {
  const over: LimitImpact[] = [];
  const change = await changeConfiguration(ctx, input, 'plan_changed', async (tenant) => {
    const impact = await previewPlan(ctx.tx, tenant, input);
    if (input.grandfatheredBy === undefined) assertFits(tenant, impact);
    else over.push(...excesses(impact));
    return decide(ctx, tenant, { plan: impact.to, limits: input.limits });
  });
  if (change.changed && over.length > 0) await recordGrandfathering(ctx, input, over);
  if (change.changed && change.previous.plan !== change.current.plan) await tellPlanMoved(ctx, change);
  return change;
}

const recordGrandfathering = (ctx: Ctx, input: SetPlanInput, over: readonly LimitImpact[]): Promise<number> =>
  recordHistory(ctx, {
    tenantId: input.tenantId,
    operation: 'grandfathered',
    from: null,
    to: Object.fromEntries(over.map(({ name, used, after }) => [name, { used, limit: after }])),
    authority: input.grandfatheredBy,
    reason: input.reason,
  });

export interface SetLimitsInput extends ChangeOptions {
  readonly limits: LimitChanges;
}

/**
 * Sets limits from the contract (PLAN-19, PLAN-21); those not named stay.
 *
 * @throws request.invalid for a limit the product does not have; tenant.limit_unset; tenant.not_found
 */
export const setLimits = (ctx: Ctx, input: SetLimitsInput): Promise<ConfigurationChange> =>
  changeConfiguration(ctx, input, 'limits_changed', (tenant) => decide(ctx, tenant, { limits: input.limits }));

export interface SetFeaturesInput extends ChangeOptions {
  readonly features: FeatureChanges;
  /** For features the plan does not include: who approved the exception, and why (CH-04). */
  readonly approvals?: ApprovalChanges | undefined;
}

/**
 * Switches features on or off per contract (PLAN-20); those not named stay.
 *
 * @throws tenant.feature_not_in_plan, request.invalid, tenant.not_found
 */
export const setFeatures = (ctx: Ctx, input: SetFeaturesInput): Promise<ConfigurationChange> =>
  changeConfiguration(ctx, input, 'features_changed', (tenant) =>
    decide(ctx, tenant, { features: input.features, approvals: input.approvals }),
  );

export interface ConfigurationWish extends SettingsWish {
  readonly plan?: Plan | undefined;
}

async function decide(ctx: Ctx, tenant: Tenant, wish: ConfigurationWish): Promise<Configuration> {
  const { profile } = await loadProduct(ctx.tx, tenant.productId);
  return decideConfiguration(profile.plans, tenant, wish);
}

/**
 * What a wish makes of a tenant's configuration, checked against the plan table. A tenant whose users are let in
 * must have every limit set; one being onboarded may get them step by step.
 */
export function decideConfiguration(table: PlanTable, tenant: Tenant, wish: ConfigurationWish): Configuration {
  const plan = wish.plan ?? tenant.plan;
  const settings = mergeWish(table, tenant.settings, wish);
  assertFeaturesInPlan(table, plan, settings);
  if (isLive(tenant.status)) effectiveLimits(table, plan, settings.limits);
  return { ...configurationOf(tenant), plan, settings };
}
