import { TenantryError } from '@tenantry/contract';
import type { Tx } from '../db/index.ts';
import type { Actor } from './actor.ts';
import { covers, coversTenantData, type Where } from './reach.ts';
import type { Scope } from './scopes.ts';

/** What every mutation is handed: one transaction, who asks, and the time it is. */
export interface Ctx {
  readonly tx: Tx;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Refuses unless the actor holds the scope: anywhere, or where it is asked about. Runs and the machinery act on
 * authority that was checked when they were set in motion; users of tenants hold no scope of the platform.
 *
 * @throws access.forbidden; access.support_required when a live support access to the tenant is all that is missing
 */
export function permit(actor: Actor, scope: Scope, where?: Where): void {
  if (actor.kind === 'user') {
    throw new TenantryError('access.forbidden', 'This is for the people who run the product.', {
      next: 'Ask your contact there.',
      facts: { scope },
    });
  }
  if (actor.kind !== 'person') return;
  if (!actor.scopes.includes(scope)) {
    throw new TenantryError('access.forbidden', `${actor.name} may not do this: the scope ${scope} is missing.`, {
      next: 'Use a key that carries the scope, or ask an owner for a role that has it.',
      facts: { scope },
    });
  }
  if (where === undefined || coversTenantData(actor, scope, where)) return;
  if (covers(actor, scope, where)) throw supportRequired(actor.name, where);
  throw new TenantryError('access.forbidden', `${actor.name} holds the scope ${scope}, and not for this.`, {
    next: 'Ask an owner for a role that reaches this product and client.',
    facts: { scope },
  });
}

const supportRequired = (name: string, { tenantId }: Where): TenantryError =>
  new TenantryError('access.support_required', `${name} has no support access to this tenant at the moment.`, {
    next: 'Ask for one: tenantry support open TENANT --reason TEXT.',
    facts: { tenantId },
  });
