/** Tenants in every part of their life, for the pages of the console about them. */
import { randomUUID } from 'node:crypto';
import type { Ctx, PersonActor } from '../../packages/server/src/access/index.ts';
import { backupDeps } from '../../packages/server/src/backup-sources.ts';
import { readConfig } from '../../packages/server/src/config.ts';
import { exportDeps } from '../../packages/server/src/export-sources.ts';
import { tenantPolicy } from '../../packages/server/src/identity/index.ts';
import { saveProduct } from '../../packages/server/src/products/index.ts';
import { deletionDeps } from '../../packages/server/src/tenant-erasure.ts';
import {
  changePlan,
  createTenant,
  hastenDeletion,
  keepDeletions,
  offboardTenant,
  reportUsage,
  setContact,
  suspendTenant,
  type Tenant,
} from '../../packages/server/src/tenants/index.ts';
import { cutlistProfile, operator } from '../../packages/server/src/tenants/testing/registry.ts';
import type { ConsoleWorld } from './console-world.ts';

const DAY_MS = 86_400_000;
const SCOPES = [...operator.scopes, 'metrics:write', 'audit:read'] as const;
const OLIVE: PersonActor = { ...operator, scopes: SCOPES };

export const doAs = <T>({ world }: ConsoleWorld, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  world.database.transaction('operator', (tx) => fn({ tx, actor: OLIVE, now: new Date() }));

/** A product that names no database of its own can be exported and deleted here without one. */
export const withoutDatabases = (console_: ConsoleWorld): Promise<unknown> =>
  doAs(console_, (ctx) => saveProduct(ctx, { ...cutlistProfile(), databases: [] }));

/** Gone for good, as the duties of a running control plane do it. */
export async function deleteForGood(console_: ConsoleWorld, tenantId: string): Promise<void> {
  const { database, keyring } = console_.world;
  const now = (): Date => new Date();
  await doAs(console_, (ctx) => hastenDeletion(ctx, { tenantId, reason: 'They asked for erasure' }));
  const config = readConfig({ mode: 'test', publicUrl: console_.url }, {});
  const backups = backupDeps({ config, database, keyring, now });
  await keepDeletions(
    deletionDeps({ backups, keyring, exports: exportDeps({ loginPolicy: tenantPolicy, backups, config }) }),
  );
}

/** Active and professional, with users' and projects' counts of two months. */
export async function makeLiving(console_: ConsoleWorld, slug: string, name: string): Promise<Tenant> {
  const { tenant } = await doAs(console_, (ctx) =>
    createTenant(ctx, { productId: 'cutlist', slug, name, plan: 'professional', status: 'active', reason: 'Signed' }),
  );
  await doAs(console_, async (ctx) => {
    await setContact(ctx, tenant.id, { party: 'client', role: 'it_admin', name: 'Ann', email: `ann@${slug}.example` });
    for (let day = 60; day >= 0; day -= 1) {
      const countedAt = new Date(Date.now() - day * DAY_MS - 1_000);
      const used = Math.round(60 - day * 0.7 + Math.sin(day) * 4);
      await reportUsage(ctx, { tenant: tenant.id, meter: 'projects', used, source: 'app', countedAt });
      await reportUsage(ctx, { tenant: tenant.id, meter: 'users', used: 44 - (day % 7), source: 'app', countedAt });
    }
    await ctx.tx.query(
      `insert into users (id, tenant_id, email, full_name, role, status) values ($1, $2, $3, 'Ann Miller', 'user', 'active')`,
      [randomUUID(), tenant.id, `ann@${slug}.example`],
    );
  });
  return tenant;
}

export async function makeLives(console_: ConsoleWorld): Promise<Readonly<Record<string, Tenant>>> {
  const [living, suspended, leaving, left] = [
    await makeLiving(console_, 'living', 'Living Joinery'),
    await makeLiving(console_, 'shut', 'Shut Joinery'),
    await makeLiving(console_, 'leaving', 'Leaving Joinery'),
    await makeLiving(console_, 'left', 'Left Joinery'),
  ];
  await doAs(console_, async (ctx) => {
    const dueAt = new Date(Date.now() + 20 * DAY_MS);
    await changePlan(ctx, { tenantId: living.id, plan: 'starter', reason: 'They asked', dueAt });
    await suspendTenant(ctx, { tenantId: suspended.id, cause: 'payment_failure', reason: 'Invoice 4711 is late' });
    await suspendTenant(ctx, { tenantId: suspended.id, cause: 'terms_violation', reason: 'Shared accounts' });
    await offboardTenant(ctx, { tenantId: leaving.id, cause: 'contract_end', reason: 'The contract ends' });
    await offboardTenant(ctx, {
      tenantId: left.id,
      cause: 'terms_violation',
      reason: 'Fraud',
      secondAuthority: 'Lea Lead',
    });
  });
  return { living, suspended, leaving, left };
}
