import { TenantryError } from '@tenantry/contract';
import type { Tx } from '../db/index.ts';
import type { Actor, Scope } from './actor.ts';

/** What every mutation is handed: one transaction, who asks, and the time it is. */
export interface Ctx {
  readonly tx: Tx;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Refuses unless the actor holds the scope. Runs and the machinery act on authority that was checked when
 * they were set in motion.
 *
 * @throws access.forbidden
 */
export function permit(actor: Actor, scope: Scope): void {
  if (actor.kind !== 'person' || actor.scopes.includes(scope)) return;
  throw new TenantryError('access.forbidden', `${actor.name} may not do this: the key lacks the scope ${scope}.`, {
    next: 'Use a key that carries the scope, or ask an owner for one.',
    facts: { scope },
  });
}
