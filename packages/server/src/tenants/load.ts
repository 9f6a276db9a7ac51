import { isUuid, TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { type Actor, covers, permit, type Scope } from '../access/index.ts';
import { columnsOf, type Tx } from '../db/index.ts';
import { tenants } from './tables.ts';

/** A tenant as the registry holds it. `version` counts every change, `settingsVersion` those of its configuration. */
export type Tenant = typeof tenants.$inferSelect;

const notFound = (what: string): TenantryError =>
  new TenantryError('tenant.not_found', `There is no tenant ${what}.`, { next: 'Check the id or slug.' });

const SELECT = `select ${columnsOf(tenants)} from tenants`;
const BY_ID = { name: 'tenant-by-id', text: `${SELECT} where id = $1` };
const BY_SLUG = { name: 'tenant-by-slug', text: `${SELECT} where slug = $1` };

export async function findTenant(tx: Tx, id: string): Promise<Tenant | undefined> {
  const { rows } = await tx.query<Tenant>(BY_ID, [id]);
  return rows[0];
}

export async function findTenantBySlug(tx: Tx, slug: string): Promise<Tenant | undefined> {
  const { rows } = await tx.query<Tenant>(BY_SLUG, [slug]);
  return rows[0];
}

/** @throws tenant.not_found */
export async function loadTenant(tx: Tx, id: string): Promise<Tenant> {
  const tenant = await findTenant(tx, id);
  if (tenant === undefined) throw notFound(id);
  return tenant;
}

/**
 * A tenant for somebody who asks to see it, by id or slug: no slug has the form of an id. Whatever lies outside the
 * reader's products and clients answers as if it did not exist.
 *
 * @throws tenant.not_found, access.forbidden, access.support_required
 */
export async function readTenant(ctx: { readonly tx: Tx; readonly actor: Actor }, idOrSlug: string): Promise<Tenant> {
  permit(ctx.actor, 'tenants:read');
  const tenant = isUuid(idOrSlug) ? await findTenant(ctx.tx, idOrSlug) : await findTenantBySlug(ctx.tx, idOrSlug);
  if (tenant === undefined || !isWithinReach(ctx.actor, 'tenants:read', tenant)) throw notFound(idOrSlug);
  permitTenant(ctx.actor, 'tenants:read', tenant);
  return tenant;
}

type Place = Pick<Tenant, 'id' | 'productId' | 'clientId'>;

/** Whether a tenant exists for the actor at all; what they may see of it is `permitTenant`'s to say. */
export const isWithinReach = (actor: Actor, scope: Scope, { productId, clientId }: Omit<Place, 'id'>): boolean =>
  covers(actor, scope, { productId, clientId });

/** @throws access.forbidden, access.support_required */
export const permitTenant = (actor: Actor, scope: Scope, { id: tenantId, productId, clientId }: Place): void =>
  permit(actor, scope, { productId, clientId, tenantId });

/**
 * The tenant, held until the transaction ends, so that of two changes at once the second sees the first. It is there
 * to be changed: what the actor may not change answers as if it did not exist.
 *
 * @throws tenant.not_found, access.support_required; request.precondition_failed when it is no longer at `ifVersion`
 */
export async function lockTenant(
  ctx: { readonly tx: Tx; readonly actor: Actor },
  id: string,
  ifVersion?: number,
): Promise<Tenant> {
  const [tenant] = await ctx.tx.orm.select().from(tenants).where(eq(tenants.id, id)).for('update');
  if (tenant === undefined || !isWithinReach(ctx.actor, 'tenants:write', tenant)) throw notFound(id);
  permitTenant(ctx.actor, 'tenants:write', tenant);
  if (ifVersion === undefined || ifVersion === tenant.version) return tenant;
  throw new TenantryError(
    'request.precondition_failed',
    `The tenant ${tenant.slug} is at version ${tenant.version}, not ${ifVersion}.`,
    {
      facts: { version: tenant.version },
      next: 'Read it again, look at what is different, and send the change again.',
    },
  );
}
