import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { InvitationDeps } from '../mails.ts';
import { endSessionsOf } from '../sessions.ts';
import { operatorCredentials, operatorRecoveryCodes } from '../tables.ts';
import { assertStillOwner, lockGrants } from './grants.ts';
import { type Invitation, writeInvitation } from './invitations.ts';
import { loadOperator } from './load-operator.ts';
import { refuseOneself } from './set-grants.ts';

/**
 * For a lost password, authenticator app and recovery codes: ends all three and the sessions made with them, and
 * gives a new invitation, by mail and in the answer. Keys, grants and the link to the vendor's provider stay.
 *
 * @throws access.forbidden, access.own_role, access.person_not_found, request.invalid for a disabled person
 */
export async function reinviteOperator(
  ctx: Ctx,
  deps: InvitationDeps,
  input: { readonly personId: string; readonly reason: string },
): Promise<Invitation> {
  permit(ctx.actor, 'operators:write');
  refuseOneself(ctx, input.personId);
  await lockGrants(ctx.tx);
  await assertStillOwner(ctx);
  const person = await loadOperator(ctx, input.personId);
  if (person.disabledAt !== null) {
    throw new TenantryError('request.invalid', `${person.name} is disabled, so an invitation would open nothing.`, {
      faults: [{ path: 'operator', message: 'is disabled' }],
      next: 'Choose another person.',
    });
  }
  await ctx.tx.orm.delete(operatorRecoveryCodes).where(eq(operatorRecoveryCodes.personId, person.id));
  await ctx.tx.orm.delete(operatorCredentials).where(eq(operatorCredentials.personId, person.id));
  const sessions = await endSessionsOf(ctx, person.id, 'a new invitation was given');
  const invitation = await writeInvitation(ctx, deps, person);
  await recordAudit(ctx, {
    action: 'operator.invited_again',
    subject: { kind: 'person', id: person.id, name: person.name },
    reason: input.reason,
    detail: { sessions, expiresAt: invitation.expiresAt.toISOString() },
  });
  return invitation;
}
