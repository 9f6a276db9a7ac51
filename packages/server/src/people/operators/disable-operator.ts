import { and, eq, isNull } from 'drizzle-orm';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { OperatorMails } from '../mails.ts';
import { apiKeys, operatorSessions, people, supportAccess } from '../tables.ts';
import { assertOwnerRemains, assertStillOwner, isLastingOwner, lockGrants } from './grants.ts';
import { endInvitations } from './invitations.ts';
import { loadOperator } from './load-operator.ts';
import { refuseOneself } from './set-grants.ts';

/**
 * Ends everything of a person of the vendor at once: keys, sessions, invitations, support access. They stay in the
 * records of what they did. A second call changes nothing.
 *
 * @throws access.forbidden, access.own_role, access.last_owner, access.person_not_found
 */
export async function disableOperator(
  ctx: Ctx,
  mails: OperatorMails,
  input: { readonly personId: string; readonly reason: string },
): Promise<void> {
  permit(ctx.actor, 'operators:write');
  refuseOneself(ctx, input.personId);
  await lockGrants(ctx.tx);
  await assertStillOwner(ctx);
  const person = await loadOperator(ctx, input.personId);
  if (person.disabledAt !== null) return;
  const wasOwner = await isLastingOwner(ctx.tx, person.id);
  await ctx.tx.orm.update(people).set({ disabledAt: ctx.now }).where(eq(people.id, person.id));
  if (wasOwner) await assertOwnerRemains(ctx.tx, person);
  const ended = await endEverything(ctx, mails, person.id);
  await recordAudit(ctx, {
    action: 'operator.disabled',
    subject: { kind: 'person', id: person.id, name: person.name },
    reason: input.reason,
    detail: ended,
  });
}

async function endEverything(ctx: Ctx, mails: OperatorMails, personId: string) {
  const { actor, now } = ctx;
  const { orm } = ctx.tx;
  const keys = await orm
    .update(apiKeys)
    .set({ revokedAt: now })
    .where(and(eq(apiKeys.personId, personId), isNull(apiKeys.revokedAt)));
  const sessions = await orm
    .update(operatorSessions)
    .set({ endedAt: now, endedReason: 'the person was disabled' })
    .where(and(eq(operatorSessions.personId, personId), isNull(operatorSessions.endedAt)));
  await endInvitations(ctx, mails, personId);
  const support = await orm
    .update(supportAccess)
    .set({ endedAt: now, endedBy: actor.kind === 'person' ? actor.id : null, endedReason: 'the person was disabled' })
    .where(and(eq(supportAccess.personId, personId), isNull(supportAccess.endedAt)));
  return { keys: keys.rowCount, sessions: sessions.rowCount, supportAccess: support.rowCount };
}
