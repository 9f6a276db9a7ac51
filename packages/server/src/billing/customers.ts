/** Whose an invoice or a subscription is. */
import { isTenantId, TenantryError } from '@tenantry/contract';
import { actorLabel, type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { findTenant, lockTenant } from '../tenants/index.ts';
import type { BillingFacts } from './core/read-event.ts';

/**
 * The tenant the object names itself, else that of the subscription or invoice as it was known before, else that of its
 * customer; always one of this product. One customer may pay for several tenants: then each object names its own.
 */
export async function findPayer(tx: Tx, productId: string, facts: BillingFacts): Promise<string | undefined> {
  if (facts.tenant !== null) {
    const tenant = isTenantId(facts.tenant) ? await findTenant(tx, facts.tenant) : undefined;
    return tenant?.productId === productId ? tenant.id : undefined;
  }
  const { rows } = await tx.query<{ tenant_id: string }>(
    `select tenant_id from billing_objects where product_id = $1 and id = $2
     union all select tenant_id from billing_customers where product_id = $1 and customer_id = $3 limit 1`,
    [productId, facts.id, facts.customer],
  );
  return rows[0]?.tenant_id;
}

export interface CustomerInput {
  readonly tenantId: string;
  readonly customerId: string;
  readonly reason: string;
}

/**
 * Says that a tenant pays as this customer. Saying it again changes nothing.
 *
 * @throws billing.customer_taken when another tenant does; tenant.not_found, access.forbidden
 */
export async function setBillingCustomer(ctx: Ctx, { tenantId, customerId, reason }: CustomerInput): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  const { rowCount } = await ctx.tx.query(
    `insert into billing_customers (product_id, customer_id, tenant_id, set_by, set_at) values ($1, $2, $3, $4, $5)
     on conflict (product_id, customer_id) do nothing`,
    [tenant.productId, customerId, tenantId, actorLabel(ctx.actor), ctx.now],
  );
  if (rowCount === 0) {
    const { rows } = await ctx.tx.query<{ tenant_id: string }>(
      'select tenant_id from billing_customers where product_id = $1 and customer_id = $2',
      [tenant.productId, customerId],
    );
    if (rows[0]?.tenant_id === tenantId) return false;
    throw new TenantryError('billing.customer_taken', `Another tenant pays as ${customerId}.`, {
      facts: { customer: customerId },
      next: 'Write metadata.tenant_id on each subscription where one customer pays for several tenants.',
    });
  }
  await recordAudit(ctx, {
    action: 'billing.customer_set',
    tenantId,
    subject: { kind: 'tenant', id: tenantId, name: tenant.slug },
    reason,
    detail: { customer: customerId },
  });
  await takeUpUnassigned(ctx, tenant.productId, customerId);
  return true;
}

/** What waited for somebody to say whose it is. */
const takeUpUnassigned = ({ tx, now }: Ctx, productId: string, customerId: string) =>
  tx.query(
    `update billing_events set state = 'pending', next_at = $3, decided_at = null
     where product_id = $1 and state = 'unassigned' and facts ->> 'customer' = $2`,
    [productId, customerId, now],
  );

export async function listBillingCustomers(tx: Tx, tenantId: string): Promise<readonly string[]> {
  const { rows } = await tx.query<{ customer_id: string }>(
    'select customer_id from billing_customers where tenant_id = $1 order by set_at, customer_id',
    [tenantId],
  );
  return rows.map((row) => row.customer_id);
}
