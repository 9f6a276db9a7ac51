import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { actorLabel, type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { violatedConstraint } from '../../db/index.ts';
import type { OperatorMails } from '../mails.ts';
import { parseInput } from '../parse-input.ts';
import { endSessionsOf } from '../sessions.ts';
import { type Person, people } from '../tables.ts';
import { assertStillOwner, lockGrants } from './grants.ts';
import { endInvitations } from './invitations.ts';
import { loadOperator } from './load-operator.ts';

export const operatorEmailSchema = z.strictObject({
  personId: z.uuid(),
  email: z.email().max(254),
  reason: z.string().trim().min(1).max(1_000),
});

/**
 * Gives a person of the vendor another address to sign in with. Their browser sessions and open invitations end, both
 * addresses are told; keys, roles and the link to the vendor's provider stay.
 *
 * @throws access.forbidden, access.email_taken, access.person_not_found, request.invalid
 */
export async function setOperatorEmail(
  ctx: Ctx,
  mails: OperatorMails,
  input: z.input<typeof operatorEmailSchema>,
): Promise<void> {
  permit(ctx.actor, 'operators:write');
  const { personId, email, reason } = parseInput(operatorEmailSchema, input);
  await lockGrants(ctx.tx);
  await assertStillOwner(ctx);
  const person = await loadOperator(ctx, personId);
  if (person.email === email) return;
  await writeAddress(ctx, personId, email);
  const sessions = await endSessionsOf(ctx, personId, 'the e-mail address was changed');
  const invitations = await endInvitations(ctx, mails, personId);
  await recordAudit(ctx, {
    action: 'operator.email_changed',
    subject: { kind: 'person', id: personId, name: person.name },
    reason,
    detail: { from: person.email, to: email, sessions, invitations },
  });
  await tellBoth(ctx, mails, person, email);
}

async function writeAddress(ctx: Ctx, personId: string, email: string): Promise<void> {
  try {
    await ctx.tx.orm.update(people).set({ email }).where(eq(people.id, personId));
  } catch (error) {
    if (violatedConstraint(error) !== 'people_email_key') throw error;
    throw new TenantryError('access.email_taken', `Another person has the address ${email}.`, {
      next: 'Use another address.',
      facts: { email },
    });
  }
}

async function tellBoth(ctx: Ctx, mails: OperatorMails, person: Person, email: string): Promise<void> {
  const values = { email: person.email, new_email: email, by: actorLabel(ctx.actor) };
  for (const to of [person.email, email]) {
    await mails.send(ctx, {
      person: { ...person, email: to },
      template: 'operator-email-changed',
      key: `operator-email-changed:${person.id}:${ctx.now.getTime()}:${to}`,
      values,
    });
  }
}
