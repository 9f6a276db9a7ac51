/**
 * A control plane in a process of its own. Told to suspend a tenant, or to let it in again, it says when that was
 * committed, by the monotonic clock all processes of one machine share.
 */
import { once } from 'node:events';
import { systemActor } from '../../packages/server/dist/access/index.js';
import { openControlPlane, readConfig } from '../../packages/server/dist/index.js';
import { seedDevelopmentIdentities } from '../../packages/server/dist/people/index.js';
import { parseProfile, saveProduct } from '../../packages/server/dist/products/index.js';
import { createTenant } from '../../packages/server/dist/tenants/index.js';

const PLAN = { title: 'Any', limits: { users: 1_000 }, features: { sso: false }, sla_percent: null };
const PROFILE = {
  product: 'bench',
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
  key: { name: 'bench', scopes: [/** @type {const} */ ('guard:read')] },
};

const { dataDir, tenants } = JSON.parse(process.argv[2] ?? '{}');
const gone = once(process, 'disconnect');
const config = readConfig({ mode: 'development', dataDir, port: 0, rateLimitPerMinute: 1_000_000 }, {});
const plane = await openControlPlane(config, { http: true, work: false });
try {
  const made = await plane.database.transaction('operator', async (tx) => {
    const ctx = { tx, actor: systemActor('bench'), now: new Date() };
    await saveProduct(ctx, parseProfile(PROFILE));
    const [reader] = await seedDevelopmentIdentities(ctx, [READER]);
    const first = { productId: 'bench', name: 'First', slug: 'first', plan: /** @type {const} */ ('free') };
    const { tenant } = await createTenant(ctx, { ...first, status: 'active' });
    await tx.query(
      `insert into tenants (name, slug, product_id) select 'T', 'bench-' || n, 'bench' from generate_series(1, $1::int) n`,
      [tenants],
    );
    return { tenant: tenant.id, key: reader?.key };
  });
  process.on('message', async (/** @type {{ closed: boolean }} */ { closed }) => {
    await plane.database.transaction('operator', (tx) =>
      tx.query(`update tenants set status = $2, access_mode = $3 where id = $1`, [
        made.tenant,
        closed ? 'suspended' : 'active',
        closed ? 'blocked' : null,
      ]),
    );
    process.send?.({ committedAt: String(process.hrtime.bigint()) });
  });
  process.send?.({ url: plane.url, ...made });
  await gone;
} finally {
  await plane.close();
}
