import { and, eq } from 'drizzle-orm';
import { recordAudit } from '../audit/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { findTokenTenant, issueToken, spendToken, tokenRefused } from './account-tokens.ts';
import { actingUser } from './acting-user.ts';
import type { IdentityDeps } from './authentication.ts';
import { findUser, toUser, type User, type UserRow } from './load.ts';
import { LOGIN } from './log-in.ts';
import { mailUser } from './mail-user.ts';
import { users } from './tables.ts';

/** Mails the link that verifies the address; one that was mailed before ends. */
export async function mailVerification(
  ctx: VaultCtx,
  deps: Pick<IdentityDeps, 'enqueueMail' | 'links'>,
  user: UserRow,
): Promise<void> {
  const { tokenId, link, expiresAt } = await issueToken(ctx, user, 'verify', deps.links.verifyEmail);
  await mailUser(ctx, deps, user, 'verify-email', { key: `verify:${tokenId}`, link, expiresAt });
}

/** The job behind `resendVerification`: nothing is sent to who is not there, or verified, or disabled. */
export async function sendVerification(deps: IdentityDeps, tenantId: string, userId: string, now: Date): Promise<void> {
  await deps.database.transaction('operator', async (tx) => {
    const user = await findUser(tx, tenantId, userId);
    if (user === undefined || user.status !== 'active' || user.emailVerifiedAt !== null) return;
    await mailVerification({ tx, keyring: deps.keyring, actor: LOGIN, now }, deps, user);
  });
}

/**
 * Spends the token of the mail: the address is the user's (LIFE-25, IDN-06).
 *
 * @throws user.token_refused
 */
export async function verifyEmail(
  { database, keyring }: IdentityDeps,
  { token, now }: { readonly token: string; readonly now: Date },
): Promise<User> {
  const tenantId = await findTokenTenant(database, token);
  if (tenantId === undefined) throw tokenRefused();
  return database.transaction('operator', async (tx) => {
    const user = await spendToken({ tx, keyring, actor: LOGIN, now }, tenantId, 'verify', token);
    const ctx = { tx, keyring, now, actor: actingUser(user) };
    const [row] = await tx.orm
      .update(users)
      .set({ emailVerifiedAt: now, mustVerifyEmail: false, version: user.version + 1, updatedAt: now })
      .where(and(eq(users.id, user.id), eq(users.tenantId, tenantId)))
      .returning();
    if (row === undefined) throw tokenRefused();
    await recordAudit(ctx, {
      action: 'user.email_verified',
      tenantId,
      subject: { kind: 'user', id: user.id, name: user.email },
    });
    return toUser(row);
  });
}
