/** A product's database with a thousand tenants, one of them large, and a control plane that knows them. */
import { randomBytes, randomUUID } from 'node:crypto';
import { query, startCluster } from '../engine/cluster.mjs';

/** @typedef {import('../engine/cluster.mjs').Connection} Connection */

const TENANTS = 1_000;
const SMALL_ROWS = 200;

const SCHEMA = `
  create table tenants (id uuid primary key, name text not null);
  create table orders (id bigint generated always as identity primary key, tenant_id uuid not null references tenants (id) on delete cascade,
    at timestamptz not null default now(), total numeric(12, 2) not null, note text);
  create index on orders (tenant_id);`;

/**
 * @param {number} rows of the large tenant
 */
export async function startShop(rows) {
  const cluster = await startCluster();
  const shop = await cluster.makeDatabase('shop', { migrated: false });
  const plane = await cluster.makeDatabase('plane', { migrated: true });
  const large = randomUUID();
  await query(shop, SCHEMA);
  await query(shop, 'insert into tenants values ($1, $2)', [large, 'large']);
  await query(shop, `insert into tenants select gen_random_uuid(), 'small' from generate_series(2, ${TENANTS})`);
  // The rows of the large tenant lie between those of the others, as they do in life.
  await query(
    shop,
    `insert into orders (tenant_id, total, note)
     select case when n % ${Math.ceil((rows + TENANTS * SMALL_ROWS) / rows)} = 0 then $1 else t.id end, n % 10000, md5(n::text) || repeat(md5((n * 7)::text), 3)
     from generate_series(1, ${rows}) n, (select id from tenants where name = 'small' limit 1) t`,
    [large],
  );
  await query(
    shop,
    `insert into orders (tenant_id, total, note) select $1, n % 10000, md5(n::text) || repeat(md5((n * 7)::text), 3)
     from generate_series(1, ${rows}) n`,
    [large],
  );
  await query(
    shop,
    `insert into orders (tenant_id, total, note) select t.id, n, md5(n::text) from tenants t, generate_series(1, ${SMALL_ROWS}) n where t.name = 'small'`,
  );
  await query(shop, 'vacuum analyze orders');
  const [{ bytes = 0 } = {}] = await query(
    shop,
    `select sum(length(o.id::text || o.tenant_id::text || o.at::text || o.total::text || o.note) + 5)::float8 as bytes from orders o where tenant_id = $1`,
    [large],
  );
  await registerTenant(plane, shop, large);
  return { cluster, shop, plane, large, megabytes: Number(bytes) / 1e6, key: KEY };
}

const KEY = `bench:${randomBytes(32).toString('base64')}`;

/**
 * @param {Connection} plane
 * @param {Connection} shop
 * @param {string} tenant
 */
async function registerTenant(plane, shop, tenant) {
  const profile = {
    product: 'shop',
    name: 'Shop',
    urls: { app: 'https://shop.example', health: 'https://shop.example/health' },
    support: { email: 'support@shop.example' },
    roles: [{ key: 'admin', title: 'Administrator', permission: 'owner_admin' }],
    plans: Object.fromEntries(
      ['free', 'starter', 'professional', 'enterprise'].map((plan) => [
        plan,
        {
          title: plan,
          limits: { users: 5, projects: 5, storage_bytes: 5, api_calls_per_15min: 5 },
          features: { sso: false, scim: false, api_access: true },
          sla_percent: null,
        },
      ]),
    ),
    support_tiers: [{ key: 'basic', title: 'Basic', response: 'a day' }],
    databases: [{ name: 'shop', connection: 'main', tenants: { table: 'tenants', column: 'id' } }],
  };
  const { host, port, user, database } = shop;
  const connections = { postgres: { main: { host, port, user, database } } };
  await query(plane, `insert into tenantry.products (id, name, profile) values ('shop', 'Shop', $1)`, [profile]);
  await query(
    plane,
    `insert into tenantry.environments (product_id, name, connections, settings) values ('shop', 'production', $1, '{}')`,
    [connections],
  );
  await query(
    plane,
    `insert into tenantry.tenants (id, name, slug, product_id) values ($1, 'Large', 'large', 'shop')`,
    [tenant],
  );
}
