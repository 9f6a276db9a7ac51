import { bug, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { permitUserAct } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { lockTenant } from '../tenants/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { issueToken } from './account-tokens.ts';
import { onBehalf } from './acting-user.ts';
import type { IdentityDeps } from './authentication.ts';
import { findUserByEmail, findUserByKey, lockUser, toUser, type User, type UserRow } from './load.ts';
import { mailUser } from './mail-user.ts';
import { users } from './tables.ts';
import { assertRole, assertWithinLimit } from './user-rules.ts';

const invitationSchema = z.strictObject({
  tenantId: z.uuid(),
  email: z.email().max(320),
  fullName: z.string().trim().min(1).max(255),
  /** A role key of the product. */
  role: z.string(),
  /** May log in before go-live. */
  pilot: z.boolean().default(false),
  /** Whether the link is mailed now; else with the next invitations of the tenant. */
  mail: z.boolean().default(true),
  /** The same again answers the user who was invited under it, and mails nothing. */
  key: z.string().min(1).max(300).optional(),
});

export type Invitation = z.input<typeof invitationSchema>;

type InviteDeps = Pick<IdentityDeps, 'enqueueMail' | 'links'>;

/**
 * Invites somebody: a user without a password, and a mail with the link by which they choose one. The mail waits in
 * the outbox for as long as no mail server takes it.
 *
 * @throws request.invalid, request.idempotency_reused, user.email_taken, tenant.limit_reached, tenant.not_found, access.forbidden
 */
export async function inviteUser(ctx: VaultCtx, deps: InviteDeps, input: Invitation): Promise<User> {
  permitUserAct(ctx.actor, 'users:write', input.tenantId);
  const { key, mail, ...wish } = parseInvitation(input);
  const tenant = await lockTenant(onBehalf(ctx), wish.tenantId);
  await assertRole(ctx.tx, wish);
  const earlier = await findUserByKey(ctx.tx, wish.tenantId, key);
  if (earlier !== undefined) return replay(earlier, wish.email);
  if ((await findUserByEmail(ctx.tx, wish.tenantId, wish.email)) !== undefined) throw emailTaken(wish.email);
  await assertWithinLimit(ctx.tx, tenant);
  const times = { createdAt: ctx.now, updatedAt: ctx.now };
  const [row] = await ctx.tx.orm
    .insert(users)
    .values({ ...wish, ...times, status: 'invited', createdKey: key, createdRunId: runIdOf(ctx) })
    .returning();
  if (row === undefined) throw bug('An inserted user was not returned.');
  await recordAudit(ctx, {
    action: 'user.invited',
    tenantId: row.tenantId,
    subject: { kind: 'user', id: row.id, name: row.email },
    detail: { role: row.role, pilot: row.pilot },
  });
  if (mail) await mailInvitation(ctx, deps, row);
  return toUser(row);
}

const runIdOf = ({ actor }: VaultCtx): string | null => (actor.kind === 'run' ? actor.runId : null);

/** @throws request.idempotency_reused */
function replay(earlier: UserRow, email: string): User {
  if (earlier.email.toLowerCase() === email.toLowerCase()) return toUser(earlier);
  throw new TenantryError('request.idempotency_reused', `The user ${earlier.email} was made under this key before.`, {
    facts: { user: earlier.id },
    next: 'Delete that user first if the address was wrong.',
  });
}

/** Mails the link again; the one before ends. @throws user.not_found, request.invalid for who is no longer invited */
export async function resendInvitation(
  ctx: VaultCtx,
  deps: InviteDeps,
  { tenantId, userId }: { readonly tenantId: string; readonly userId: string },
): Promise<void> {
  permitUserAct(ctx.actor, 'users:write', tenantId);
  await lockTenant(onBehalf(ctx), tenantId);
  const user = await lockUser(ctx.tx, tenantId, userId);
  if (user.status !== 'invited') {
    throw new TenantryError('request.invalid', `${user.email} has accepted the invitation, or was disabled.`, {
      next: 'Send a link for a new password instead.',
    });
  }
  await mailInvitation(ctx, deps, user);
}

export async function mailInvitation(ctx: VaultCtx, deps: InviteDeps, user: UserRow): Promise<void> {
  const { tokenId, link, expiresAt } = await issueToken(ctx, user, 'invite', deps.links.acceptInvitation);
  await mailUser(ctx, deps, user, 'invitation', { key: `invite:${tokenId}`, link, expiresAt });
}

function parseInvitation(input: Invitation): z.output<typeof invitationSchema> {
  const parsed = invitationSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TenantryError('request.invalid', 'The user cannot be invited: a field does not fit.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named.',
  });
}

export const emailTaken = (email: string): TenantryError =>
  new TenantryError('user.email_taken', `The tenant has a user with the address ${email} already.`, {
    next: 'Use the user that is there, or give another address.',
  });
