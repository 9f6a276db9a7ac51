import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { insertPerson, RUNBOOK_ROLE } from '../create-person.ts';
import { parseInput } from '../parse-input.ts';
import { assertGrantsFit, assertStillOwner, grantForAudit, lockGrants, newGrantSchema, writeGrants } from './grants.ts';
import { type Invitation, writeInvitation } from './invitations.ts';

export const newOperatorSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  email: z.email().max(254),
  /** Runbook roles. */
  roles: z.array(RUNBOOK_ROLE).max(50).default([]),
  grants: z.array(newGrantSchema).min(1).max(50),
});

export type NewOperator = z.input<typeof newOperatorSchema>;

export interface InvitedOperator {
  readonly id: string;
  readonly invitation: Invitation;
}

/**
 * Invites a person of the vendor. Until they follow the invitation nothing signs them in; their grants wait.
 *
 * @throws access.forbidden, access.email_taken, request.invalid
 */
export async function createOperator(ctx: Ctx, input: NewOperator): Promise<InvitedOperator> {
  permit(ctx.actor, 'operators:write');
  const { grants, ...person } = parseInput(newOperatorSchema, input);
  await lockGrants(ctx.tx);
  await assertStillOwner(ctx);
  refuseStandIn(ctx);
  await assertGrantsFit(ctx, grants);
  const { id } = await insertPerson(ctx, { ...person, party: 'vendor', clientId: null, development: false });
  await writeGrants(ctx, id, grants, { replace: [], write: ctx.actor.kind === 'person' ? 'person' : 'setup' });
  const invitation = await writeInvitation(ctx, id);
  await recordAudit(ctx, {
    action: 'operator.invited',
    subject: { kind: 'person', id, name: person.name },
    detail: {
      email: person.email,
      roles: person.roles,
      grants: grants.map(grantForAudit),
      expiresAt: invitation.expiresAt.toISOString(),
    },
  });
  return { id, invitation };
}

/**
 * The first owner of an installation, made by the machinery where there is none. Undefined when there is one.
 *
 * @throws access.email_taken, request.invalid
 */
export async function createFirstOwner(
  ctx: Ctx,
  input: Pick<NewOperator, 'name' | 'email'>,
): Promise<InvitedOperator | undefined> {
  if (ctx.actor.kind !== 'system') {
    throw new TenantryError('access.forbidden', 'The first owner is made on the host.', { next: 'Ask an owner.' });
  }
  await lockGrants(ctx.tx);
  const { rowCount } = await ctx.tx.query(
    `select from grants g join people p on p.id = g.person_id
     where g.role = 'owner' and g.expires_at is null and p.disabled_at is null and not p.development limit 1`,
  );
  return rowCount > 0 ? undefined : createOperator(ctx, { ...input, grants: [{ role: 'owner' }] });
}

/** A seeded identity makes no real people: what it approves counts in development only, and so would theirs not. */
function refuseStandIn({ actor }: Ctx): void {
  if (actor.kind !== 'person' || !actor.development) return;
  throw new TenantryError('access.forbidden', `${actor.name} is a development identity and invites nobody.`, {
    next: 'Use a real person.',
  });
}
