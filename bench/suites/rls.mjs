/** A point read as one tenant: beside the same round trip written by hand, a transaction in steps, and no guard at all. */
import { readFileSync } from 'node:fs';
import { queryAsTenant, withTenant } from '@tenantry/guard/pg';
import pg from 'pg';
import { query, startCluster } from '../engine/cluster.mjs';

/** @typedef {import('../harness.mjs').Bench} Bench */

const AT_ONCE = 8;
const TENANT = '00000000-0000-4000-8000-000000000001';
const OWN = `tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid)`;
const TEXT = 'select name from things where id = $1';

export const versions = () => ({
  pg: JSON.parse(readFileSync(new URL('../../node_modules/pg/package.json', import.meta.url), 'utf8')).version,
});

const MANY = 100_000;
/** The same table for a hundred thousand tenants, ten rows each. */
const manyTenants = [
  'create table many (id int primary key, tenant_id uuid not null, name text not null)',
  `insert into many select n, ('00000000-0000-4000-8000-' || lpad((n % ${MANY})::text, 12, '0'))::uuid, 'thing ' || n from generate_series(1, 10 * ${MANY}) n`,
  'create index on many (tenant_id, id)',
  'alter table many enable row level security',
  'alter table many force row level security',
  `create policy own on many using (${OWN}) with check (${OWN})`,
  'grant select on many to rls_app',
];

/** @param {Bench} bench */
export async function run(bench) {
  const cluster = await startCluster();
  try {
    const connection = await cluster.makeDatabase('rls', { migrated: false });
    for (const text of [
      'create role rls_app login',
      'create table things (id int primary key, tenant_id uuid not null, name text not null)',
      `insert into things select n, ('00000000-0000-4000-8000-' || lpad((n % 100)::text, 12, '0'))::uuid, 'thing ' || n from generate_series(1, 20000) n`,
      'create index on things (tenant_id, id)',
      'create table open as table things',
      'alter table open add primary key (id)',
      'alter table things enable row level security',
      'alter table things force row level security',
      `create policy own on things using (${OWN}) with check (${OWN})`,
      'grant select on things, open to rls_app',
      ...(bench.quick ? [] : manyTenants),
      'analyze',
    ]) {
      await query(connection, text);
    }
    await compare(bench, { ...connection, user: 'rls_app' });
    if (!bench.quick) await growth(bench, { ...connection, user: 'rls_app' });
  } finally {
    await cluster.stop();
  }
}

/**
 * @param {Bench} bench
 * @param {import('../engine/cluster.mjs').Connection} connection
 */
async function compare(bench, connection) {
  const pool = poolOf(connection);
  const windowMs = bench.quick ? 300 : 700;
  const id = (/** @type {number} */ turn) => ((turn % 199) + 1) * 100 + 1;
  const rate = (/** @type {(turn: number) => Promise<{ rows: readonly unknown[] }>} */ read) =>
    rateOf(windowMs, async (turn) => {
      const { rows } = await read(turn);
      if (rows.length !== 1) throw new Error('a row was not found');
    });
  const ours = () => rate((turn) => queryAsTenant(pool, TENANT, TEXT, [id(turn)]));
  try {
    await bench.compare({
      work: `point read as one tenant, ${AT_ONCE} at once`,
      unit: '/s',
      ours,
      peer: { name: 'the same round trip by hand', run: () => rate((turn) => byHand(pool, id(turn))) },
      budget: { atLeast: 0.9 },
    });
    await bench.compare({
      work: 'the same',
      unit: '/s',
      ours,
      peer: {
        name: 'BEGIN, set_config, SELECT, COMMIT one after another',
        run: () => rate((turn) => inSteps(pool, id(turn))),
      },
    });
    await bench.compare({
      work: 'the same',
      unit: '/s',
      ours,
      peer: {
        name: 'a SELECT that nothing guards',
        run: () => rate((turn) => pool.query('select name from open where id = $1', [id(turn)])),
      },
    });
    await bench.compare({
      work: 'withTenant around one statement',
      unit: '/s',
      ours: () =>
        rate((turn) => withTenant(pool, TENANT, (client) => client.query({ text: TEXT, values: [id(turn)] }))),
      peer: {
        name: 'BEGIN, set_config, SELECT, COMMIT one after another',
        run: () => rate((turn) => inSteps(pool, id(turn))),
      },
    });
  } finally {
    await pool.end();
  }
}

/**
 * What a hundred thousand tenants in one table cost each of them.
 *
 * @param {Bench} bench
 * @param {import('../engine/cluster.mjs').Connection} connection
 */
async function growth(bench, connection) {
  const pool = poolOf(connection);
  const tenant = (/** @type {number} */ n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const page = (/** @type {string} */ table, /** @type {number} */ tenants) => {
    const text = `select id, name from ${table} order by id limit 10`;
    return rateOf(700, async (turn) => {
      const { rows } = await queryAsTenant(pool, tenant((turn * 7919) % tenants), text, []);
      if (rows.length !== 10) throw new Error('a page was not whole');
    });
  };
  try {
    await bench.compare({
      work: `page of 10 rows as one of ${MANY} tenants (growth: the inverse)`,
      unit: '/s',
      ours: () => page('many', MANY),
      peer: { name: 'as one of 100', run: () => page('things', 100) },
      budget: { atLeast: 0.667 },
    });
  } finally {
    await pool.end();
  }
}

/** @param {import('../engine/cluster.mjs').Connection} connection */
function poolOf(connection) {
  const pool = new pg.Pool({ ...connection, max: AT_ONCE, pipeline: true });
  // `end` does not wait for the server to hear of it, and the cluster stops right after.
  pool.on('error', () => undefined);
  return pool;
}

/** @param {pg.Pool} pool @param {number} id */
async function byHand(pool, id) {
  const client = await pool.connect();
  try {
    const [, answer] = await Promise.all([
      client.query(`begin; set local app.current_tenant_id = '${TENANT}'`),
      client.query(TEXT, [id]),
      client.query('commit'),
    ]);
    return answer;
  } finally {
    client.release();
  }
}

/** @param {pg.Pool} pool @param {number} id */
async function inSteps(pool, id) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('app.current_tenant_id', $1, true)`, [TENANT]);
    const answer = await client.query(TEXT, [id]);
    await client.query('commit');
    return answer;
  } finally {
    client.release();
  }
}

/** @param {number} windowMs @param {(turn: number) => Promise<void>} work */
async function rateOf(windowMs, work) {
  const startedAt = performance.now();
  let turns = 0;
  const lane = async () => {
    while (performance.now() - startedAt < windowMs) await work(turns++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return turns / ((performance.now() - startedAt) / 1_000);
}
