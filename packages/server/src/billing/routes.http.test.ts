import { describe, expect, it } from 'vitest';
import { verifyEvent } from '../connectors/stripe/index.ts';
import { invoice, signedBy, stripeEvent } from '../connectors/stripe/testing/objects.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testPerson, testServer } from '../http/testing/test-server.ts';
import { identityWorld, NOW } from '../identity/testing/world.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { applyEvents, eventReceiver, keyOpener } from './index.ts';
import { billingRoutes } from './routes.ts';
import { billingWebhookRoutes } from './webhook-routes.ts';

const test = await cloneDatabase();
const { database } = test;
await storeCutlist(database);
const { deps: identity, makeTenant } = identityWorld(test);
const SECRET = 'whsec_of_the_endpoint';
const BASE = '/api/v1/products/cutlist/billing';

const nothing = async (): Promise<void> => undefined;
const deps = {
  database,
  keyring: identity.keyring,
  provider: { verify: verifyEvent, read: nothing },
  now: () => NOW,
  tellAdmins: nothing,
  tellOperators: nothing,
};
const openKeys = keyOpener(deps);

async function serving() {
  const keys = { tnt_writer: testPerson('writer', ['tenants:read', 'tenants:write', 'runbooks:write']) };
  const { server, log } = await testServer({ database, now: () => NOW, keys });
  billingRoutes(server, { keyring: identity.keyring, publicUrl: 'https://t.example' });
  billingWebhookRoutes(server, { receive: eventReceiver(deps, openKeys) });
  const call = (method: 'GET' | 'POST', url: string, payload?: object) =>
    server.inject({
      method,
      url,
      headers: { authorization: 'Bearer tnt_writer' },
      ...(payload === undefined ? {} : { payload }),
    });
  const send = ({ body, signature }: { body: Buffer | string; signature?: string }, type = 'application/json') =>
    server.inject({
      method: 'POST',
      url: '/api/webhooks/stripe/cutlist',
      headers: { 'content-type': type, ...(signature === undefined ? {} : { 'stripe-signature': signature }) },
      payload: body,
    });
  return { call, send, log };
}

describe('the address for events', () => {
  it('INTG-20: answers 200 to what Stripe signed, again and again, with JSON of any spacing', async () => {
    const { call, send, log } = await serving();
    expect((await send({ body: '{}' })).statusCode).toBe(400);
    const added = await call('POST', `${BASE}/keys`, { label: 'first', secret: SECRET });
    expect(added.json()).toMatchObject({
      endpoint: 'https://t.example/api/webhooks/stripe/cutlist',
      keys: [{ kind: 'signing_secret', label: 'first' }],
    });
    const { id: tenant, slug } = await makeTenant();
    const event = stripeEvent('invoice.payment_failed', invoice({ tenant }), { at: NOW });
    const signed = signedBy(SECRET, event, NOW);
    expect((await send(signed)).json()).toEqual({ received: true, fresh: true });
    expect((await send(signed)).json()).toEqual({ received: true, fresh: false });
    await applyEvents(deps, openKeys);
    const page = await call('GET', `${BASE}/events?state=applied&tenant=${slug}`);
    expect(page.json()).toMatchObject({ items: [{ id: event.id, tenant_id: tenant }], next_cursor: null });
    const billing = await call('GET', `/api/v1/tenants/${slug}/billing`);
    expect(billing.json()).toMatchObject({
      unpaid: [{ amount_due: 4_900, currency: 'eur' }],
      dunning: { suspends_at: null, steps: [{ do: 'suspend', done: true }, { done: false }, {}, {}] },
    });
    expect(added.body + log()).not.toContain(SECRET);
  });

  it('answers 400 to what is forged, changed on its way, or no JSON, and never 401, which would say more', async () => {
    const { send } = await serving();
    const signed = signedBy(SECRET, stripeEvent('invoice.paid', invoice({}), { at: NOW }), NOW);
    for (const wrong of [
      { body: signed.body },
      { body: `${signed.body.toString()} `, signature: signed.signature },
      { body: 'not json', signature: signed.signature },
      { body: '', signature: signed.signature },
    ]) {
      const answer = await send(wrong);
      expect(answer.statusCode).toBe(400);
      expect(problemIn(answer).code).toMatch(/^(billing\.refused|request\.invalid)$/);
    }
    expect(
      (await send({ body: signed.body, signature: signed.signature }, 'application/xml')).statusCode,
    ).toBeGreaterThan(399);
  });
});

describe('400 and 404', () => {
  it.each([
    ['keys', { label: 'x', secret: 'nonsense' }, 400],
    ['keys', { label: '', secret: SECRET }, 400],
    ['events/evt_none/replay', { reason: 'r' }, 404],
    ['events/evt_none/assign', { tenant: 'nowhere', reason: ' ' }, 400],
  ])('%s refuses %j', async (what, payload, status) => {
    const { call } = await serving();
    expect((await call('POST', `${BASE}/${what}`, payload)).statusCode).toBe(status);
  });

  it('a cursor that is none, a product and a key that are not there are refused', async () => {
    const { call } = await serving();
    expect((await call('GET', `${BASE}/events?cursor=x`)).statusCode).toBe(400);
    expect((await call('GET', '/api/v1/products/nothing/billing')).statusCode).toBe(404);
    expect((await call('POST', `${BASE}/keys/none/retire`, {})).statusCode).toBe(404);
  });
});
