import { TenantryError } from '@tenantry/contract';
import { permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { lockTenant } from '../tenants/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { withdrawTokens } from './account-tokens.ts';
import type { IdentityDeps } from './authentication.ts';
import { isSame, isTaken, parseEmail, writeEmail } from './email-rows.ts';
import { emailTaken, mailInvitation } from './invite-user.ts';
import { lockUser, toUser, type User } from './load.ts';
import { mailUser } from './mail-user.ts';
import { endSessionsOf } from './sessions.ts';
import { mailVerification } from './verify-email.ts';

export interface EmailSetting {
  readonly tenantId: string;
  readonly userId: string;
  readonly email: string;
  readonly reason: string;
}

/**
 * Gives a user another address, in the name of the vendor: at once, for a reason. Every session and every link that
 * was mailed ends, a change the user asked for with them; both addresses are told.
 *
 * @throws user.not_found, user.email_taken, request.invalid, tenant.not_found, access.forbidden
 */
export async function setUserEmail(
  ctx: VaultCtx,
  deps: Pick<IdentityDeps, 'enqueueMail' | 'links'>,
  { tenantId, userId, email: wanted, reason }: EmailSetting,
): Promise<User> {
  permit(ctx.actor, 'tenants:write');
  if (reason.trim() === '') throw noReason();
  const email = parseEmail(wanted);
  await lockTenant(ctx, tenantId);
  const before = await lockUser(ctx.tx, tenantId, userId);
  if (await isTaken(ctx, before, email)) throw emailTaken(email);
  if (isSame(before.email, email)) return toUser(before);
  await withdrawTokens(ctx, before);
  const user = await writeEmail(ctx, before, { email, emailVerifiedAt: null });
  await endSessionsOf(ctx, { tenantId, userId, reason: 'email_changed' });
  await recordAudit(ctx, {
    action: 'user.email_changed',
    tenantId,
    subject: { kind: 'user', id: userId, name: email },
    reason,
    detail: { from: before.email },
  });
  if (user.status === 'invited') await mailInvitation(ctx, deps, user);
  if (user.status !== 'active') return toUser(user);
  await mailVerification(ctx, deps, user);
  const key = `email-changed:${userId}:${user.version}`;
  await mailUser(ctx, deps, before, 'email-changed', { key, more: { new_email: email } });
  return toUser(user);
}

const noReason = (): TenantryError =>
  new TenantryError('request.invalid', 'An address is changed for a reason: none was given.', {
    faults: [{ path: 'reason', message: 'says who asked for it, and how they were recognised' }],
  });
