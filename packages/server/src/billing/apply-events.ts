/** What events come to. Each is decided in one transaction: what it changes and what is said of it are there together. */
import { isTenantryError, type TenantryError } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { lockTenant, type Tenant } from '../tenants/index.ts';
import { applySubscription, held } from './apply-subscription.ts';
import type { BillingDeps } from './billing-deps.ts';
import { type IncomingObject, orderOf } from './core/order.ts';
import { type BillingFacts, type InvoiceFacts, readFacts } from './core/read-event.ts';
import { findPayer } from './customers.ts';
import { BILLING, beginDunning, endDunning, moneyText } from './dunning.ts';
import { dueEvents, type EventChange, type EventRow, lockEvent, writeEvent } from './event-rows.ts';
import type { OpenKeys } from './keys.ts';
import { findObject, saveObject } from './object-rows.ts';

const BATCH = 100;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Decides what is due, oldest first. One that cannot be decided keeps no other waiting. Answers how many were looked at. */
export async function applyEvents(deps: BillingDeps, openKeys: OpenKeys): Promise<number> {
  const { database, now } = deps;
  const due = await database.transaction('worker', (tx) => dueEvents(tx, now(), BATCH));
  for (const event of due) {
    try {
      const incoming = await asItIsNow(deps, openKeys, event);
      await decide(deps, event, incoming);
    } catch (error) {
      if (!isTenantryError(error) || error.kind === 'bug') throw error;
      await database.transaction('worker', (tx) => wait({ tx, actor: BILLING, now: now() }, deps, event, error));
    }
  }
  return due.length;
}

/** With an API key the object is asked for: then no event can be too old to be believed. Outside any transaction. */
async function asItIsNow(deps: BillingDeps, openKeys: OpenKeys, event: EventRow): Promise<IncomingObject> {
  const { database, provider, now } = deps;
  const facts = event.facts as BillingFacts;
  const [apiKey] = await database.transaction('worker', (tx) => openKeys(tx, event.productId, 'api_key'));
  if (apiKey === undefined) return { facts, asOf: event.occurredAt, eventId: event.id };
  const asOf = now();
  const fresh = readFacts(facts.kind, await provider.read({ apiKey, kind: facts.kind, id: facts.id }));
  if (fresh === undefined) throw held('The object cannot be read by this release.', { next: 'Settle it by hand.' });
  return { facts: fresh, asOf, eventId: event.id };
}

const decide = ({ database, now, ...deps }: BillingDeps, { productId, id }: EventRow, incoming: IncomingObject) =>
  database.transaction('worker', async (tx) => {
    const ctx = { tx, actor: BILLING, now: now() };
    // Another process may have decided it since.
    const event = await lockEvent(tx, productId, id);
    if (event.state !== 'pending') return;
    const tenantId = event.tenantId ?? (await findPayer(tx, productId, incoming.facts));
    if (tenantId === undefined) return unassigned(ctx, deps, event, incoming.facts);
    // Two events of one tenant wait for each other here.
    const tenant = await lockTenant(ctx, tenantId);
    const order = orderOf(await findObject(tx, productId, incoming.facts.id), incoming);
    if (order === 'unknown' && event.replayedBy === null) {
      throw held('Two events of the same second say different things.', {
        next: 'Look it up in the billing system, then replay the newer one or settle this one.',
      });
    }
    if (order === 'older') {
      return finish(ctx, event, tenant, { state: 'superseded', outcome: 'Something newer was known already.' });
    }
    await saveObject(ctx, { productId, tenantId }, incoming);
    const outcome = await effect(ctx, deps, tenant, incoming.facts);
    await finish(ctx, event, tenant, { state: 'applied', outcome });
  });

const effect = (ctx: Ctx, deps: Pick<BillingDeps, 'tellAdmins'>, tenant: Tenant, facts: BillingFacts) =>
  facts.kind === 'subscription' ? applySubscription(ctx, tenant, facts) : applyInvoice(ctx, deps, tenant, facts);

async function applyInvoice(
  ctx: Ctx,
  deps: Pick<BillingDeps, 'tellAdmins'>,
  tenant: Tenant,
  facts: InvoiceFacts,
): Promise<string> {
  const name = facts.number ?? facts.id;
  if (facts.state !== 'unpaid') {
    return endDunning(ctx, tenant, `Invoice ${name} ${facts.state === 'paid' ? 'was paid' : 'was withdrawn'}.`);
  }
  const { stepsDone } = await beginDunning(ctx, deps, tenant);
  return `${moneyText(facts.amountDue, facts.currency)} of invoice ${name} is owed; ${stepsDone} of its steps are done.`;
}

async function finish(ctx: Ctx, event: EventRow, tenant: Tenant, change: EventChange): Promise<void> {
  await writeEvent(ctx, event, { ...change, tenantId: tenant.id });
  await recordAudit(ctx, {
    action: `billing.event_${change.state}`,
    tenantId: tenant.id,
    subject: { kind: 'billing_event', id: event.id, name: event.type },
    detail: { product: event.productId, outcome: change.outcome },
  });
}

async function unassigned(
  ctx: Ctx,
  deps: Pick<BillingDeps, 'tellOperators'>,
  event: EventRow,
  { customer, tenant }: BillingFacts,
): Promise<void> {
  const outcome =
    tenant === null
      ? `Nobody pays as ${customer ?? 'no customer'} here.`
      : `Its metadata names the tenant ${tenant.slice(0, 100)}, which this product does not have.`;
  await writeEvent(ctx, event, { state: 'unassigned', outcome });
  await recordAudit(ctx, {
    action: 'billing.event_unassigned',
    subject: { kind: 'billing_event', id: event.id, name: event.type },
    detail: { product: event.productId, outcome },
  });
  await note(ctx, deps, event, 'An event of the billing system belongs to nobody', outcome, null);
}

/** A refusal is for a person; what failed is tried again, later each time. */
async function wait(
  ctx: Ctx,
  deps: Pick<BillingDeps, 'tellOperators'>,
  { productId, id }: EventRow,
  error: TenantryError,
): Promise<void> {
  const event = await lockEvent(ctx.tx, productId, id);
  if (event.state !== 'pending') return;
  const attempts = event.attempts + 1;
  if (error.kind === 'failure' && error.retry !== 'never') {
    const nextAt = new Date(ctx.now.getTime() + Math.min(HOUR, MINUTE * 2 ** Math.min(attempts - 1, 10)));
    await writeEvent(ctx, event, { state: 'pending', outcome: error.message, nextAt, attempts });
    return;
  }
  const tenantId = event.tenantId ?? (await findPayer(ctx.tx, productId, event.facts as BillingFacts)) ?? null;
  const next = error.next === undefined ? '' : ` ${error.next}`;
  const outcome = `${error.message}${next}`;
  await writeEvent(ctx, event, { state: 'held', outcome, tenantId, attempts });
  await recordAudit(ctx, {
    action: 'billing.event_held',
    ...(tenantId === null ? {} : { tenantId }),
    subject: { kind: 'billing_event', id, name: event.type },
    detail: { product: productId, code: error.code, outcome },
  });
  const tenant = tenantId === null ? undefined : await lockTenant(ctx, tenantId);
  await note(ctx, deps, event, 'An event of the billing system waits for you', outcome, tenant ?? null);
}

const note = (
  ctx: Ctx,
  { tellOperators }: Pick<BillingDeps, 'tellOperators'>,
  { productId, id, type, attempts }: EventRow,
  subject: string,
  text: string,
  tenant: Tenant | null,
): Promise<unknown> =>
  tellOperators(ctx, {
    productId,
    clientId: tenant?.clientId ?? null,
    key: `billing:${productId}/${id}/${attempts}`,
    subject: `${subject}: ${tenant === null ? productId : tenant.slug}`,
    text: `${type}: ${text}`,
    next: `tenantry billing events ${productId} --open`,
  });
