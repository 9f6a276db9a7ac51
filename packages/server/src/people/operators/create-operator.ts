import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { insertPerson, RUNBOOK_ROLE } from '../create-person.ts';
import type { InvitationDeps } from '../mails.ts';
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
 * Invites a person of the vendor. The link goes to them by mail, and is answered for whoever
 * hands it on. Until they follow it nothing signs them in; their grants wait.
 *
 * @throws access.forbidden, access.email_taken, request.invalid
 */
export async function createOperator(ctx: Ctx, deps: InvitationDeps, input: NewOperator): Promise<InvitedOperator> {
  permit(ctx.actor, 'operators:write');
  const { grants, ...person } = parseInput(newOperatorSchema, input);
  await lockGrants(ctx.tx);
  await assertStillOwner(ctx);
  refuseStandIn(ctx);
  await assertGrantsFit(ctx, grants);
  const { id } = await insertPerson(ctx, { ...person, party: 'vendor', clientId: null, development: false });
  await writeGrants(ctx, id, grants, { replace: [], write: ctx.actor.kind === 'person' ? 'person' : 'setup' });
  const invitation = await writeInvitation(ctx, deps, { id, ...person });
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
 * The first owner of an installation, made by the machinery where nobody who owns it can get in. Whoever was invited
 * and has not followed is invited anew, so that a link that was lost or has expired locks nobody out. Undefined when
 * there is an owner.
 *
 * @throws access.email_taken, request.invalid
 */
export async function createFirstOwner(
  ctx: Ctx,
  deps: InvitationDeps,
  input: Pick<NewOperator, 'name' | 'email'>,
): Promise<InvitedOperator | undefined> {
  if (ctx.actor.kind !== 'system') {
    throw new TenantryError('access.forbidden', 'The first owner is made on the host.', { next: 'Ask an owner.' });
  }
  await lockGrants(ctx.tx);
  const owners = await ownersOf(ctx);
  if (owners.some(({ getsIn }) => getsIn)) return undefined;
  const invited = owners.find(({ email }) => email.toLowerCase() === input.email.toLowerCase());
  if (invited === undefined) return createOperator(ctx, deps, { ...input, grants: [{ role: 'owner' }] });
  const invitation = await writeInvitation(ctx, deps, invited);
  await recordAudit(ctx, {
    action: 'operator.invited_again',
    subject: { kind: 'person', id: invited.id, name: invited.name },
    detail: { expiresAt: invitation.expiresAt.toISOString() },
  });
  return { id: invited.id, invitation };
}

interface Owner {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Has a password and an authenticator app, an account of the vendor's provider, or a key. */
  readonly getsIn: boolean;
}

async function ownersOf({ tx, now }: Ctx): Promise<readonly Owner[]> {
  const { rows } = await tx.query<Owner>(
    `select p.id, p.name, p.email,
       exists (select from operator_credentials c where c.person_id = p.id and c.confirmed_at is not null)
       or exists (select from operator_identities i where i.person_id = p.id)
       or exists (select from api_keys k where k.person_id = p.id and k.revoked_at is null
                    and (k.expires_at is null or k.expires_at > $1)) as "getsIn"
     from people p where p.disabled_at is null and not p.development
       and exists (select from grants g where g.person_id = p.id and g.role = 'owner' and g.expires_at is null)`,
    [now],
  );
  return rows;
}

/** A seeded identity makes no real people: what it approves counts in development only, and so would theirs not. */
function refuseStandIn({ actor }: Ctx): void {
  if (actor.kind !== 'person' || !actor.development) return;
  throw new TenantryError('access.forbidden', `${actor.name} is a development identity and invites nobody.`, {
    next: 'Use a real person.',
  });
}
