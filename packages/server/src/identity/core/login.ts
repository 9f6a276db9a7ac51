/** Whether a log-in is let in, and what it has to do next. Parse and look up before, write after. */
import type { LoginRefusal, LoginStep } from '../authentication.ts';

export interface LoginFacts {
  /** Of the password, against the user's hash; false where there is no such user. */
  readonly right: boolean;
  readonly user:
    | {
        readonly status: 'active' | 'disabled' | 'invited';
        readonly mustVerifyEmail: boolean;
        readonly mustChangePassword: boolean;
        readonly temporaryExpiresAt: Date | null;
        /** Administrators and pilots get in before go-live. */
        readonly early: boolean;
        readonly hasSecondFactor: boolean;
      }
    | undefined;
  readonly tenant: { readonly status: string; readonly accessMode: string | null; readonly closedAt: Date | null };
  readonly policy: { readonly mfaRequired: boolean; readonly passwordsEnabled: boolean };
  readonly addressAllowed: boolean;
  readonly now: Date;
}

/** Why, for the trace of the attempt. People are told the `LoginRefusal` it comes to and nothing else. */
export type LoginFault =
  | 'unknown_user'
  | 'wrong_password'
  | 'disabled'
  | 'unverified'
  | 'temporary_expired'
  | 'passwords_off'
  | 'tenant_closed'
  | 'not_live'
  | 'address';

export type LoginDecision =
  | { readonly accepted: true; readonly next: LoginStep }
  | { readonly accepted: false; readonly fault: LoginFault };

export function decideLogin(facts: LoginFacts): LoginDecision {
  const fault = faultOf(facts);
  if (fault !== undefined) return { accepted: false, fault };
  return { accepted: true, next: nextStep(facts) };
}

/** In this order: what is told apart (the last three) is told to whoever knows the password. */
function faultOf({ right, user, tenant, policy, addressAllowed, now }: LoginFacts): LoginFault | undefined {
  if (user === undefined) return 'unknown_user';
  if (!right) return 'wrong_password';
  if (user.status !== 'active') return 'disabled';
  if (!policy.passwordsEnabled) return 'passwords_off';
  if (user.mustVerifyEmail) return 'unverified';
  if (user.temporaryExpiresAt !== null && user.temporaryExpiresAt <= now) return 'temporary_expired';
  if (isClosed(tenant)) return 'tenant_closed';
  if (tenant.status === 'onboarding' && !user.early) return 'not_live';
  return addressAllowed ? undefined : 'address';
}

/** A suspension that leaves reading open leaves the log-in open too. */
export const isClosed = ({ status, accessMode, closedAt }: LoginFacts['tenant']): boolean =>
  status === 'offboarded' || accessMode === 'blocked' || closedAt !== null;

/**
 * The second factor comes before the change of a temporary password, so that neither can be used to get around the
 * other.
 */
function nextStep({ user, policy }: LoginFacts): LoginStep {
  if (user?.hasSecondFactor === true) return 'second_factor';
  if (user?.mustChangePassword === true) return 'change_password';
  return policy.mfaRequired ? 'enroll_second_factor' : 'none';
}

const REFUSALS: Readonly<Record<LoginFault, LoginRefusal>> = {
  unknown_user: 'credentials',
  wrong_password: 'credentials',
  disabled: 'credentials',
  unverified: 'credentials',
  temporary_expired: 'credentials',
  passwords_off: 'credentials',
  tenant_closed: 'tenant_closed',
  not_live: 'tenant_closed',
  address: 'address',
};

export const refusalOf = (fault: LoginFault): LoginRefusal => REFUSALS[fault];
