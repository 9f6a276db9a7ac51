import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { parseInput } from '../parse-input.ts';
import { operatorIdentities } from '../tables.ts';
import { assertStillOwner, lockGrants } from './grants.ts';
import { loadOperator } from './load-operator.ts';
import { refuseOneself } from './set-grants.ts';

export const identityLinkSchema = z.strictObject({
  personId: z.uuid(),
  issuer: z.url().max(500),
  subject: z.string().min(1).max(255),
});

/**
 * Says which account of the vendor's provider a person is. The key is issuer and subject: an address can pass to
 * somebody else.
 *
 * @throws access.forbidden, access.own_role, access.person_not_found, access.email_taken when the account is somebody's
 */
export async function linkIdentity(ctx: Ctx, input: z.input<typeof identityLinkSchema>): Promise<void> {
  permit(ctx.actor, 'operators:write');
  const { personId, issuer, subject } = parseInput(identityLinkSchema, input);
  refuseOneself(ctx, personId);
  await lockGrants(ctx.tx);
  await assertStillOwner(ctx);
  const person = await loadOperator(ctx, personId);
  await writeIdentity(ctx, { personId, issuer, subject });
  await recordAudit(ctx, {
    action: 'operator.identity_linked',
    subject: { kind: 'person', id: personId, name: person.name },
    detail: { issuer, subject },
  });
}

/** @throws access.email_taken when the account is linked already */
export async function writeIdentity(
  ctx: Pick<Ctx, 'tx' | 'now'>,
  link: { readonly personId: string; readonly issuer: string; readonly subject: string },
): Promise<void> {
  const written = await ctx.tx.orm
    .insert(operatorIdentities)
    .values({ ...link, linkedAt: ctx.now })
    .onConflictDoNothing()
    .returning({ subject: operatorIdentities.subject });
  if (written.length === 1) return;
  throw new TenantryError('access.email_taken', 'This account of the provider is linked to a person already.', {
    next: 'Look the person up in tenantry operator list.',
    facts: { issuer: link.issuer },
  });
}
