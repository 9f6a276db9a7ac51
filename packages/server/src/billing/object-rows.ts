import type { Ctx } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import type { IncomingObject, KnownObject } from './core/order.ts';
import type { BillingFacts, InvoiceFacts } from './core/read-event.ts';

export async function findObject(tx: Tx, productId: string, id: string): Promise<KnownObject | undefined> {
  const { rows } = await tx.query<KnownObject>(
    `select state, facts, as_of as "asOf", event_id as "eventId" from billing_objects where product_id = $1 and id = $2`,
    [productId, id],
  );
  return rows[0];
}

export async function saveObject(
  { tx }: Pick<Ctx, 'tx'>,
  { productId, tenantId }: { readonly productId: string; readonly tenantId: string },
  { facts, asOf, eventId }: IncomingObject,
): Promise<void> {
  await tx.query(
    `insert into billing_objects (product_id, id, kind, tenant_id, state, facts, as_of, event_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (product_id, id) do update set tenant_id = excluded.tenant_id, state = excluded.state,
       facts = excluded.facts, as_of = excluded.as_of, event_id = excluded.event_id`,
    [productId, facts.id, facts.kind, tenantId, facts.state, JSON.stringify(facts), asOf, eventId],
  );
}

/** Oldest first. */
export async function unpaidInvoices(tx: Tx, tenantId: string): Promise<readonly (InvoiceFacts & { asOf: Date })[]> {
  const { rows } = await tx.query<{ facts: BillingFacts; asOf: Date }>(
    `select facts, as_of as "asOf" from billing_objects
     where tenant_id = $1 and kind = 'invoice' and state = 'unpaid' order by as_of, id`,
    [tenantId],
  );
  return rows.flatMap(({ facts, asOf }) => (facts.kind === 'invoice' ? [{ ...facts, asOf }] : []));
}
