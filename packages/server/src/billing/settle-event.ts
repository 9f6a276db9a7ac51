/** What people do with events that wait: say whose one is, have it looked at again, or deal with it themselves. */
import { TenantryError } from '@tenantry/contract';
import { actorLabel, type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { loadProduct } from '../products/index.ts';
import { readTenant } from '../tenants/index.ts';
import { setBillingCustomer } from './customers.ts';
import { type EventFilter, type EventPage, type EventRow, lockEvent, selectEvents, writeEvent } from './event-rows.ts';

export interface EventWish {
  readonly productId: string;
  readonly id: string;
  readonly reason: string;
}

/** Newest first. @throws product.not_found, access.forbidden, request.invalid */
export async function listBillingEvents(ctx: Ctx, filter: EventFilter): Promise<EventPage> {
  permit(ctx.actor, 'tenants:read', { productId: filter.productId, clientId: null });
  await loadProduct(ctx.tx, filter.productId);
  return selectEvents(ctx.tx, filter);
}

/**
 * Says whose an event is and has it applied. `remember` makes the tenant pay as that customer from now on.
 *
 * @throws billing.not_found, tenant.not_found; billing.held for one that does not wait; billing.customer_taken
 */
export async function assignEvent(
  ctx: Ctx,
  { tenant, remember, ...wish }: EventWish & { readonly tenant: string; readonly remember: boolean },
): Promise<EventRow> {
  const event = await take(ctx, wish, ['unassigned', 'held']);
  const { id: tenantId, productId } = await readTenant(ctx, tenant);
  if (productId !== event.productId) {
    throw new TenantryError('request.invalid', `${tenant} is of another product.`, {
      faults: [{ path: 'tenant', message: `is of ${productId}, the event of ${event.productId}` }],
    });
  }
  const customerId = event.facts?.customer ?? null;
  if (remember && customerId !== null) {
    await setBillingCustomer(ctx, { tenantId, customerId, reason: wish.reason });
  }
  return again(ctx, event, wish, tenantId);
}

/** Has an event looked at once more. @throws billing.not_found; billing.held for one that means nothing here */
export async function replayEvent(ctx: Ctx, wish: EventWish): Promise<EventRow> {
  const event = await take(ctx, wish, ['unassigned', 'held', 'superseded', 'applied', 'settled']);
  return again(ctx, event, wish, event.tenantId);
}

async function again(ctx: Ctx, event: EventRow, { reason }: EventWish, tenantId: string | null): Promise<EventRow> {
  await writeEvent(ctx, event, {
    state: 'pending',
    outcome: event.outcome ?? '',
    nextAt: ctx.now,
    tenantId,
  });
  await ctx.tx.query('update billing_events set replayed_by = $3 where product_id = $1 and id = $2', [
    event.productId,
    event.id,
    actorLabel(ctx.actor),
  ]);
  await audit(ctx, event, 'billing.event_replayed', reason, tenantId);
  return lockEvent(ctx.tx, event.productId, event.id);
}

/** Somebody has dealt with it: it waits no more. @throws billing.not_found; billing.held for one that does not wait */
export async function settleEvent(ctx: Ctx, wish: EventWish): Promise<EventRow> {
  const event = await take(ctx, wish, ['unassigned', 'held']);
  await writeEvent(ctx, event, { state: 'settled', outcome: `${actorLabel(ctx.actor)}: ${wish.reason}` });
  await audit(ctx, event, 'billing.event_settled', wish.reason, event.tenantId);
  return lockEvent(ctx.tx, event.productId, event.id);
}

async function take(ctx: Ctx, { productId, id }: EventWish, states: readonly EventRow['state'][]): Promise<EventRow> {
  permit(ctx.actor, 'tenants:write', { productId, clientId: null });
  const event = await lockEvent(ctx.tx, productId, id);
  if (states.includes(event.state)) return event;
  throw new TenantryError('billing.held', `The event ${id} is ${event.state}.`, {
    facts: { state: event.state },
    next: event.state === 'pending' ? 'It is looked at by itself in a moment.' : 'There is nothing to decide.',
  });
}

const audit = (
  ctx: Ctx,
  { id, type, productId }: EventRow,
  action: string,
  reason: string,
  tenantId: string | null,
): Promise<void> =>
  recordAudit(ctx, {
    action,
    ...(tenantId === null ? {} : { tenantId }),
    subject: { kind: 'billing_event', id, name: type },
    reason,
    detail: { product: productId },
  });
