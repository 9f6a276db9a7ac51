import type { Secret } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { loadTenant, type Tenant } from '../tenants/index.ts';
import { isClosed } from './core/login.ts';
import { checkHasher } from './hash-password.ts';
import { findImportedCost } from './imported-cost.ts';
import { findUserByEmail, type UserRow } from './load.ts';

export interface LoginAttempt {
  readonly tenantId: string;
  readonly email: string;
  readonly password: Secret;
  readonly now: Date;
}

/** `reason` is for the trace of the attempt and never for the one who tries: it says whether an account exists. */
export type LoginVerdict =
  | { readonly accepted: true; readonly userId: string; readonly mustChangePassword: boolean }
  | { readonly accepted: false; readonly reason: 'wrong' | 'disabled' | 'expired' | 'tenant_closed' };

/**
 * Checks a password against the tenant's own users: the probe of a runbook, which throttles nobody and lets nobody in. Where the password must be changed, the only thing it opens is
 * `changePassword` (PADM-02).
 *
 * @throws tenant.not_found
 */
export async function verifyPassword(database: Database, attempt: LoginAttempt): Promise<LoginVerdict> {
  const { tenantId, email, password, now } = attempt;
  const { tenant, user, importedCost } = await database.tenantTransaction(tenantId, async (tx) => ({
    tenant: await loadTenant(tx, tenantId),
    user: await findUserByEmail(tx, tenantId, email),
    importedCost: await findImportedCost(tx, tenantId),
  }));
  // Outside the transaction: hashing takes tens of milliseconds and needs no connection.
  const right = await checkHasher.matches({ hashed: user?.passwordHash ?? null, password, importedCost });
  if (!right || user === undefined) return { accepted: false, reason: 'wrong' };
  return judge(tenant, user, now);
}

function judge(tenant: Tenant, user: UserRow, now: Date): LoginVerdict {
  if (isClosed(tenant)) {
    return { accepted: false, reason: 'tenant_closed' };
  }
  if (user.status !== 'active') return { accepted: false, reason: 'disabled' };
  const expired = user.temporaryExpiresAt !== null && user.temporaryExpiresAt <= now;
  if (expired) return { accepted: false, reason: 'expired' };
  return { accepted: true, userId: user.id, mustChangePassword: user.mustChangePassword };
}
