/** Users, sessions and policies as the wire shows them. */
import {
  fromWireId,
  type LoginPolicyView,
  type SessionView,
  TenantryError,
  toWireId,
  type UserListReportView,
  type UserView,
} from '@tenantry/contract';
import type { TenantPolicy, UserSession } from './authentication.ts';
import type { ListReport } from './import-users.ts';
import type { User } from './load.ts';

export const viewUser = (user: User): UserView => ({
  id: toWireId('user', user.id),
  email: user.email,
  full_name: user.fullName,
  role: user.role,
  status: user.status,
  pilot: user.pilot,
  must_change_password: user.mustChangePassword,
  email_verified_at: user.emailVerifiedAt?.toISOString() ?? null,
  last_login_at: user.lastLoginAt?.toISOString() ?? null,
  created_at: user.createdAt.toISOString(),
});

export const viewSession = (session: UserSession, currentId?: string): SessionView => ({
  id: session.id,
  kind: session.kind,
  methods: [...session.amr],
  address: session.address,
  device: session.userAgent,
  created_at: session.createdAt.toISOString(),
  last_seen_at: session.lastSeenAt.toISOString(),
  ends_at: session.idleEndsAt.toISOString(),
  current: session.id === currentId,
});

export const viewPolicy = (policy: TenantPolicy): LoginPolicyView => ({
  idle_seconds: policy.idleMs / 1_000,
  absolute_seconds: policy.absoluteMs / 1_000,
  access_token_seconds: policy.accessTokenMs / 1_000,
  refresh_seconds: policy.refreshMs / 1_000,
  mfa_required: policy.mfaRequired,
  ip_allow: [...policy.ipAllow],
  passwords_enabled: policy.passwordsEnabled,
});

type PolicyFields = { readonly [Name in keyof LoginPolicyView]?: LoginPolicyView[Name] | undefined };

/** What was asked for, in the words of the verb; what was not asked for is absent. */
export function policyChangesOf(wanted: PolicyFields): Partial<TenantPolicy> {
  const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1_000);
  const changes = {
    idleMs: milliseconds(wanted.idle_seconds),
    absoluteMs: milliseconds(wanted.absolute_seconds),
    accessTokenMs: milliseconds(wanted.access_token_seconds),
    refreshMs: milliseconds(wanted.refresh_seconds),
    mfaRequired: wanted.mfa_required,
    ipAllow: wanted.ip_allow,
    passwordsEnabled: wanted.passwords_enabled,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

export const viewReport = ({ rows, created, existing, faultsTotal, faults }: ListReport): UserListReportView => ({
  rows,
  created,
  existing,
  faults_total: faultsTotal,
  faults: faults.map(({ row, email, problem }) => ({ row, email: email ?? null, problem })),
});

/** @throws user.not_found for a text that is no id of a user */
export function userIdOf(text: string): string {
  const id = fromWireId('user', text);
  if (id !== undefined) return id;
  throw new TenantryError('user.not_found', `"${text}" is not the id of a user.`, { next: 'The list has the ids.' });
}

/** @throws user.session_not_found */
export const sessionNotFound = (): TenantryError =>
  new TenantryError('user.session_not_found', 'There is no such session, or it has ended.', {
    next: 'The list has those that live.',
  });
