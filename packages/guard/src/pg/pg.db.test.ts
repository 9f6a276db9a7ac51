import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../../server/src/db/testing/index.ts';
import {
  grantStoreTables,
  postgresRateStore,
  postgresReservations,
  queryAsTenant,
  STORE_TABLES,
  withTenant,
} from './index.ts';

const test = await cloneDatabase();
const ACME = randomUUID();
const BETA = randomUUID();
const ROLE = `app_${test.name.slice(5, 13)}`;
const OWN = `tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid)`;
const pools: pg.Pool[] = [];

const poolOf = (options: pg.PoolConfig = {}): pg.Pool => {
  const pool = new pg.Pool({ ...test.connection, user: ROLE, pipeline: true, application_name: 'guarded', ...options });
  pools.push(pool);
  return pool;
};
let pool: pg.Pool;

beforeAll(async () => {
  for (const text of [
    `create role ${ROLE} login`,
    'create table public.things (tenant_id uuid not null, name text not null unique)',
    'alter table public.things enable row level security',
    'alter table public.things force row level security',
    `create policy tenant on public.things using (${OWN}) with check (${OWN})`,
    `grant select, insert, update, delete on public.things to ${ROLE}`,
    STORE_TABLES,
    grantStoreTables(ROLE),
  ]) {
    await test.asSuperuser(text);
  }
  pool = poolOf({ max: 5 });
});
beforeEach(async () => {
  await test.asSuperuser('truncate things, tenantry_usage, tenantry_reservations, tenantry_rates');
  await test.asSuperuser(`insert into things values ($1, 'a1'), ($1, 'a2'), ($2, 'b1')`, [ACME, BETA]);
});
afterAll(async () => {
  await Promise.all(pools.map((each) => each.end()));
  await test.asSuperuser(`drop owned by ${ROLE}`);
  await test.asSuperuser(`drop role ${ROLE}`);
});

const names = (rows: readonly Record<string, unknown>[]): unknown[] => rows.map(({ name }) => name).sort();
const ALL = 'select name from things';

describe.each([
  ['in one round trip', true],
  ['without pipelining', false],
])('queryAsTenant %s', (_how, pipeline) => {
  it('PDB-05, PDB-06: sees and writes rows of its tenant, and no others', async () => {
    const db = poolOf({ max: 1, pipeline });
    expect(names((await queryAsTenant(db, ACME, ALL)).rows)).toEqual(['a1', 'a2']);
    expect(names((await queryAsTenant(db, BETA, `${ALL} where name like $1`, ['%'])).rows)).toEqual(['b1']);
    expect((await queryAsTenant(db, ACME, `delete from things where name = 'b1'`)).rowCount).toBe(0);
    await expect(queryAsTenant(db, ACME, `insert into things values ($1, 'x')`, [BETA])).rejects.toThrow('policy');
    await queryAsTenant(db, ACME, `insert into things values ($1, 'a3')`, [ACME]);
    expect(names((await queryAsTenant(db, ACME, ALL)).rows)).toEqual(['a1', 'a2', 'a3']);
  });

  it('PDB-05: leaves nothing of the tenant on the connection, after a success and after a failure', async () => {
    const db = poolOf({ max: 1, pipeline });
    await queryAsTenant(db, ACME, ALL);
    expect((await db.query(ALL)).rows).toEqual([]);
    await expect(queryAsTenant(db, ACME, 'select 1/0')).rejects.toThrow('division by zero');
    expect((await db.query(ALL)).rows).toEqual([]);
    expect(names((await queryAsTenant(db, BETA, ALL)).rows)).toEqual(['b1']);
  });

  it.each(['select 1; commit; select name from things', 'commit; select 1'])(
    'runs one statement and no second: %s',
    async (text) => {
      await expect(queryAsTenant(poolOf({ max: 1, pipeline }), ACME, text)).rejects.toThrow('multiple commands');
    },
  );
});

describe('withTenant', () => {
  it('PDB-05: keeps all of the work or nothing, under one tenant', async () => {
    await withTenant(pool, ACME, async (client) => {
      await client.query({ text: `insert into things values ('${ACME}', 'kept')` });
    });
    const failing = withTenant(pool, ACME, async (client) => {
      await client.query({ text: `insert into things values ('${ACME}', 'lost')` });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(names((await queryAsTenant(pool, ACME, ALL)).rows)).toEqual(['a1', 'a2', 'kept']);
    expect((await pool.query(ALL)).rows).toEqual([]);
  });

  it('says so when a failure inside was swallowed and nothing was kept', async () => {
    const work = withTenant(pool, ACME, async (client) => {
      await client.query({ text: 'select 1/0' }).catch(() => undefined);
    });
    await expect(work).rejects.toThrow('rolled back');
  });

  it.each(['', 'acme', `${ACME}'; drop table things; --`, null, undefined, 42])('refuses the id %s', async (id) => {
    expect(() => withTenant(pool, id as string, async () => undefined)).toThrow('not the id of a tenant');
    expect(() => queryAsTenant(pool, id as string, ALL)).toThrow('not the id of a tenant');
    expect(() => withTenant(pool, ACME, async () => undefined, { setting: 'x; reset all' })).toThrow('setting');
  });
});

describe('postgresReservations', () => {
  const request = { tenantId: ACME, name: 'projects', amount: 1, limit: 3, leaseMs: 60_000 };

  it('PLAN-03, PLAN-09: of more creates at once than there are places, over several pools, none passes the limit', async () => {
    const stores = Array.from({ length: 4 }, () => postgresReservations(poolOf({ max: 2 })));
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, at) => stores[at % stores.length]?.reserve(request) ?? expect.fail()),
    );
    const given = taken.filter(({ ok }) => ok);
    expect(given).toHaveLength(3);
    expect(taken.find(({ ok }) => !ok)).toMatchObject({ code: 'limit_reached', remaining: 0, limit: 3 });
    expect(given.map(({ remaining }) => remaining).sort()).toEqual([0, 1, 2]);
    expect(await Promise.all(given.map((each) => each.confirm()))).toEqual([true, true, true]);
    expect(await given[0]?.confirm()).toBe(true);
    expect((await stores[0]?.reserve(request))?.ok).toBe(false);
  });

  it('PLAN-03, PLAN-09: of N + 1 creates at once in eight processes, one is refused', async () => {
    const script = fileURLToPath(new URL('./testing/reserve-process.mjs', import.meta.url));
    const limit = 15;
    const asked = JSON.stringify({
      connection: { ...test.connection, user: ROLE },
      request: { ...request, limit },
    });
    const processes = Array.from({ length: 8 }, () => fork(script, [asked], { execArgv: [] }));
    await Promise.all(processes.map((each) => once(each, 'message')));
    const answers = processes.map((each) => once(each, 'message'));
    const ended = processes.map((each) => once(each, 'exit'));
    for (const each of processes) each.send('go');
    const kept = (await Promise.all(answers)).map(([count]) => Number(count));
    await Promise.all(ended);
    expect(kept.reduce((sum, each) => sum + each, 0)).toBe(limit);
    const { rows } = await queryAsTenant(pool, ACME, 'select used from tenantry_usage');
    expect(rows).toEqual([{ used: limit }]);
  });

  it('PLAN-03: a process killed between reserving and confirming holds its places for its lease, and no longer', async () => {
    const script = fileURLToPath(new URL('./testing/reserve-process.mjs', import.meta.url));
    const lasting = { ...request, limit: 2, leaseMs: 1_000 };
    const asked = JSON.stringify({ connection: { ...test.connection, user: ROLE }, request: lasting, dies: true });
    const dying = fork(script, [asked], { execArgv: [] });
    await once(dying, 'message');
    const died = once(dying, 'exit');
    dying.send('go');
    expect((await died)[1]).toBe('SIGKILL');
    const store = postgresReservations(pool);
    expect((await store.reserve(lasting)).ok).toBe(false);
    await expect.poll(async () => (await store.reserve(lasting)).ok, { timeout: 10_000 }).toBe(true);
  });

  it('PLAN-04: a limit of zero gives nothing, and fractions fill a limit to its end', async () => {
    const store = postgresReservations(pool);
    expect((await store.reserve({ ...request, limit: 0 })).ok).toBe(false);
    const part = { ...request, limit: 1, amount: 0.25 };
    const taken = await Promise.all(Array.from({ length: 5 }, () => store.reserve(part)));
    expect(taken.filter(({ ok }) => ok)).toHaveLength(4);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'PLAN-09: %s is no amount to take or to give back: the limit is as it was',
    async (amount) => {
      const store = postgresReservations(pool);
      const one = { ...request, limit: 1 };
      expect(await (await store.reserve(one)).confirm()).toBe(true);
      await expect(store.reserve({ ...one, amount })).rejects.toThrow(RangeError);
      const giving = withTenant(pool, ACME, (client) => store.giveBack(client, ACME, 'projects', amount));
      await expect(giving).rejects.toThrow(RangeError);
      expect((await store.reserve(one)).ok).toBe(false);
    },
  );

  it('a place that is given back, and one whose holder died, can be taken again', async () => {
    const store = postgresReservations(pool);
    const one = { ...request, limit: 1 };
    const first = await store.reserve(one);
    expect((await store.reserve(one)).ok).toBe(false);
    await first.release();
    await first.release();
    const dead = await store.reserve({ ...one, leaseMs: 1 });
    expect(dead.ok).toBe(true);
    await expect.poll(async () => (await store.reserve(one)).ok).toBe(true);
    // Its place is another's now.
    expect(await dead.confirm()).toBe(false);
  });

  it('confirms inside the transaction that creates the thing: both are kept or neither', async () => {
    const store = postgresReservations(pool);
    const held = await store.reserve({ ...request, limit: 1 });
    const create = withTenant(pool, ACME, async (client) => {
      await client.query({ text: `insert into things values ('${ACME}', 'made')` });
      expect(await held.confirm(client)).toBe(true);
      throw new Error('crash');
    });
    await expect(create).rejects.toThrow('crash');
    const { rows } = await queryAsTenant(pool, ACME, 'select used from tenantry_usage');
    expect(rows).toEqual([{ used: 0 }]);
    expect((await store.reserve({ ...request, limit: 1 })).ok).toBe(false);
  });

  it('counts a tenant that is unlimited too, and gives back what is deleted', async () => {
    const store = postgresReservations(pool);
    const unlimited = { ...request, limit: Number.POSITIVE_INFINITY };
    for (let n = 0; n < 4; n += 1) expect(await (await store.reserve(unlimited)).confirm()).toBe(true);
    await withTenant(pool, ACME, (client) => store.giveBack(client, ACME, 'projects'));
    const lower = await store.reserve(request);
    expect(lower).toMatchObject({ ok: false, remaining: 0 });
    await withTenant(pool, ACME, (client) => store.giveBack(client, ACME, 'projects', 99));
    expect((await store.reserve(request)).remaining).toBe(2);
  });

  it('PLAN-09: reconciles the count with what there is, and says what it was off by', async () => {
    const store = postgresReservations(pool);
    const count = async (client: { query(config: { text: string }): Promise<{ rows: Record<string, unknown>[] }> }) =>
      Number((await client.query({ text: 'select count(*) as n from things' })).rows[0]?.n);
    expect(await store.reconcile(ACME, 'projects', count)).toBe(2);
    expect(await store.reconcile(ACME, 'projects', count)).toBe(0);
    expect((await store.reserve(request)).remaining).toBe(0);
    await expect(store.reconcile(ACME, 'projects', async () => -1)).rejects.toThrow(RangeError);
    expect((await store.reserve({ ...request, tenantId: BETA })).remaining).toBe(2);
  });
});

describe('postgresRateStore', () => {
  const request = { tenantId: ACME, name: 'calls', limit: 5, windowMs: 60_000, cost: 1 };

  it('PLAN-05, PLAN-22: counts together for all processes, each tenant and window by itself', async () => {
    const stores = [postgresRateStore(poolOf({ max: 2 })), postgresRateStore(poolOf({ max: 2 }))];
    const taken = await Promise.all(
      Array.from({ length: 12 }, (_, at) => stores[at % 2]?.take(request) ?? expect.fail()),
    );
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5);
    const after = await stores[0]?.take(request);
    expect(after).toMatchObject({ used: 5, allowed: false });
    expect(after?.resetMs).toBeGreaterThan(30_000);
    expect(after?.resetMs).toBeLessThanOrEqual(60_000);
    expect((await stores[0]?.take({ ...request, tenantId: BETA }))?.allowed).toBe(true);
    expect((await stores[0]?.take({ ...request, name: 'other' }))?.used).toBe(1);
  });

  it('PLAN-05: a window that is over starts anew, and what did not fit was not counted', async () => {
    const store = postgresRateStore(pool);
    const brief = { ...request, limit: 1, windowMs: 1 };
    expect((await store.take(brief)).allowed).toBe(true);
    await expect.poll(async () => (await store.take(brief)).allowed).toBe(true);
    expect(await store.take({ ...request, name: 'big', cost: 6 })).toMatchObject({ used: 0, allowed: false });
    expect(await store.take({ ...request, name: 'big', cost: 5 })).toMatchObject({ used: 5, allowed: true });
  });
});
