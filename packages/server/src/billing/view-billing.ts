import type { BillingEventView, BillingSetUpView, TenantBillingView } from '@tenantry/contract';
import { type Ctx, permit } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import { billingRulesOf, loadProduct } from '../products/index.ts';
import type { Tenant } from '../tenants/index.ts';
import { suspendsAt } from './core/dunning.ts';
import { listBillingCustomers } from './customers.ts';
import type { Dunning } from './dunning.ts';
import type { EventRow } from './event-rows.ts';
import { listBillingKeys } from './keys.ts';
import { unpaidInvoices } from './object-rows.ts';

export const viewEvent = (event: EventRow): BillingEventView => ({
  product: event.productId,
  id: event.id,
  type: event.type,
  object: event.facts?.id ?? null,
  customer: event.facts?.customer ?? null,
  tenant_id: event.tenantId,
  occurred_at: event.occurredAt.toISOString(),
  received_at: event.receivedAt.toISOString(),
  state: event.state,
  outcome: event.outcome,
  attempts: event.attempts,
  next_at: event.nextAt?.toISOString() ?? null,
  decided_at: event.decidedAt?.toISOString() ?? null,
  replayed_by: event.replayedBy,
});

/** How events of a product are taken, and how many wait. @throws product.not_found, access.forbidden */
export async function viewSetUp(ctx: Ctx, productId: string, publicUrl: string): Promise<BillingSetUpView> {
  permit(ctx.actor, 'tenants:read', { productId, clientId: null });
  const rules = billingRulesOf((await loadProduct(ctx.tx, productId)).profile);
  const { rows } = await ctx.tx.query<{ state: string; count: number }>(
    'select state, count(*)::int as count from billing_events where product_id = $1 group by state',
    [productId],
  );
  return {
    product: productId,
    endpoint: `${publicUrl}/api/webhooks/stripe/${productId}`,
    keys: (await listBillingKeys(ctx.tx, productId)).map(({ id, kind, label, addedBy, addedAt }) => ({
      id,
      kind,
      label,
      added_by: addedBy,
      added_at: addedAt.toISOString(),
    })),
    prices: rules.prices,
    dunning: rules.dunning,
    subscription_ended: rules.subscription_ended,
    events: Object.fromEntries(rows.map(({ state, count }) => [state, count])),
  };
}

/** What a tenant owes, and what will come of it. */
export async function viewTenantBilling(tx: Tx, tenant: Tenant): Promise<TenantBillingView> {
  const { rows } = await tx.query<Dunning>(
    `select id, tenant_id as "tenantId", began_at as "beganAt", steps, steps_done as "stepsDone", next_at as "nextAt",
       suspension_id as "suspensionId" from billing_dunnings where tenant_id = $1 and ended_at is null`,
    [tenant.id],
  );
  const [dunning] = rows;
  return {
    tenant_id: tenant.id,
    slug: tenant.slug,
    customers: [...(await listBillingCustomers(tx, tenant.id))],
    unpaid: (await unpaidInvoices(tx, tenant.id)).map(({ id, number, amountDue, currency, payUrl, asOf }) => ({
      id,
      number,
      amount_due: amountDue,
      currency,
      pay_url: payUrl,
      as_of: asOf.toISOString(),
    })),
    dunning:
      dunning === undefined
        ? null
        : {
            began_at: dunning.beganAt.toISOString(),
            steps: dunning.steps.map((step, place) => ({ ...step, done: place < dunning.stepsDone })),
            next_at: dunning.nextAt?.toISOString() ?? null,
            suspends_at: suspendsAt(dunning)?.toISOString() ?? null,
          },
  };
}
