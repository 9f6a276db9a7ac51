import { bug, TenantryError } from '@tenantry/contract';
import { and, eq, gt, isNull } from 'drizzle-orm';
import type { Ctx } from '../../access/index.ts';
import type { Secret } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import { hashOf } from '../key-text.ts';
import { operatorInvitations, type Person, people } from '../tables.ts';
import { newToken } from '../token-text.ts';

export const INVITATION_MS = 3 * 24 * 60 * 60_000;

export interface Invitation {
  /** Stands in the link; only its hash is kept. */
  readonly token: Secret;
  readonly expiresAt: Date;
}

/** A new invitation takes the place of any before it. */
export async function writeInvitation(ctx: Ctx, personId: string): Promise<Invitation> {
  await ctx.tx.orm
    .update(operatorInvitations)
    .set({ expiresAt: ctx.now })
    .where(and(eq(operatorInvitations.personId, personId), isNull(operatorInvitations.usedAt)));
  const { token, hash } = newToken();
  const expiresAt = new Date(ctx.now.getTime() + INVITATION_MS);
  await ctx.tx.orm.insert(operatorInvitations).values({ personId, tokenHash: hash, createdAt: ctx.now, expiresAt });
  return { token, expiresAt };
}

export interface OpenInvitation {
  readonly id: string;
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
    .select({ id: operatorInvitations.id, person: people })
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
export async function spendInvitation(ctx: Pick<Ctx, 'tx' | 'now'>, { id, person }: OpenInvitation): Promise<void> {
  const { rowCount } = await ctx.tx.orm
    .update(operatorInvitations)
    .set({ usedAt: ctx.now })
    .where(and(eq(operatorInvitations.id, id), isNull(operatorInvitations.usedAt)));
  if (rowCount === 1) return;
  if (rowCount === null) throw bug('An UPDATE gave no count.');
  throw new TenantryError('access.invitation_spent', `The invitation of ${person.name} was used this very moment.`, {
    next: 'Ask an owner for a new one, if it was not you.',
  });
}
