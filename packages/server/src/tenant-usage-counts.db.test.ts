import { describe, expect, it } from 'vitest';
import { webServer } from './connectors/http/testing/web-servers.ts';
import { connectorFault, Secret } from './connectors/kit/index.ts';
import { closedPort } from './connectors/kit/testing/faulty-server.ts';
import { cloneDatabase } from './db/testing/index.ts';
import { DAY, identityWorld, later, NOW } from './identity/testing/world.ts';
import { saveEnvironment, saveProduct } from './products/index.ts';
import {
  type CountDeps,
  keepUsageCounts,
  readUsage,
  reportUsage,
  type Tenant,
  type UsageSource,
} from './tenants/index.ts';
import { cutlistProfile } from './tenants/testing/registry.ts';
import { openUsageSource } from './usage-source.ts';
import { sealSecret } from './vault/index.ts';

const test = await cloneDatabase();
const { database, asSuperuser } = test;
const { deps: identity, doing, makeTenant, actionsOf } = identityWorld(test);
await doing((ctx) => saveProduct(ctx, cutlistProfile()));

const down = () =>
  connectorFault('connector.unreachable', 'it did not answer', {
    system: 'app',
    retry: { afterMs: 1 },
    effect: 'none',
  });
const notes: string[] = [];
const source =
  (count: UsageSource['count']): CountDeps['open'] =>
  async () => ({
    count,
    [Symbol.asyncDispose]: async () => undefined,
  });
const night = (open: CountDeps['open'], at = NOW) =>
  keepUsageCounts({ database, now: () => at, open, operators: async (_ctx, { key }) => void notes.push(key) });
const usageOf = ({ id }: Tenant) => doing(({ tx }) => readUsage(tx, id));
const countsOf = ({ id }: Tenant) =>
  asSuperuser<{ state: string; drift: object; error: { message: string } | null; attempts: number }>(
    'select state, drift, error, attempts from tenantry.tenant_usage_counts where tenant_id = $1 order by night',
    [id],
  );
const report = (tenant: Tenant, used: number, countedAt = NOW) => {
  const actor = { kind: 'system', part: 'test' } as const;
  return doing(
    (ctx) => reportUsage(ctx, { tenant: tenant.id, meter: 'projects', used, source: 'app', countedAt }),
    actor,
  );
};
/** Those of other tests have left the application's product behind. */
const alone = () => asSuperuser(`update tenantry.tenants set status = 'offboarded'`);

describe('the count of a night', () => {
  it('PLAN-09: sets right what was known, keeps the difference, and is done once', async () => {
    await alone();
    const [off, right, new_] = [await makeTenant(), await makeTenant(), await makeTenant()];
    await report(off, 9, later(-DAY));
    await report(right, 4, later(-DAY));
    const count = source(async (id) => ({ projects: id === off.id ? 7 : 4 }));
    expect(await night(count)).toBe(3);
    expect(await usageOf(off)).toMatchObject({ projects: 7 });
    expect(await countsOf(off)).toMatchObject([{ state: 'done', drift: { projects: { known: 9, counted: 7 } } }]);
    expect(await countsOf(right)).toMatchObject([{ drift: {} }]);
    expect(await usageOf(new_)).toMatchObject({ projects: 4 });
    expect(await actionsOf(off.id)).toContain('tenant.usage_corrected');
    expect(await actionsOf(right.id)).not.toContain('tenant.usage_corrected');
    expect(await night(count)).toBe(0);
    expect(await night(count, later(DAY))).toBe(3);
  });

  it('begins at its hour, and what the application reports meanwhile holds', async () => {
    await alone();
    const tenant = await makeTenant();
    expect(
      await night(
        source(async () => ({ projects: 1 })),
        new Date('2026-11-20T01:59:59Z'),
      ),
    ).toBe(0);
    const counting = source(async () => {
      await report(tenant, 5, later(1_000));
      return { projects: 1 };
    });
    expect(await night(counting)).toBe(1);
    expect(await usageOf(tenant)).toMatchObject({ projects: 5 });
  });

  it('survives an application that is down: says so of everybody, tells it once, and asks again', async () => {
    await alone();
    const all = await Promise.all(Array.from({ length: 60 }, () => makeTenant()));
    let asked = 0;
    const dead = source(async () => {
      asked += 1;
      throw down();
    });
    const before = notes.length;
    expect(await night(dead)).toBe(0);
    expect(asked).toBeLessThan(12);
    for (const tenant of all) {
      expect(await countsOf(tenant)).toMatchObject([
        { state: 'failed', error: { message: 'app: it did not answer.' } },
      ]);
    }
    expect(new Set(notes.slice(before)).size).toBe(1);
    expect(await night(dead)).toBe(0);
    const alive = source(async () => ({ projects: 2 }));
    expect(await night(alive, later(31 * 60_000))).toBe(60);
    expect(await countsOf(all[0] as Tenant)).toMatchObject([{ state: 'done', error: null, attempts: 2 }]);
  });

  it('what is wrong for one tenant keeps no other from being counted', async () => {
    await alone();
    const [bad, good] = [await makeTenant(), await makeTenant()];
    expect(await night(source(async (id) => (id === bad.id ? { planets: 3 } : { projects: 3 })))).toBe(1);
    expect(await countsOf(bad)).toMatchObject([
      { state: 'failed', error: { message: expect.stringContaining('planets') } },
    ]);
    expect(await usageOf(good)).toMatchObject({ projects: 3 });
  });

  it('never asks more than four at a time', async () => {
    await alone();
    await Promise.all(Array.from({ length: 10 }, () => makeTenant()));
    let open = 0;
    let most = 0;
    const slow = source(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return { projects: 1 };
    });
    expect(await night(slow)).toBe(10);
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe('the application', () => {
  const counts = { environment: 'production', connection: 'app_self_check', path: '/api/usage', at_hour: 2 };
  const connect = (base_url: string, authorization: object) =>
    doing((ctx) =>
      saveEnvironment(ctx, {
        productId: 'cutlist',
        name: 'production',
        connections: { http: { app_self_check: { base_url, allow_private: true, headers: { authorization } } } },
      }),
    );

  it('PLAN-09: is asked through its connection, with the key of the vault', async () => {
    const seen: string[] = [];
    await using server = await webServer((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization}`);
      response.setHeader('content-type', 'application/json');
      response.end(request.url?.endsWith('odd') ? '{"usage":{"projects":-1}}' : '{"usage":{"projects":3}}');
    });
    const owner = { kind: 'connection', id: 'cutlist/production' } as const;
    const secret = new Secret('Bearer canary-77');
    const { ref } = await doing((ctx) => sealSecret(ctx, { tenantId: null, label: 'key', secret, owner }));
    await connect(server.url, { ...ref });
    const open = openUsageSource({ database, keyring: identity.keyring, now: () => NOW });
    await using app = await open('cutlist', counts);
    expect(await app.count('t-1')).toEqual({ projects: 3 });
    expect(seen).toEqual(['/api/usage?tenant=t-1 Bearer canary-77']);
    await expect(app.count('odd')).rejects.toMatchObject({ code: 'connector.malformed' });
    await expect(open('cutlist', { ...counts, connection: 'none' })).rejects.toMatchObject({ code: 'config.invalid' });
    await connect(`http://127.0.0.1:${await closedPort()}`, { ...ref });
    await using dead = await open('cutlist', counts);
    await expect(dead.count('t-1')).rejects.toMatchObject({ code: 'connector.unreachable' });
  });
});
