import { randomUUID } from 'node:crypto';
import { bug, TenantryError } from '@tenantry/contract';
import { and, eq, gt, isNull } from 'drizzle-orm';
import type { Ctx } from '../../access/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import { hashOf } from '../key-text.ts';
import type { InvitationDeps, OperatorMails } from '../mails.ts';
import { operatorInvitations, type Person, people } from '../tables.ts';
import { newToken } from '../token-text.ts';

export const INVITATION_MS = 3 * 24 * 60 * 60_000;

export interface Invitation {
  /** Stands in the link; only its hash is kept. */
  readonly token: Secret;
  readonly expiresAt: Date;
}

/** The page that opens an invitation. */
export const invitationLink = (publicUrl: string, { token }: Pick<Invitation, 'token'>): Secret =>
  new Secret(`${publicUrl}/operator/invitation?token=${token.reveal()}`);

/** A new invitation takes the place of any before it, and is mailed to the person. */
export async function writeInvitation(
  ctx: Ctx,
  { publicUrl, mails }: InvitationDeps,
  person: Pick<Person, 'id' | 'name' | 'email'>,
): Promise<Invitation> {
  await endInvitations(ctx, mails, person.id);
  const { token, hash } = newToken();
  const id = randomUUID();
  const expiresAt = new Date(ctx.now.getTime() + INVITATION_MS);
  const linkRef = await mails.send(ctx, {
    person,
    template: 'operator-invitation',
    key: `operator-invitation:${id}`,
    values: { inviter: ctx.actor.kind === 'person' ? ctx.actor.name : 'The people who set it up', site: publicUrl },
    link: { url: invitationLink(publicUrl, { token }), expiresAt },
  });
  const row = { id, personId: person.id, tokenHash: hash, createdAt: ctx.now, expiresAt, linkRef };
  await ctx.tx.orm.insert(operatorInvitations).values(row);
  return { token, expiresAt };
}

/** Ends the open invitations of a person, and the mails that wait with them. Answers how many. */
export async function endInvitations(ctx: Ctx, mails: OperatorMails, personId: string): Promise<number> {
  const ended = await ctx.tx.orm
    .update(operatorInvitations)
    .set({ expiresAt: ctx.now })
    .where(
      and(
        eq(operatorInvitations.personId, personId),
        isNull(operatorInvitations.usedAt),
        gt(operatorInvitations.expiresAt, ctx.now),
      ),
    )
    .returning({ linkRef: operatorInvitations.linkRef });
  for (const { linkRef } of ended) if (linkRef !== null) await mails.withdraw(ctx, linkRef);
  return ended.length;
}

export interface OpenInvitation {
  readonly id: string;
  readonly linkRef: string | null;
  readonly person: Person;
}

/** @throws access.invitation_spent, with one text for every reason */
export async function loadInvitation(
  tx: Tx,
  by: { token: string } | { id: string },
  now: Date,
): Promise<OpenInvitation> {
  const which = 'id' in by ? eq(operatorInvitations.id, by.id) : eq(operatorInvitations.tokenHash, hashOf(by.token));
  const [row] = await tx.orm
    .select({ id: operatorInvitations.id, linkRef: operatorInvitations.linkRef, person: people })
    .from(operatorInvitations)
    .innerJoin(people, eq(people.id, operatorInvitations.personId))
    .where(
      and(which, isNull(operatorInvitations.usedAt), gt(operatorInvitations.expiresAt, now), isNull(people.disabledAt)),
    );
  if (row !== undefined) return row;
  throw new TenantryError('access.invitation_spent', 'This invitation was used, has expired or was replaced.', {
    next: 'Ask an owner for a new one.',
  });
}

/** Of two at once one wins. @throws access.invitation_spent */
export async function spendInvitation(
  ctx: Ctx,
  mails: OperatorMails,
  { id, linkRef, person }: OpenInvitation,
): Promise<void> {
  const { rowCount } = await ctx.tx.orm
    .update(operatorInvitations)
    .set({ usedAt: ctx.now })
    .where(and(eq(operatorInvitations.id, id), isNull(operatorInvitations.usedAt)));
  if (rowCount === 1) return linkRef === null ? undefined : mails.withdraw(ctx, linkRef);
  if (rowCount === null) throw bug('An UPDATE gave no count.');
  throw new TenantryError('access.invitation_spent', `The invitation of ${person.name} was used this very moment.`, {
    next: 'Ask an owner for a new one, if it was not you.',
  });
}
