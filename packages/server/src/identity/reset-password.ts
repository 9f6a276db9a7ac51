import { type Ctx, permitUserAct } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import { loadTenant } from '../tenants/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { findTokenTenant, issueToken, peekToken, spendToken, tokenRefused } from './account-tokens.ts';
import { actingUser } from './acting-user.ts';
import { networkOf } from './addresses.ts';
import type { IdentityDeps } from './authentication.ts';
import { isClosed } from './core/login.ts';
import { findUser, findUserByEmail, loadUser, toUser, type User, type UserRow } from './load.ts';
import { LOGIN } from './log-in.ts';
import { mailUser } from './mail-user.ts';
import { tenantPolicy } from './policy.ts';
import { assertPasswordFit, type PasswordWrite, writePassword } from './set-password.ts';
import { admit, assertAdmitted } from './throttle.ts';

export interface MailRequest {
  readonly tenantId: string;
  readonly email: string;
  readonly address: string;
  readonly now: Date;
}

/**
 * Asks for a link that sets a new password. The answer and the work are the same for an address nobody has: the same
 * job is put on the queue, and finds nobody.
 *
 * @throws request.throttled for an address that asks too often; tenant.not_found
 */
export const requestPasswordReset = (deps: IdentityDeps, request: MailRequest): Promise<void> =>
  requestMail(deps, request, 'identity.reset_password');

/** Asks for another link that verifies the address, in the same way. */
export const resendVerification = (deps: IdentityDeps, request: MailRequest): Promise<void> =>
  requestMail(deps, request, 'identity.verify_email');

async function requestMail(
  { database, enqueueJobs }: IdentityDeps,
  { tenantId, email, address, now }: MailRequest,
  task: 'identity.reset_password' | 'identity.verify_email',
): Promise<void> {
  await database.transaction('operator', async (tx) => {
    await loadTenant(tx, tenantId);
    await assertAdmitted(tx, [{ kind: 'request', of: [networkOf(address)] }], now);
    const user = await findUserByEmail(tx, tenantId, email);
    const { admitted } = await admit(tx, [{ kind: 'mail', of: [tenantId, email, task] }], now);
    // Too many for one account: nothing is sent, and nothing of that is told.
    const payload = { tenant: tenantId, user: user?.id ?? crypto.randomUUID() };
    await enqueueJobs(tx, admitted ? [{ task, payload }] : []);
  });
}

/**
 * The same for a user an administrator or operator names, who is mailed the link and nobody else.
 *
 * @throws user.not_found, access.forbidden
 */
export async function sendResetTo(
  ctx: Ctx,
  { enqueueJobs }: Pick<IdentityDeps, 'enqueueJobs'>,
  { tenantId, userId }: { readonly tenantId: string; readonly userId: string },
): Promise<void> {
  permitUserAct(ctx.actor, 'users:write', tenantId);
  const user = await loadUser(ctx.tx, tenantId, userId);
  await enqueueJobs(ctx.tx, [{ task: 'identity.reset_password', payload: { tenant: tenantId, user: userId } }]);
  await recordAudit(ctx, {
    action: 'user.password_reset_sent',
    tenantId,
    subject: { kind: 'user', id: userId, name: user.email },
  });
}

/** The job behind both. */
export async function sendPasswordReset(
  deps: IdentityDeps,
  tenantId: string,
  userId: string,
  now: Date,
): Promise<void> {
  await deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, keyring: deps.keyring, actor: LOGIN, now };
    const user = await findUser(tx, tenantId, userId);
    if (user !== undefined) await mailPasswordReset(ctx, deps, user);
  });
}

/** Mails the link to a new password, as long as the tenant has passwords; one that was mailed before ends. */
export async function mailPasswordReset(
  ctx: VaultCtx,
  deps: Pick<IdentityDeps, 'enqueueMail' | 'links'>,
  user: UserRow,
): Promise<void> {
  const { passwordsEnabled } = await tenantPolicy(ctx.tx, user.tenantId);
  if (user.status !== 'active' || !passwordsEnabled || isClosed(await loadTenant(ctx.tx, user.tenantId))) return;
  const { tokenId, link, expiresAt } = await issueToken(ctx, user, 'reset', deps.links.resetPassword);
  await mailUser(ctx, deps, user, 'reset-password', { key: `reset:${tokenId}`, link, expiresAt });
}

export interface TokenPassword {
  readonly token: string;
  readonly password: Secret;
  readonly now: Date;
}

/**
 * Sets a password with the token of a mail (IDN-04): once, for an hour. Every session ends; a second factor stays, and
 * the next log-in asks for it.
 *
 * @throws user.token_refused, user.password_refused, identity.busy
 */
export const resetPassword = (deps: IdentityDeps, input: TokenPassword): Promise<User> =>
  setByToken(deps, input, 'reset', 'user.password_reset');

/** Accepts an invitation: the user chooses a password and can log in. Once. Throws as `resetPassword` does. */
export const acceptInvitation = (deps: IdentityDeps, input: TokenPassword): Promise<User> =>
  setByToken(deps, input, 'invite', 'user.invitation_accepted');

async function setByToken(
  deps: IdentityDeps,
  { token, password, now }: TokenPassword,
  purpose: 'reset' | 'invite',
  action: PasswordWrite['action'],
): Promise<User> {
  const { database, keyring, hasher } = deps;
  const tenantId = await findTokenTenant(database, token);
  if (tenantId === undefined) throw tokenRefused();
  await database.tenantTransaction(tenantId, async (tx) => {
    const user = await peekToken({ tx, keyring, actor: LOGIN, now }, tenantId, purpose, token);
    if (!isAcceptable(user.status, purpose)) throw tokenRefused();
    if (!(await tenantPolicy(tx, tenantId)).passwordsEnabled) throw tokenRefused();
    await assertPasswordFit(tx, user, { next: password });
  });
  const hashed = await hasher.hash(password);
  return database.transaction('operator', async (tx) => {
    const before = { tx, keyring, actor: LOGIN, now };
    const user = await spendToken(before, tenantId, purpose, token);
    if (!isAcceptable(user.status, purpose)) throw tokenRefused();
    // The mail arrived, so the address is proven as well.
    const also = { status: 'active' as const, emailVerifiedAt: user.emailVerifiedAt ?? now, mustVerifyEmail: false };
    const ctx = { ...before, actor: actingUser(user) };
    const row = await writePassword(ctx, user, { hashed, action, also });
    if (row === undefined) throw tokenRefused();
    const template = purpose === 'reset' ? 'password-changed' : 'welcome';
    await mailUser(ctx, deps, row, template, { key: `${template}:${row.id}:${row.version}` });
    return toUser(row);
  });
}

const isAcceptable = (status: User['status'], purpose: 'reset' | 'invite'): boolean =>
  status === (purpose === 'reset' ? 'active' : 'invited');
