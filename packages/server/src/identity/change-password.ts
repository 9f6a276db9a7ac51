import { TenantryError } from '@tenantry/contract';
import { and, eq } from 'drizzle-orm';
import { recordAudit } from '../audit/index.ts';
import { revealText, type Secret } from '../connectors/kit/index.ts';
import { revokeEntry, type VaultCtx } from '../vault/index.ts';
import { passwordFault } from './core/password.ts';
import { hashPassword, matchesPassword } from './hash-password.ts';
import { findUserByEmail, toUser, type User } from './load.ts';
import { users } from './tables.ts';

export interface PasswordChange {
  readonly tenantId: string;
  readonly email: string;
  readonly current: Secret;
  readonly next: Secret;
}

/**
 * Replaces a password by one the user chose; a temporary one ends with it. Whoever knows the current password may
 * do this: no scope is asked for.
 *
 * @throws user.login_refused when the current password is not right or has expired; user.password_refused
 */
export async function changePassword(ctx: VaultCtx, change: PasswordChange): Promise<User> {
  const user = await findUserByEmail(ctx.tx, change.tenantId, change.email);
  const right = await matchesPassword(user?.passwordHash ?? null, change.current);
  const expired = (user?.temporaryExpiresAt ?? null) !== null && (user?.temporaryExpiresAt ?? ctx.now) <= ctx.now;
  if (user === undefined || !right || expired || user.status !== 'active') throw loginRefused();
  const fault = passwordFault(revealText(change.next), { email: user.email, current: revealText(change.current) });
  if (fault !== undefined) {
    throw new TenantryError('user.password_refused', `The new password cannot be used: ${fault}.`, {
      faults: [{ path: 'next', message: fault }],
      next: 'Choose another password.',
    });
  }
  const [row] = await ctx.tx.orm
    .update(users)
    .set({
      passwordHash: await hashPassword(change.next),
      mustChangePassword: false,
      temporaryExpiresAt: null,
      temporaryPasswordRef: null,
      version: user.version + 1,
      updatedAt: ctx.now,
    })
    // Of two changes at once the second no longer knows the current password.
    .where(and(eq(users.id, user.id), eq(users.version, user.version)))
    .returning();
  if (row === undefined) throw loginRefused();
  if (user.temporaryPasswordRef !== null) {
    await revokeEntry(ctx, { $secret: user.temporaryPasswordRef }, 'The temporary password was changed.');
  }
  await recordAudit(ctx, {
    action: 'user.password_changed',
    tenantId: user.tenantId,
    subject: { kind: 'user', id: user.id, name: user.email },
  });
  return toUser(row);
}

const loginRefused = (): TenantryError =>
  new TenantryError('user.login_refused', 'The e-mail address or the password is not right.', {
    next: 'Try again, or ask an administrator for a new temporary password.',
  });
