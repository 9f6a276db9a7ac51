/** Where somebody may do something: pure answers from the grants an actor carries. */
import type { Actor, ActorGrant, PersonActor } from './actor.ts';
import { PLATFORM_ROLES } from './roles.ts';
import type { Scope } from './scopes.ts';

/**
 * What is asked about. A member left out is not asked about; null means that the thing belongs to no product, no
 * client, so that only grants without that limit cover it.
 */
export interface Where {
  readonly productId?: string | null;
  readonly clientId?: string | null;
  /** Set when the data of this one tenant is read or changed, not only that it exists. */
  readonly tenantId?: string | null;
}

/**
 * The reach of one scope, for lists: everything, or pairs of product and client at the same place in both arrays,
 * null standing for every one. Two empty arrays reach nothing.
 */
export type Reach =
  | 'everything'
  | { readonly products: readonly (string | null)[]; readonly clients: readonly (string | null)[] };

/** Whether the scope holds there, support access left aside: what is out of reach does not exist for the actor. */
export function covers(actor: Actor, scope: Scope, where: Where): boolean {
  if (actor.kind === 'user') return false;
  if (actor.kind !== 'person') return true;
  if (!actor.scopes.includes(scope)) return false;
  if (isConfined(actor)) return isOwnClient(actor, where);
  return actor.grants === undefined || actor.grants.some((grant) => holds(grant, scope, where));
}

/** Whether the scope holds there for the tenant's own data. */
export function coversTenantData(actor: Actor, scope: Scope, where: Where): boolean {
  if (!covers(actor, scope, where)) return false;
  if (actor.kind !== 'person' || isConfined(actor) || actor.grants === undefined) return true;
  const { tenantId } = where;
  if (tenantId === undefined || tenantId === null || actor.supports?.includes(tenantId) === true) return true;
  return actor.grants.some((grant) => holds(grant, scope, where) && PLATFORM_ROLES[grant.role].tenantData === 'always');
}

/** Where a scope reaches, for the conditions of a list. */
export function reachOf(actor: Actor, scope: Scope): Reach {
  if (actor.kind === 'user') return NOTHING;
  if (actor.kind !== 'person') return 'everything';
  if (isConfined(actor)) {
    return actor.clientId === undefined ? NOTHING : { products: [null], clients: [actor.clientId] };
  }
  if (actor.grants === undefined) return 'everything';
  const grants = actor.grants.filter(({ role }) => PLATFORM_ROLES[role].scopes.includes(scope));
  if (grants.some(({ productId, clientId }) => productId === null && clientId === null)) return 'everything';
  return { products: grants.map(({ productId }) => productId), clients: grants.map(({ clientId }) => clientId) };
}

const NOTHING: Reach = { products: [], clients: [] };

/** What is the vendor's own business is hidden from them. */
export const isClientPerson = (actor: Actor): boolean => actor.kind === 'person' && isConfined(actor);

/** People of a client, whatever their key says. */
const isConfined = ({ party, clientId }: PersonActor): boolean => party === 'client' || clientId !== undefined;

const isOwnClient = ({ clientId, tenantId }: PersonActor, where: Where): boolean =>
  (where.clientId === undefined || (clientId !== undefined && clientId === where.clientId)) &&
  (tenantId === undefined || where.tenantId === undefined || where.tenantId === tenantId);

const holds = (grant: ActorGrant, scope: Scope, where: Where): boolean =>
  PLATFORM_ROLES[grant.role].scopes.includes(scope) &&
  includes(grant.productId, where.productId) &&
  includes(grant.clientId, where.clientId);

const includes = (limit: string | null, asked: string | null | undefined): boolean =>
  limit === null || asked === undefined || limit === asked;
