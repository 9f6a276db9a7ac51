import { TenantryError } from '@tenantry/contract';
import type { Actor } from './actor.ts';
import { permit } from './permit.ts';
import type { Scope } from './scopes.ts';
import { mayAct, type UserAct } from './tenant-permissions.ts';

/** The scope by which people of the vendor do the same, in the tenants they reach. */
const SCOPE_OF: Readonly<Record<UserAct, Scope>> = {
  'users:read': 'tenants:read',
  'users:write': 'tenants:write',
  'plan:request': 'tenants:write',
};

/**
 * Refuses unless the actor may do this with the tenant or its users. Which tenants people of the vendor reach is
 * decided where the tenant is looked up.
 *
 * @throws access.forbidden
 */
export function permitUserAct(actor: Actor, act: UserAct, tenantId: string): void {
  if (actor.kind !== 'user') return permit(actor, SCOPE_OF[act]);
  if (actor.tenantId === tenantId && actor.permission !== undefined && mayAct(actor.permission, act)) return;
  throw new TenantryError('access.forbidden', 'Only an administrator of the tenant may do this.', {
    next: 'Ask an administrator of your company.',
  });
}
