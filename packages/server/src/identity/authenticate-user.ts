import { isTenantId, TenantryError } from '@tenantry/contract';
import type { Secret } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { findTenant, findTenantBySlug, type Tenant } from '../tenants/index.ts';
import type { IdentityDeps, LoginRefusal, LoginStep, SessionUser } from './authentication.ts';
import { logIn, type OpenSession } from './log-in.ts';
import { verifySecondFactor } from './second-factor.ts';
import { throttled } from './throttle.ts';

export interface Credentials {
  /** Id or slug. */
  readonly tenant: string;
  readonly email: string;
  readonly password: Secret;
  readonly code?: string | undefined;
  readonly address: string;
  readonly now: Date;
}

export interface Authenticated {
  readonly user: SessionUser;
  readonly amr: readonly string[];
  /** What is left to do before a session may be made. */
  readonly pending: Exclude<LoginStep, 'second_factor'>;
}

/**
 * Password and second factor in one call, for clients without pages. `open` makes the session of a log-in that takes
 * the password alone; after any other the caller does.
 *
 * @throws user.login_refused, user.second_factor_required, user.second_factor_refused, tenant.closed,
 * user.address_refused, request.throttled, identity.busy
 */
export async function authenticateUser(
  deps: IdentityDeps,
  credentials: Credentials,
  open?: OpenSession,
): Promise<Authenticated> {
  const { email, password, address, now, code } = credentials;
  const tenant = await findTenantByName(deps.database, credentials.tenant);
  if (tenant === undefined) {
    await deps.hasher.matches({ hashed: null, password, importedCost: undefined });
    throw refusal('credentials');
  }
  const answer = await logIn(deps, { tenantId: tenant.id, email, password, address, now }, open);
  if (answer.outcome === 'refused') {
    throw answer.reason === 'throttled' ? throttled(answer.retryAfterMs ?? 1_000) : refusal(answer.reason);
  }
  const { user, next } = answer;
  if (next !== 'second_factor') return { user, amr: ['pwd'], pending: next };
  if (code === undefined) {
    throw new TenantryError('user.second_factor_required', 'This log-in needs a second factor.', {
      next: 'Send the code of the authenticator app, or a recovery code, as well.',
    });
  }
  const checked = await verifySecondFactor(deps, { tenantId: tenant.id, userId: user.id, code, now, address });
  if (!checked.accepted) {
    throw new TenantryError('user.second_factor_refused', 'The code is not right.', {
      next: checked.hint ?? 'Wait for the next code and try that.',
    });
  }
  return { user, amr: ['pwd', 'otp'], pending: user.mustChangePassword ? 'change_password' : 'none' };
}

/** @throws user.password_change_required, user.second_factor_required */
export function assertNothingPending({ pending }: Authenticated): void {
  if (pending === 'change_password') {
    throw new TenantryError('user.password_change_required', 'The temporary password must be changed first.', {
      next: 'POST /api/auth/password with the temporary password and a new one.',
    });
  }
  if (pending === 'enroll_second_factor') {
    throw new TenantryError('user.second_factor_required', 'The tenant demands a second factor and none is set up.', {
      next: 'Set one up on the log-in page.',
    });
  }
}

/** The tenant of an id or slug; undefined also for a text that is neither. */
export const findTenantByName = (database: Database, name: string): Promise<Tenant | undefined> =>
  database.transaction('operator', (tx) => (isTenantId(name) ? findTenant(tx, name) : findTenantBySlug(tx, name)), {
    atOnce: true,
  });

const refusal = (reason: Exclude<LoginRefusal, 'throttled'>): TenantryError => {
  switch (reason) {
    case 'credentials':
      return new TenantryError('user.login_refused', 'The e-mail address or the password is not right.', {
        next: 'Try again, or set a new password. After registering, open the link in the mail first.',
      });
    case 'tenant_closed':
      return new TenantryError('tenant.closed', 'The tenant is not open to its users.', {
        next: 'Ask the administrator of your company.',
      });
    case 'address':
      return new TenantryError('user.address_refused', 'Log-ins from this address are not allowed.', {
        next: 'Use the network of your company.',
      });
  }
};
