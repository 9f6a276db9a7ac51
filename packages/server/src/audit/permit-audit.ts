import { TenantryError } from '@tenantry/contract';
import { type Actor, permit } from '../access/index.ts';

/** @throws access.forbidden without `audit:read` for all products and clients, and to people of a client */
export function permitAudit(actor: Actor): void {
  permit(actor, 'audit:read', { productId: null, clientId: null });
  if (actor.kind !== 'person' || (actor.party === 'vendor' && actor.clientId === undefined)) return;
  throw new TenantryError('access.forbidden', "The audit log is the vendor's: it tells of other clients too.", {
    next: 'The evidence of a run of yours has the rows that concern it.',
  });
}
