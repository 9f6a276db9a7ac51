import { TenantryError } from '@tenantry/contract';
import { type Ctx, isClientPerson, type Scope } from '../../access/index.ts';
import type { RunRecord } from '../../runbooks/index.ts';

/** Links and what the vendor says about them are the vendor's own business, whatever scopes a client's key carries. */
export function refuseClients(ctx: Ctx, scope: Scope): void {
  if (!isClientPerson(ctx.actor)) return;
  throw new TenantryError('access.forbidden', 'This is for the people of the vendor.', {
    next: 'Open your own portal, or ask your contact there.',
    facts: { scope },
  });
}

/** @throws portal.person_refused for a run that is about no client's tenant */
export function placeOf({ meta }: RunRecord): { tenantId: string; clientId: string; productId: string | null } {
  const { tenantId, clientId, productId } = meta;
  if (tenantId !== null && clientId !== null) return { tenantId, clientId, productId };
  throw new TenantryError('portal.person_refused', 'This run is about no tenant of a client, so it has no portal.', {
    next: 'Name the client in the file the run is started with.',
  });
}
