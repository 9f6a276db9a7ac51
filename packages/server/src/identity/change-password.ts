import type { Secret } from '../connectors/kit/index.ts';
import { actingUser } from './acting-user.ts';
import type { IdentityDeps } from './authentication.ts';
import { confirmPassword, passwordNotRight } from './confirm-password.ts';
import { toUser, type User } from './load.ts';
import { mailUser } from './mail-user.ts';
import { assertPasswordFit, writePassword } from './set-password.ts';

export interface PasswordChange {
  readonly tenantId: string;
  readonly email: string;
  readonly current: Secret;
  readonly next: Secret;
  readonly now: Date;
  /** The session it is made from, which goes on; all others end. */
  readonly keepSession?: string;
}

/**
 * Replaces a password by one the user chose; a temporary one ends with it, which makes it single-use (IDN-03). Whoever
 * knows the current password may do this: no scope is asked for.
 *
 * @throws user.login_refused when the current password is not right or has expired; user.password_refused;
 * request.throttled; identity.busy
 */
export async function changePassword(deps: IdentityDeps, change: PasswordChange): Promise<User> {
  const { database, keyring, hasher } = deps;
  const { tenantId, email, current, now } = change;
  const user = await confirmPassword(deps, { tenantId, email, password: current, now });
  await database.tenantTransaction(tenantId, (tx) => assertPasswordFit(tx, user, change));
  const hashed = await hasher.hash(change.next);
  return database.transaction('operator', async (tx) => {
    const ctx = { tx, keyring, now, actor: actingUser(user) };
    const row = await writePassword(ctx, user, {
      hashed,
      action: 'user.password_changed',
      keepSession: change.keepSession,
    });
    // Of two changes at once the second no longer knows the current password.
    if (row === undefined) throw passwordNotRight();
    await mailUser(ctx, deps, row, 'password-changed', { key: `password-changed:${user.id}:${row.version}` });
    return toUser(row);
  });
}
