import { TenantryError } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import { type BillingRules, billingRulesOf, loadProduct, type Plan } from '../products/index.ts';
import { changePlan, type Tenant } from '../tenants/index.ts';
import type { SubscriptionFacts } from './core/read-event.ts';

/** A subscription in one of these pays for its plan. Whether a payment failed is told by its invoices. */
const PAYING = new Set(['active', 'trialing', 'past_due']);

/**
 * Gives the tenant the plan its subscription pays for. Answers what came of it, in words.
 *
 * @throws billing.held where a person has to decide; whatever `changePlan` refuses, which is the same
 */
export async function applySubscription(ctx: Ctx, tenant: Tenant, facts: SubscriptionFacts): Promise<string> {
  const rules = billingRulesOf((await loadProduct(ctx.tx, tenant.productId)).profile);
  if (facts.state === 'canceled') return ended(ctx, tenant, rules, facts);
  if (!PAYING.has(facts.state)) return `A subscription that is ${facts.state} changes no plan.`;
  return toPlan(ctx, tenant, planOf(rules, facts), `The subscription ${facts.id} pays for it.`);
}

async function ended(ctx: Ctx, tenant: Tenant, { subscription_ended: what }: BillingRules, { id }: SubscriptionFacts) {
  if (what !== 'hold') return toPlan(ctx, tenant, what, `The subscription ${id} has ended.`);
  throw held(`The subscription ${id} has ended.`, {
    next: 'Change the plan, or begin the end of the tenant: tenantry tenant offboard TENANT --cause contract_end.',
  });
}

function planOf({ prices }: BillingRules, facts: SubscriptionFacts): Plan {
  const plans = new Set(facts.prices.flatMap((price) => prices[price] ?? []));
  const [plan] = plans;
  // Prices of extras beside that of the plan are no plan of their own.
  if (plan !== undefined && plans.size === 1) return plan;
  throw held(
    plans.size === 0
      ? `No price of the subscription ${facts.id} (${facts.prices.join(', ')}) is that of a plan.`
      : `The subscription ${facts.id} pays for several plans: ${[...plans].join(', ')}.`,
    { next: 'Say under `billing.prices` of the product profile which price is which plan, then replay the event.' },
  );
}

async function toPlan(ctx: Ctx, tenant: Tenant, plan: Plan, reason: string): Promise<string> {
  if (tenant.plan === plan) return `The plan is ${plan} already.`;
  const { impact } = await changePlan(ctx, { tenantId: tenant.id, plan, reason, authority: 'billing system' });
  return `The plan is ${impact.to} instead of ${impact.from}.`;
}

export const held = (message: string, { next }: { readonly next: string }): TenantryError =>
  new TenantryError('billing.held', message, { next });
