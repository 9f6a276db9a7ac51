import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from '../../testing/cli.ts';
import { startFakeControlPlane } from '../../testing/fake-control-plane.ts';

const BASE = '/api/v1/products/shop/billing';
const setUp = {
  product: 'shop',
  endpoint: 'https://t.example/api/webhooks/stripe/shop',
  keys: [],
  prices: {},
  dunning: [{ after_days: 0, do: 'suspend' }],
  subscription_ended: 'hold',
  events: { held: 2 },
};
const event = {
  product: 'shop',
  id: 'evt_1',
  type: 'invoice.payment_failed',
  object: 'in_1',
  customer: 'cus_1',
  tenant_id: null,
  occurred_at: '2026-11-20T09:00:00.000Z',
  received_at: '2026-11-20T09:00:00.000Z',
  state: 'unassigned',
  outcome: 'Nobody pays as cus_1 here.',
  attempts: 0,
  next_at: null,
  decided_at: null,
  replayed_by: null,
};

async function connected() {
  const plane = await startFakeControlPlane();
  const run = (...argv: readonly string[]) => cli([...argv, '--url', plane.url, '--key', 'tnt_x']);
  return { plane, run };
}

describe('billing', () => {
  it('show names the endpoint, what is missing and what waits', async () => {
    const { plane, run } = await connected();
    plane.handlers.set(`GET ${BASE}`, () => setUp);
    const { stdout } = await run('billing', 'show', 'shop');
    expect(stdout).toContain(setUp.endpoint);
    expect(stdout).toContain('tenantry billing key add shop --file FILE');
    expect(stdout).toContain('2 wait for you: tenantry billing events shop --open');
  });

  it('key add sends what the file holds, and shows none of it', async () => {
    const { plane, run } = await connected();
    const file = join(tmpdir(), `billing-${process.pid}.txt`);
    await writeFile(file, 'whsec_canary_9c41ab77\n');
    plane.handlers.set(`POST ${BASE}/keys`, () => setUp);
    const { stdout, stderr } = await run('billing', 'key', 'add', 'shop', '--file', file, '--label', 'first');
    expect(plane.received.at(-1)?.body).toEqual({
      kind: 'signing_secret',
      label: 'first',
      secret: 'whsec_canary_9c41ab77',
    });
    expect(stdout + stderr).not.toContain('canary');
  });

  it('events --open lists what is unassigned and what is held; assign, replay and settle go on', async () => {
    const { plane, run } = await connected();
    plane.handlers.set(`GET ${BASE}/events`, ({ query }) => ({
      items: [{ ...event, state: query.get('state') }],
      next_cursor: null,
    }));
    const { stdout } = await run('billing', 'events', 'shop', '--open');
    expect(stdout).toMatch(/unassigned[\s\S]*held/);
    for (const what of ['assign', 'replay', 'settle'])
      plane.handlers.set(`POST ${BASE}/events/evt_1/${what}`, () => event);
    await run('billing', 'assign', 'shop', 'evt_1', '--tenant', 'acme', '--reason', 'r');
    expect(plane.received.at(-1)?.body).toEqual({ tenant: 'acme', remember: true, reason: 'r' });
    await run('billing', 'assign', 'shop', 'evt_1', '--tenant', 'acme', '--no-remember', '--reason', 'r');
    expect(plane.received.at(-1)?.body).toMatchObject({ remember: false });
    for (const what of ['replay', 'settle']) {
      expect((await run('billing', what, 'shop', 'evt_1', '--reason', 'r')).code).toBe(0);
      expect(plane.received.at(-1)?.body).toEqual({ reason: 'r' });
    }
    expect((await run('billing', 'settle', 'shop', 'evt_1')).code).toBe(2);
  });

  it('tenant billing says what is owed, and as whom a tenant pays', async () => {
    const { plane, run } = await connected();
    const owed = {
      id: 'in_1',
      number: 'TN-1',
      amount_due: 4900,
      currency: 'eur',
      pay_url: null,
      as_of: event.occurred_at,
    };
    const view = { tenant_id: 't', slug: 'acme', customers: ['cus_1'], unpaid: [owed], dunning: null };
    plane.handlers.set('GET /api/v1/tenants/acme/billing', () => view);
    plane.handlers.set('POST /api/v1/tenants/acme/billing/customer', () => view);
    expect((await run('tenant', 'billing', 'acme')).stdout).toContain('TN-1  4900 EUR');
    expect((await run('tenant', 'billing', 'acme', '--customer', 'cus_1')).code).toBe(2);
    expect((await run('tenant', 'billing', 'acme', '--customer', 'cus_1', '--reason', 'r')).code).toBe(0);
  });
});
