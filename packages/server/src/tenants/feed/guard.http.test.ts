import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createGuard, type Guard, type GuardOptions } from '@tenantry/guard';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { createHttpServer, createLogger, type HttpServer } from '../../http/index.ts';
import { testPerson } from '../../http/testing/test-server.ts';
import { guardRoutes } from '../guard-routes.ts';
import { type FeedWatch, setStatus, watchFeed } from '../index.ts';
import { act, makeTenant, storeCutlist } from '../testing/registry.ts';

const { database, connection, asSuperuser } = await cloneDatabase();
const guards: Guard[] = [];
let plane: { readonly server: HttpServer; readonly feed: FeedWatch };
let port = 0;

/** The control plane as it is started, and started again: nothing of it but the database outlives it. */
async function start(): Promise<void> {
  const server = await createHttpServer({
    config: { publicUrl: 'http://localhost', bodyLimitBytes: 4_096, rateLimitPerMinute: 100_000 },
    logger: createLogger({ logLevel: 'silent' }),
    database,
    authenticate: async () => testPerson('p1', ['guard:read']),
    now: () => new Date(),
    lockWaitMs: 30_000,
    healthWaitMs: 30_000,
  });
  const feed = watchFeed({ connection, database });
  guardRoutes(server, { feed });
  await server.listen({ host: '127.0.0.1', port });
  port = (server.server.address() as AddressInfo).port;
  plane = { server, feed };
}

async function stop(): Promise<void> {
  await plane.server.close();
  await plane.feed.close();
}

async function guarding(options: Partial<GuardOptions> = {}): Promise<Guard> {
  const guard = createGuard({ url: `http://127.0.0.1:${port}`, key: 'tnt_x', product: 'cutlist', ...options });
  guards.push(guard);
  expect(await guard.ready()).toBe(true);
  return guard;
}

const suspend = (tenantId: string): Promise<unknown> =>
  act(database)((ctx) =>
    setStatus(ctx, { tenantId, status: 'suspended', accessMode: 'blocked', reason: 'a test', key: randomUUID() }),
  );
const codeSoon = (guard: Guard, id: string) => expect.poll(() => guard.check(id, 'write').code, { interval: 5 });

beforeAll(async () => {
  await storeCutlist(database);
  await start();
});
afterEach(() => {
  for (const guard of guards.splice(0)) guard.close();
});
afterAll(stop);

describe('a guard and its control plane', () => {
  it('LIFE-07, LIFE-08, LIFE-09: a suspension is refused by every guard, and its end lets in again', async () => {
    const { tenant } = await makeTenant(database, { status: 'active' });
    const all = await Promise.all([guarding(), guarding({ profile: 'strict' }), guarding()]);
    for (const guard of all) expect(guard.check(tenant.id, 'write').ok).toBe(true);
    await suspend(tenant.id);
    for (const guard of all) await codeSoon(guard, tenant.id).toBe('tenant_suspended');
    await act(database)((ctx) =>
      setStatus(ctx, { tenantId: tenant.id, status: 'active', reason: 'over', key: randomUUID() }),
    );
    for (const guard of all) await codeSoon(guard, tenant.id).toBe('ok');
  });

  it('a tenant is known as soon as it is made, and unknown as soon as it is gone', async () => {
    const guard = await guarding();
    const { tenant } = await makeTenant(database, { status: 'trial' });
    await codeSoon(guard, tenant.id).toBe('ok');
    await asSuperuser('delete from tenantry.tenants where id = $1', [tenant.id]);
    await codeSoon(guard, tenant.id).toBe('tenant_unknown');
  });

  it('LIFE-09: lives through a restart of the control plane, and hears of what happened meanwhile', async () => {
    const { tenant } = await makeTenant(database, { status: 'active' });
    const [guard, strict] = [await guarding(), await guarding({ profile: 'strict' })];
    await stop();
    try {
      await expect.poll(() => guard.status().connected).toBe(false);
      expect(guard.check(tenant.id, 'write').ok).toBe(true);
      await codeSoon(strict, tenant.id).toBe('state_stale');
      await suspend(tenant.id);
      expect(guard.check(tenant.id, 'write').ok).toBe(true);
      expect(guard.status().problem).toBeDefined();
    } finally {
      await start();
    }
    await expect.poll(() => guard.check(tenant.id, 'write').code, { timeout: 15_000 }).toBe('tenant_suspended');
    await expect.poll(() => strict.check(tenant.id, 'write').code, { timeout: 5_000 }).toBe('tenant_suspended');
    expect(guard.status()).toMatchObject({ connected: true, problem: undefined });
  });

  it('a thousand tenants arrive whole, over several pages', async () => {
    await asSuperuser(
      `insert into tenantry.tenants (name, slug, product_id) select 'T', 'many-' || n, 'cutlist' from generate_series(1, 1100) n`,
    );
    const guard = await guarding();
    const [{ n } = { n: 0 }] = await asSuperuser<{ n: number }>('select count(*)::int as n from tenantry.tenants');
    expect(guard.status().tenants).toBe(n);
    expect(n).toBeGreaterThan(1_100);
  });
});
