/**
 * The built server in a process of its own, so that who asks does not share its loop; its options are the first
 * argument, as JSON. Says once where it answers and what it made, and ends when its parent lets go of it.
 */
import { once } from 'node:events';
import { systemActor } from '../../packages/server/dist/access/index.js';
import { Secret } from '../../packages/server/dist/connectors/kit/index.js';
import { createPasswordHasher } from '../../packages/server/dist/identity/index.js';
import { openControlPlane, readConfig } from '../../packages/server/dist/index.js';
import { seedDevelopmentIdentities } from '../../packages/server/dist/people/index.js';
import { parseProfile, saveProduct } from '../../packages/server/dist/products/index.js';
import { createTenant } from '../../packages/server/dist/tenants/index.js';

/** @typedef {import('../../packages/server/dist/access/index.js').Ctx} Ctx */

const PRODUCT = 'bench';
const PLAN = { title: 'Any', limits: { users: 1_000 }, features: { sso: false }, sla_percent: null };
const PROFILE = {
  product: PRODUCT,
  name: 'Bench',
  urls: { app: 'https://localhost:8443', health: 'https://localhost:8443/health' },
  support: { email: 'support@vendor.example' },
  roles: [{ key: 'admin', title: 'Administrator', permission: 'owner_admin' }],
  plans: { free: PLAN, starter: PLAN, professional: PLAN, enterprise: PLAN },
  support_tiers: [{ key: 'basic', title: 'Basic', response: '4 hours' }],
};
const READER = {
  name: 'Rita',
  email: 'rita@vendor.example',
  party: /** @type {const} */ ('vendor'),
  roles: [],
  key: { name: 'bench', scopes: [/** @type {const} */ ('tenants:read')] },
};

const { dataDir, tenants, usersEach, password } = JSON.parse(process.argv[2] ?? '{}');
const gone = once(process, 'disconnect');
const config = readConfig(
  // Every limit of the server is on the path; that of requests by key is lifted out of the reader's way.
  { mode: 'development', dataDir, port: 0, trustProxy: '127.0.0.1', rateLimitPerMinute: 1_000_000 },
  {},
);
const plane = await openControlPlane(config, { http: true, work: false });
try {
  const passwordHash = await createPasswordHasher().hash(new Secret(password));
  const made = await plane.database.transaction('operator', (tx) =>
    populate({ tx, actor: systemActor('bench'), now: new Date() }, passwordHash),
  );
  process.send?.({ url: plane.url, passwordHash, ...made });
  await gone;
} finally {
  await plane.close();
}

/**
 * Tenants whose users share a password, written as rows: hashing one for each would take longer than the bench.
 *
 * @param {Ctx} ctx
 * @param {string} passwordHash
 */
async function populate(ctx, passwordHash) {
  await saveProduct(ctx, parseProfile(PROFILE));
  const slugs = [];
  for (let tenant = 0; tenant < tenants; tenant++) {
    const slug = `bench-${tenant}`;
    const made = await createTenant(ctx, { productId: PRODUCT, name: slug, slug, plan: 'free', status: 'active' });
    await ctx.tx.query(
      `insert into users (tenant_id, email, full_name, role, password_hash)
       select $1, 'user-' || n || '@client.example', 'User ' || n, 'admin', $2 from generate_series(0, $3::int - 1) as n`,
      [made.tenant.id, passwordHash, usersEach],
    );
    slugs.push(slug);
  }
  const [reader] = await seedDevelopmentIdentities(ctx, [READER]);
  return { slugs, key: reader?.key };
}
