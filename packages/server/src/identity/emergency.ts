import type { Ctx } from '../access/index.ts';
import { type AccessChange, closeAccess, type EmergencyInput } from '../tenants/index.ts';
import { endSessionsOfTenant } from './sessions.ts';

/**
 * Shuts everybody out at once: nobody logs in, no session and no token is taken any more, and applications hear of the
 * sessions that end.
 *
 * @throws what `closeAccess` refuses
 */
export async function shutOut(ctx: Ctx, input: EmergencyInput): Promise<AccessChange> {
  const change = await closeAccess(ctx, input);
  for (const { id: tenantId } of change.tenants) await endSessionsOfTenant(ctx, { tenantId, reason: 'tenant_closed' });
  return change;
}
