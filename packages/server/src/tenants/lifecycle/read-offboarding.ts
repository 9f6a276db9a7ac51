import { TenantryError } from '@tenantry/contract';
import { type Ctx, permit } from '../../access/index.ts';
import { findTenant, isWithinReach, permitTenant, readTenant } from '../load.ts';
import { findOffboarding, type Offboarding } from './offboarding-rows.ts';

/**
 * How a tenant leaves or has left, by id or slug; undefined when it never began to. It is told after the tenant is gone as
 * well, to whoever reached it.
 *
 * @throws tenant.not_found, access.forbidden
 */
export async function readOffboarding(ctx: Ctx, idOrSlug: string): Promise<Offboarding | undefined> {
  permit(ctx.actor, 'tenants:read');
  const found = await findOffboarding(ctx.tx, idOrSlug);
  // A slug may have been given to somebody else since.
  const gone =
    found !== undefined && found.state === 'deleted' && (await findTenant(ctx.tx, found.tenantId)) === undefined;
  if (!gone) {
    const { id } = await readTenant(ctx, idOrSlug);
    return findOffboarding(ctx.tx, id);
  }
  const { productId, clientId, tenantId: id } = found;
  if (!isWithinReach(ctx.actor, 'tenants:read', { productId, clientId })) {
    throw new TenantryError('tenant.not_found', `There is no tenant ${idOrSlug}.`, { next: 'Check the id or slug.' });
  }
  permitTenant(ctx.actor, 'tenants:read', { id, productId, clientId });
  return found;
}
