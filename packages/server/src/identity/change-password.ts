import { TenantryError } from '@tenantry/contract';
import type { Secret } from '../connectors/kit/index.ts';
import { actingUser } from './acting-user.ts';
import type { IdentityDeps } from './authentication.ts';
import { findImportedCost } from './imported-cost.ts';
import { findUserByEmail, toUser, type User, type UserRow } from './load.ts';
import { mailUser } from './mail-user.ts';
import { tenantPolicy } from './policy.ts';
import { assertPasswordFit, writePassword } from './set-password.ts';
import { assertAdmitted, forgive } from './throttle.ts';

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
  const { tenantId, email, now } = change;
  const subject = { kind: 'factor' as const, of: [tenantId, email, 'password'] };
  const { user, importedCost, enabled } = await database.tenantTransaction(tenantId, async (tx) => {
    await assertAdmitted(tx, [subject], now);
    return {
      user: await findUserByEmail(tx, tenantId, email),
      importedCost: await findImportedCost(tx, tenantId),
      enabled: (await tenantPolicy(tx, tenantId)).passwordsEnabled,
    };
  });
  const right = await hasher.matches({ hashed: user?.passwordHash ?? null, password: change.current, importedCost });
  if (user === undefined || !right || !enabled || !isUsable(user, now)) throw loginRefused();
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
    if (row === undefined) throw loginRefused();
    await forgive(tx, [subject], 'all');
    await mailUser(ctx, deps, row, 'password-changed', { key: `password-changed:${user.id}:${row.version}` });
    return toUser(row);
  });
}

const isUsable = ({ status, temporaryExpiresAt }: UserRow, now: Date): boolean =>
  status === 'active' && (temporaryExpiresAt === null || temporaryExpiresAt > now);

const loginRefused = (): TenantryError =>
  new TenantryError('user.login_refused', 'The e-mail address or the password is not right.', {
    next: 'Try again, or ask an administrator for a new temporary password.',
  });
