import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { loadProduct } from '../products/index.ts';
import { type ChangeOptions, changeConfiguration } from './configuration.ts';
import type { LimitImpact, PlanImpact } from './core/plan-impact.ts';
import type { SettingsWish } from './core/settings.ts';
import { recordHistory } from './history.ts';
import { assertFits, previewPlan } from './lifecycle/preview-plan.ts';
import { loadTenant, lockTenant, type Tenant } from './load.ts';
import { decideConfiguration } from './set-configuration.ts';
import { tenants } from './tables.ts';

export interface EditInput extends ChangeOptions, SettingsWish {
  readonly reason: string;
  readonly name?: string | undefined;
  /** Key of a support tier of the product. */
  readonly supportTier?: string | undefined;
  /** Who agreed that what is there beyond a lower limit stays; new ones are refused all the same (CH-07). */
  readonly grandfatheredBy?: string | undefined;
}

/**
 * Sets right what a person may about a tenant: its name, support tier and what its contract changes of its plan, all or
 * nothing. Status and plan have operations of their own.
 *
 * @throws request.invalid, tenant.feature_not_in_plan, tenant.limit_unset; tenant.over_limit where more is used than a
 * limit of this edit allows and nobody agreed to it; tenant.illegal_transition of an offboarded tenant; tenant.not_found,
 * request.precondition_failed
 */
export async function editTenant(ctx: Ctx, input: EditInput): Promise<Tenant> {
  permit(ctx.actor, 'tenants:write');
  const { tenantId, ifVersion, limits, features, approvals, supportTier, ...options } = input;
  const tenant = await lockTenant(ctx, tenantId, ifVersion);
  const { profile } = await loadProduct(ctx.tx, tenant.productId);
  const tiers = profile.support_tiers.map(({ key }) => key);
  if (supportTier !== undefined && supportTier !== tenant.supportTier && tiers.length > 0) {
    assertTier(supportTier, tiers);
  }
  const over = limits === undefined ? [] : await lowered(ctx, tenant, input);
  const change = await changeConfiguration(ctx, { tenantId, ...options }, 'settings_changed', async (current) => ({
    ...decideConfiguration(profile.plans, current, { limits, features, approvals }),
    ...(supportTier === undefined ? {} : { supportTier }),
  }));
  if (change.changed && over.length > 0) await recordStaying(ctx, input, over);
  if (input.name !== undefined && input.name !== tenant.name) await rename(ctx, tenant, input.name, input);
  return loadTenant(ctx.tx, tenantId);
}

function assertTier(tier: string, known: readonly string[]): void {
  if (known.includes(tier)) return;
  throw new TenantryError('request.invalid', `The product has no support tier "${tier}".`, {
    faults: [{ path: 'support_tier', message: `is one of ${known.join(', ')}` }],
  });
}

/** Limits of this edit that are below what is used. One that was so before, and stays as it is, is no matter of it. */
async function lowered(ctx: Ctx, tenant: Tenant, { limits, grandfatheredBy }: EditInput): Promise<LimitImpact[]> {
  const impact = await previewPlan(ctx.tx, tenant, { plan: tenant.plan, limits });
  const touched: PlanImpact = {
    ...impact,
    limits: impact.limits.filter(({ before, after, excess }) => before !== after && excess > 0),
  };
  if (grandfatheredBy === undefined) assertFits(tenant, touched);
  return [...touched.limits];
}

const recordStaying = (ctx: Ctx, { tenantId, reason, grandfatheredBy }: EditInput, over: readonly LimitImpact[]) =>
  recordHistory(ctx, {
    tenantId,
    operation: 'grandfathered',
    from: null,
    to: Object.fromEntries(over.map(({ name, used, after }) => [name, { used, limit: after }])),
    authority: grandfatheredBy,
    reason,
  });

async function rename(ctx: Ctx, { id, slug, name: before }: Tenant, name: string, { reason, authority }: EditInput) {
  const { version } = await loadTenant(ctx.tx, id);
  await ctx.tx.orm
    .update(tenants)
    .set({ name, version: version + 1, updatedAt: ctx.now })
    .where(eq(tenants.id, id));
  const [from, to] = [{ name: before }, { name }];
  await recordHistory(ctx, { tenantId: id, operation: 'renamed', from, to, reason, authority });
  await recordAudit(ctx, {
    action: 'tenant.renamed',
    tenantId: id,
    subject: { kind: 'tenant', id, name: slug },
    reason,
    detail: { from, to },
  });
}
