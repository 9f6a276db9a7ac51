import { TenantryError } from '@tenantry/contract';
import { and, count, eq, ne } from 'drizzle-orm';
import { mayAct } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import { loadLimits, loadRoles, loadTenant, type Tenant } from '../tenants/index.ts';
import { users } from './tables.ts';

/** @throws request.invalid naming the roles there are */
export async function assertRole(tx: Tx, { tenantId, role }: { tenantId: string; role: string }): Promise<void> {
  const keys = (await loadRoles(tx, tenantId)).map((one) => one.key);
  if (keys.includes(role)) return;
  const message = `"${role}" is not one of ${keys.join(', ')}`;
  throw new TenantryError('request.invalid', `The role does not exist in this product: ${message}.`, {
    faults: [{ path: 'role', message }],
    next: `Use one of: ${keys.join(', ')}.`,
  });
}

/** Roles of the product that administer a tenant. */
export const loadAdminRoles = async (tx: Tx, tenantId: string): Promise<readonly string[]> =>
  (await loadRoles(tx, tenantId)).filter(({ permission }) => mayAct(permission, 'users:write')).map(({ key }) => key);

/** How many more users the tenant may have; an invited user has their place. The tenant is held by the caller. */
export async function loadPlaces(tx: Tx, tenant: Tenant): Promise<{ allowed: number; used: number }> {
  const limit = (await loadLimits(tx, tenant)).limits.users;
  const [counted] = await tx.orm
    .select({ used: count() })
    .from(users)
    .where(and(eq(users.tenantId, tenant.id), ne(users.status, 'disabled')));
  const allowed = limit === undefined || limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit;
  return { allowed, used: counted?.used ?? 0 };
}

/** How many users of the tenant have a place. */
export const countPlaces = async (tx: Tx, tenantId: string): Promise<number> =>
  (await loadPlaces(tx, await loadTenant(tx, tenantId))).used;

/** @throws tenant.limit_reached */
export async function assertWithinLimit(tx: Tx, tenant: Tenant): Promise<void> {
  const { allowed, used } = await loadPlaces(tx, tenant);
  if (used < allowed) return;
  throw new TenantryError(
    'tenant.limit_reached',
    `The plan of ${tenant.slug} allows ${allowed} users, and it has ${used}.`,
    {
      facts: { limit: 'users', allowed, used },
      next: 'Change the plan, raise the limit by contract, or remove a user.',
    },
  );
}
