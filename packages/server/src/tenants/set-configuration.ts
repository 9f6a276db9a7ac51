import type { Ctx } from '../access/index.ts';
import { type Limit, loadProduct, type Plan, type PlanTable } from '../products/index.ts';
import {
  type ChangeOptions,
  type Configuration,
  type ConfigurationChange,
  changeConfiguration,
  configurationOf,
} from './configuration.ts';
import { assertFeaturesInPlan, effectiveLimits } from './core/entitlements.ts';
import { planFromWord } from './core/plan-words.ts';
import { type FeatureApproval, mergeMembers, parseSettings, type TenantSettings } from './core/settings.ts';
import { assertPlanChange, isLive } from './core/status.ts';
import type { Tenant } from './load.ts';

/** Limits by name; `null` takes the tenant's own value away, so that the plan's holds again. */
export type LimitChanges = Readonly<Record<string, Limit | null>>;
export type FeatureChanges = Readonly<Record<string, boolean | null>>;
export type ApprovalChanges = Readonly<Record<string, FeatureApproval | null>>;

export interface SetPlanInput extends ChangeOptions {
  /** As people write it: `Professional`, `custom`, … (CH-01). */
  readonly plan: string;
  /** Limits of the contract that go with the new plan (PLAN-15: one transaction). */
  readonly limits?: LimitChanges | undefined;
}

/**
 * Changes the plan; the tenant's own limits and features stay unless named.
 *
 * @throws tenant.plan_unknown, tenant.feature_not_in_plan, tenant.limit_unset, tenant.illegal_transition,
 * tenant.not_found, request.precondition_failed, access.forbidden
 */
export const setPlan = (ctx: Ctx, input: SetPlanInput): Promise<ConfigurationChange> =>
  changeConfiguration(ctx, input, 'plan_changed', async (tenant) => {
    assertPlanChange(tenant.status);
    return decide(ctx, tenant, { plan: planFromWord(input.plan).plan, limits: input.limits });
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

export interface ConfigurationWish {
  readonly plan?: Plan | undefined;
  readonly limits?: LimitChanges | undefined;
  readonly features?: FeatureChanges | undefined;
  readonly approvals?: ApprovalChanges | undefined;
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
  const settings = parseSettings(mergeSettings(tenant.settings, wish), table);
  assertFeaturesInPlan(table, plan, settings);
  if (isLive(tenant.status)) effectiveLimits(table, plan, settings.limits);
  return { ...configurationOf(tenant), plan, settings };
}

function mergeSettings(current: TenantSettings, wish: ConfigurationWish): TenantSettings {
  const merged: Record<string, unknown> = { ...current };
  if (wish.limits !== undefined) merged.limits = mergeMembers(current.limits, wish.limits);
  if (wish.features !== undefined) merged.features = mergeMembers(current.features, wish.features);
  if (wish.approvals !== undefined) {
    merged.feature_approvals = mergeMembers(current.feature_approvals, wish.approvals);
  }
  return merged;
}
