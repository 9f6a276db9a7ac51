import { TenantryError } from '@tenantry/contract';
import type { Secret } from '../connectors/kit/index.ts';
import type { IdentityDeps } from './authentication.ts';
import { findImportedCost } from './imported-cost.ts';
import { findUserByEmail, type UserRow } from './load.ts';
import { tenantPolicy } from './policy.ts';
import { assertAdmitted, forgive } from './throttle.ts';

export interface PasswordProof {
  readonly tenantId: string;
  readonly email: string;
  readonly password: Secret;
  readonly now: Date;
}

/**
 * Whether somebody knows the password of a user now, for what asks for it again. A temporary one counts as well. Wrong
 * ones have to wait longer and longer; the right one forgets them.
 *
 * @throws user.login_refused, request.throttled, identity.busy
 */
export async function confirmPassword(
  { database, hasher }: Pick<IdentityDeps, 'database' | 'hasher'>,
  { tenantId, email, password, now }: PasswordProof,
): Promise<UserRow> {
  const counted = { kind: 'factor' as const, of: [tenantId, email, 'password'] };
  const { user, importedCost, enabled } = await database.tenantTransaction(tenantId, async (tx) => {
    await assertAdmitted(tx, [counted], now);
    return {
      user: await findUserByEmail(tx, tenantId, email),
      importedCost: await findImportedCost(tx, tenantId),
      enabled: (await tenantPolicy(tx, tenantId)).passwordsEnabled,
    };
  });
  const right = await hasher.matches({ hashed: user?.passwordHash ?? null, password, importedCost });
  if (user === undefined || !right || !enabled || !isUsable(user, now)) throw passwordNotRight();
  await database.tenantTransaction(tenantId, (tx) => forgive(tx, [counted], 'all'));
  return user;
}

const isUsable = ({ status, temporaryExpiresAt }: UserRow, now: Date): boolean =>
  status === 'active' && (temporaryExpiresAt === null || temporaryExpiresAt > now);

export const passwordNotRight = (): TenantryError =>
  new TenantryError('user.login_refused', 'The e-mail address or the password is not right.', {
    next: 'Try again, or ask an administrator for a new temporary password.',
  });
