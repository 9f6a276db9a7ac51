import { afterAll, describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { verifyEvent } from '../connectors/stripe/index.ts';
import { freshId, invoice, signedBy, stripeEvent, subscription } from '../connectors/stripe/testing/objects.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { DAY, identityWorld, later, NOW, operator } from '../identity/testing/world.ts';
import { saveProduct } from '../products/index.ts';
import { followTenants } from '../tenant-life.ts';
import {
  findOffboarding,
  keepOffboardings,
  listOpenSuspensions,
  loadTenant,
  reinstateTenant,
  reportUsage,
  suspendTenant,
  type Tenant,
} from '../tenants/index.ts';
import { cutlistProfile, reader } from '../tenants/testing/registry.ts';
import type { BillingMail, OperatorNote } from './billing-deps.ts';
import {
  addBillingKey,
  applyEvents,
  assignEvent,
  eventReceiver,
  keepDunnings,
  keyOpener,
  listBillingEvents,
  replayEvent,
  retireBillingKey,
  setBillingCustomer,
  settleEvent,
} from './index.ts';
import { listBillingKeys } from './keys.ts';

const test = await cloneDatabase();
const { database, asSuperuser } = test;
const { deps: identity, doing, makeTenant, actionsOf } = identityWorld(test);
afterAll(followTenants(identity));

const SECRET = 'whsec_of_the_first_endpoint';
const productId = 'cutlist';
const prices = { price_starter: 'starter', price_professional: 'professional' };
const store = (billing: object) => doing((ctx) => saveProduct(ctx, { ...cutlistProfile(), billing }));
await store({ prices });
await doing((ctx) =>
  addBillingKey(ctx, { productId, kind: 'signing_secret', label: 'first', secret: new Secret(SECRET) }),
);

let now = NOW;
let stripeHas: object | Error = {};
const mails: BillingMail[] = [];
const notes: OperatorNote[] = [];
const deps = {
  database,
  keyring: identity.keyring,
  provider: {
    verify: verifyEvent,
    read: async () => {
      if (stripeHas instanceof Error) throw stripeHas;
      return stripeHas;
    },
  },
  now: () => now,
  tellAdmins: async (_ctx: unknown, mail: BillingMail) => void mails.push(mail),
  tellOperators: async (_ctx: unknown, note: OperatorNote) => void notes.push(note),
};
const openKeys = keyOpener(deps);
const receive = eventReceiver(deps, openKeys);
const deliver = (event: object, { secret = SECRET, signedAt = now } = {}) =>
  receive({ productId, ...signedBy(secret, event, signedAt) });
const apply = () => applyEvents(deps, openKeys);
/** Signed by Stripe, received and applied. */
async function tell(type: string, object: object, at = now, id = freshId('evt')): Promise<string> {
  await deliver(stripeEvent(type, object, { at, id }));
  await apply();
  return id;
}
const eventOf = async (id: string) => {
  const { events } = await doing((ctx) => listBillingEvents(ctx, { productId, limit: 200 }));
  return events.find((event) => event.id === id) ?? expect.fail(`no event ${id}`);
};
const read = (id: string) => doing(({ tx }) => loadTenant(tx, id));
const causes = async ({ id }: Tenant) =>
  (await doing(({ tx }) => listOpenSuspensions(tx, id))).map(({ cause }) => cause);
const code = (value: string) => expect.objectContaining({ code: value });
const wish = (id: string) => ({ productId, id, reason: 'Looked at it' });

describe('an event', () => {
  it('INTG-20: is taken once, however often it comes', async () => {
    const { id: tenant } = await makeTenant();
    const event = stripeEvent('invoice.payment_failed', invoice({ tenant }), { at: now });
    expect([await deliver(event), await deliver(event)].map(({ fresh }) => fresh)).toEqual([true, false]);
    await apply();
    expect(await deliver(event)).toMatchObject({ fresh: false });
    expect(await apply()).toBe(0);
    expect((await actionsOf(tenant)).filter((action) => action === 'billing.event_applied')).toHaveLength(1);
  });

  it('forged or replayed is refused and leaves an audit row, one a minute', async () => {
    const event = stripeEvent('invoice.paid', invoice({}), { at: now });
    for (let count = 0; count < 3; count += 1) {
      await expect(deliver(event, { secret: 'whsec_of_somebody_else' })).rejects.toEqual(code('billing.refused'));
    }
    await expect(deliver(event, { signedAt: later(-301_000, now) })).rejects.toMatchObject({
      facts: { why: 'too old' },
    });
    await expect(receive({ productId: 'nothing', ...signedBy(SECRET, event, now) })).rejects.toEqual(
      code('product.not_found'),
    );
    const rows = await asSuperuser<{ reason: string }>(
      `select payload ->> 'reason' as reason from tenantry.audit_log where action = 'billing.event_refused' order by seq`,
    );
    expect(rows.map(({ reason }) => reason)).toEqual(['forged', 'too old']);
    expect(await apply()).toBe(0);
  });

  it('is taken under the old secret and the new while one is rotated away, and under the retired one no more', async () => {
    const [first] = await doing(({ tx }) => listBillingKeys(tx, productId));
    const second = 'whsec_of_the_second_endpoint';
    const { id } = await doing((ctx) =>
      addBillingKey(ctx, { productId, kind: 'signing_secret', label: 'second', secret: new Secret(second) }),
    );
    const event = () => stripeEvent('charge.refunded', {}, { at: now });
    for (const secret of [SECRET, second]) expect(await deliver(event(), { secret })).toMatchObject({ fresh: true });
    await doing((ctx) => retireBillingKey(ctx, { productId, id }));
    await expect(deliver(event(), { secret: second })).rejects.toEqual(code('billing.refused'));
    expect(await deliver(event())).toMatchObject({ fresh: true });
    expect(first?.label).toBe('first');
    const stored = await asSuperuser<{ entry: string }>('select entry from tenantry.billing_keys');
    expect(JSON.stringify(stored)).not.toContain('whsec');
  });

  it('a key is refused that is none, and to who may not give one', async () => {
    const key = { productId, kind: 'signing_secret', label: 'x', secret: new Secret('rk_live_1234567890') } as const;
    await expect(doing((ctx) => addBillingKey(ctx, key))).rejects.toEqual(code('request.invalid'));
    await expect(doing((ctx) => addBillingKey(ctx, key), reader)).rejects.toEqual(code('access.forbidden'));
  });

  it('whose tenant nobody knows is kept, told of, and applied once somebody says whose it is', async () => {
    const tenant = await makeTenant();
    const customer = freshId('cus');
    const id = await tell('invoice.payment_failed', invoice({ customer }));
    const other = await tell('invoice.payment_failed', invoice({ customer }));
    expect(await eventOf(id)).toMatchObject({ state: 'unassigned', tenantId: null });
    expect(notes.at(-1)).toMatchObject({ productId, next: 'tenantry billing events cutlist --open' });
    await expect(
      doing((ctx) => assignEvent(ctx, { ...wish(id), tenant: tenant.slug, remember: true }), reader),
    ).rejects.toEqual(code('access.forbidden'));
    await doing((ctx) => assignEvent(ctx, { ...wish(id), tenant: tenant.slug, remember: true }), operator, now);
    await apply();
    // Who pays as that customer is remembered, so the other that waited is taken up too.
    for (const each of [id, other])
      expect(await eventOf(each)).toMatchObject({ state: 'applied', tenantId: tenant.id });
    expect(await causes(tenant)).toEqual(['payment_failure']);
    const rival = await makeTenant();
    const taken = { tenantId: rival.id, customerId: customer, reason: 'r' };
    await expect(doing((ctx) => setBillingCustomer(ctx, taken))).rejects.toEqual(code('billing.customer_taken'));
  });

  it('that names a tenant of another product, or none, belongs to nobody', async () => {
    await asSuperuser(
      `insert into tenantry.products (id, name, profile) select 'other', 'Other', profile from tenantry.products where id = 'cutlist' on conflict do nothing`,
    );
    const stranger = await makeTenant({ productId: 'other' });
    for (const tenant of [stranger.id, 'nonsense']) {
      expect(await eventOf(await tell('invoice.payment_failed', invoice({ tenant })))).toMatchObject({
        state: 'unassigned',
      });
    }
    expect(await causes(stranger)).toEqual([]);
  });

  it('that waits is settled by hand, and then waits no more', async () => {
    const id = await tell('invoice.payment_failed', invoice({}));
    await doing((ctx) => settleEvent(ctx, wish(id)));
    expect(await eventOf(id)).toMatchObject({ state: 'settled', outcome: expect.stringContaining('Looked at it') });
    await expect(doing((ctx) => settleEvent(ctx, wish(id)))).rejects.toEqual(code('billing.held'));
    await expect(doing((ctx) => replayEvent(ctx, wish('evt_none')))).rejects.toEqual(code('billing.not_found'));
  });
});

describe('a payment', () => {
  it('LIFE-12, PLAN-12: that fails suspends without a person, and one that comes in lifts that', async () => {
    const tenant = await makeTenant();
    const object = invoice({ tenant: tenant.id });
    await tell('invoice.payment_failed', object);
    expect(await read(tenant.id)).toMatchObject({ status: 'suspended', accessMode: 'read-only' });
    await tell('invoice.paid', { ...object, status: 'paid' }, later(DAY, now));
    expect(await read(tenant.id)).toMatchObject({ status: 'active', accessMode: null });
  });

  it('PLAN-12: lifts its own cause alone', async () => {
    const tenant = await makeTenant();
    const object = invoice({ tenant: tenant.id });
    await tell('invoice.payment_failed', object);
    await doing((ctx) =>
      suspendTenant(ctx, { tenantId: tenant.id, cause: 'terms_violation', reason: 'They resell it' }),
    );
    const id = await tell('invoice.payment_succeeded', { ...object, status: 'paid' }, later(DAY, now));
    expect(await causes(tenant)).toEqual(['terms_violation']);
    expect(await read(tenant.id)).toMatchObject({ status: 'suspended', accessMode: 'blocked' });
    expect((await eventOf(id)).outcome).toContain('terms_violation');
  });

  it('that comes in before the failure it follows keeps the tenant open', async () => {
    const tenant = await makeTenant();
    const object = invoice({ tenant: tenant.id });
    await tell('invoice.paid', { ...object, status: 'paid' }, later(DAY, now));
    const id = await tell('invoice.payment_failed', object);
    expect(await eventOf(id)).toMatchObject({ state: 'superseded' });
    expect(await read(tenant.id)).toMatchObject({ status: 'active' });
  });

  it('of one invoice does not open who owes another', async () => {
    const tenant = await makeTenant();
    const [one, two] = [invoice({ tenant: tenant.id }), invoice({ tenant: tenant.id })];
    for (const each of [one, two]) await tell('invoice.payment_failed', each);
    await tell('invoice.paid', { ...one, status: 'paid' });
    expect(await causes(tenant)).toEqual(['payment_failure']);
    await tell('invoice.voided', { ...two, status: 'void' });
    expect(await read(tenant.id)).toMatchObject({ status: 'active' });
  });

  it('lifts nothing that a person did', async () => {
    const tenant = await makeTenant();
    await doing((ctx) =>
      suspendTenant(ctx, { tenantId: tenant.id, cause: 'payment_failure', reason: 'A cheque bounced' }),
    );
    const object = invoice({ tenant: tenant.id });
    await tell('invoice.payment_failed', object);
    const id = await tell('invoice.paid', { ...object, status: 'paid' });
    expect(await causes(tenant)).toEqual(['payment_failure']);
    expect((await eventOf(id)).outcome).toContain('A person');
  });

  it('that fails for a tenant that cannot be suspended waits for a person, and nothing is half done', async () => {
    const tenant = await makeTenant({ status: 'onboarding' });
    const id = await tell('invoice.payment_failed', invoice({ tenant: tenant.id }));
    expect(await eventOf(id)).toMatchObject({ state: 'held', tenantId: tenant.id });
    expect(await asSuperuser('select from tenantry.billing_dunnings where tenant_id = $1', [tenant.id])).toEqual([]);
    await asSuperuser(`update tenantry.tenants set status = 'active' where id = $1`, [tenant.id]);
    await doing((ctx) => replayEvent(ctx, wish(id)), operator, now);
    await apply();
    expect(await causes(tenant)).toEqual(['payment_failure']);
  });

  it('CH-75: leads to mails, after thirty days to the end of the tenant, and calls that off when it comes in', async () => {
    const tenant = await makeTenant();
    const object = invoice({ tenant: tenant.id });
    await tell('invoice.payment_failed', object);
    const mailed = () => mails.filter(({ tenantId }) => tenantId === tenant.id);
    for (const day of [6.9, 7, 7.1, 21, 27, 29]) await keepDunnings(database, deps, later(day * DAY));
    expect(mailed().map(({ key }) => key.split('/')[1])).toEqual(['1', '2', '3']);
    expect(mailed()[0]?.values).toMatchObject({ invoices: 'TN-0001: €49.00, to be paid at https://pay.example/i/1' });
    await keepOffboardings(database, later(30 * DAY));
    const leaving = () => doing(({ tx }) => findOffboarding(tx, tenant.id));
    expect(await leaving()).toMatchObject({ state: 'grace', cause: 'non_payment', endsAt: later(90 * DAY) });
    now = later(40 * DAY);
    await tell('invoice.paid', { ...object, status: 'paid' });
    now = NOW;
    expect(await leaving()).toMatchObject({ state: 'cancelled' });
    expect(await read(tenant.id)).toMatchObject({ status: 'active' });
  });

  it('suspends on the day the profile says, with mails before', async () => {
    await store({
      prices,
      dunning: [
        { after_days: 0, do: 'mail' },
        { after_days: 14, do: 'suspend' },
      ],
    });
    const tenant = await makeTenant();
    await tell('invoice.payment_failed', invoice({ tenant: tenant.id }));
    await store({ prices });
    expect(mails.at(-1)?.values.follows).toContain('2026-12-04');
    await keepDunnings(database, deps, later(13.9 * DAY));
    expect(await read(tenant.id)).toMatchObject({ status: 'active' });
    await keepDunnings(database, deps, later(14 * DAY));
    expect(await causes(tenant)).toEqual(['payment_failure']);
  });

  it('stays owed when a person opens the tenant meanwhile, and nobody is suspended twice', async () => {
    const tenant = await makeTenant();
    const object = invoice({ tenant: tenant.id });
    await tell('invoice.payment_failed', object);
    await doing((ctx) => reinstateTenant(ctx, { tenantId: tenant.id, resolution: 'They promised' }));
    await keepDunnings(database, deps, later(27 * DAY));
    expect(await read(tenant.id)).toMatchObject({ status: 'active' });
    expect((await eventOf(await tell('invoice.paid', { ...object, status: 'paid' }))).state).toBe('applied');
  });
});

describe('a subscription', () => {
  it('PLAN-12: that changes its price changes the plan, by the table of the profile', async () => {
    const tenant = await makeTenant({ plan: 'starter' });
    const object = subscription({ tenant: tenant.id, prices: ['price_professional', 'price_of_an_extra'] });
    await tell('customer.subscription.updated', object);
    expect(await read(tenant.id)).toMatchObject({ plan: 'professional' });
  });

  it('that would leave less than is used is held for a person, and settled by one', async () => {
    const tenant = await makeTenant({ plan: 'professional' });
    const counter = { ...operator, scopes: [...operator.scopes, 'metrics:write' as const] };
    const usage = { tenant: tenant.id, meter: 'projects', used: 60, source: 'app', countedAt: NOW };
    await doing((ctx) => reportUsage(ctx, usage), counter);
    const id = await tell(
      'customer.subscription.updated',
      subscription({ tenant: tenant.id, prices: ['price_starter'] }),
    );
    expect(await read(tenant.id)).toMatchObject({ plan: 'professional' });
    expect(await eventOf(id)).toMatchObject({ state: 'held', outcome: expect.stringContaining('projects (60 of 50)') });
    expect(notes.at(-1)).toMatchObject({ subject: expect.stringContaining(tenant.slug) });
    await doing((ctx) => reportUsage(ctx, { ...usage, used: 1, countedAt: later(1_000) }), counter);
    await doing((ctx) => replayEvent(ctx, wish(id)), operator, now);
    await apply();
    expect(await read(tenant.id)).toMatchObject({ plan: 'starter' });
  });

  it('out of order comes to what was said last', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    const change = (price: string) => ({
      ...subscription({ id: `sub_${tenant.slug}`, tenant: tenant.id, prices: [price] }),
    });
    await tell('customer.subscription.updated', change('price_professional'), later(60_000, now));
    const late = await tell('customer.subscription.created', change('price_starter'), now);
    expect(await eventOf(late)).toMatchObject({ state: 'superseded' });
    expect(await read(tenant.id)).toMatchObject({ plan: 'professional' });
  });

  it('two of one second that differ wait for a person, whose replay holds', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    const change = (price: string) => ({
      ...subscription({ id: `sub_${tenant.slug}`, tenant: tenant.id, prices: [price] }),
    });
    await tell('customer.subscription.updated', change('price_starter'));
    const id = await tell('customer.subscription.updated', change('price_professional'));
    expect(await eventOf(id)).toMatchObject({ state: 'held' });
    await doing((ctx) => replayEvent(ctx, wish(id)), operator, now);
    await apply();
    expect(await read(tenant.id)).toMatchObject({ plan: 'professional' });
  });

  it('of a price nobody has named, or that has ended, is left to a person', async () => {
    const tenant = await makeTenant({ plan: 'starter' });
    const strange = await tell(
      'customer.subscription.created',
      subscription({ tenant: tenant.id, prices: ['price_x'] }),
    );
    const ended = await tell('customer.subscription.deleted', subscription({ tenant: tenant.id, status: 'canceled' }));
    for (const id of [strange, ended]) expect(await eventOf(id)).toMatchObject({ state: 'held' });
    expect((await eventOf(ended)).outcome).toContain('contract_end');
    expect(await read(tenant.id)).toMatchObject({ plan: 'starter', status: 'active' });
  });

  it('that has ended leads to the plan the profile names', async () => {
    await store({ prices, subscription_ended: 'free' });
    const tenant = await makeTenant({ plan: 'starter' });
    await tell('customer.subscription.deleted', subscription({ tenant: tenant.id, status: 'canceled' }));
    await store({ prices });
    expect(await read(tenant.id)).toMatchObject({ plan: 'free' });
  });
});

describe('with an API key', () => {
  it('what Stripe has now counts, and a Stripe that is away is asked again later', async () => {
    const { id: keyId } = await doing((ctx) =>
      addBillingKey(ctx, { productId, kind: 'api_key', label: 'reads', secret: new Secret('rk_test_1234567890') }),
    );
    const tenant = await makeTenant();
    const object = invoice({ tenant: tenant.id });
    const { connectorFault } = await import('../connectors/kit/index.ts');
    stripeHas = connectorFault('connector.unreachable', 'it did not answer', {
      system: 'Stripe',
      retry: { afterMs: 1 },
      effect: 'none',
    });
    const id = await tell('invoice.payment_failed', object);
    expect(await eventOf(id)).toMatchObject({ state: 'pending', attempts: 1, nextAt: later(60_000, now) });
    // It was paid meanwhile: the event is a reason to look, not what is believed.
    stripeHas = { ...object, status: 'paid' };
    now = later(60_000);
    await apply();
    now = NOW;
    expect(await eventOf(id)).toMatchObject({ state: 'applied', outcome: 'Nothing was owed.' });
    expect(await read(tenant.id)).toMatchObject({ status: 'active' });
    await doing((ctx) => retireBillingKey(ctx, { productId, id: keyId }));
  });
});

it('no tenant sees events, customers or debts of another', async () => {
  const [mine, theirs] = [await makeTenant(), await makeTenant()];
  for (const { id } of [mine, theirs]) {
    await tell('invoice.payment_failed', invoice({ tenant: id }));
    await doing((ctx) => setBillingCustomer(ctx, { tenantId: id, customerId: freshId('cus'), reason: 'r' }));
  }
  for (const table of ['billing_events', 'billing_objects', 'billing_dunnings', 'billing_customers']) {
    const { rows } = await database.tenantTransaction(mine.id, (tx) =>
      tx.query<{ tenant_id: string }>(`select tenant_id from ${table}`),
    );
    expect([...new Set(rows.map(({ tenant_id }) => tenant_id))], table).toEqual([mine.id]);
  }
});
