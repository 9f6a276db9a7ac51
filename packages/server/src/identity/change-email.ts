/**
 * A user changes their address: asked for with the password, confirmed from the new mailbox, and taken back from the
 * old one. Whoever asks never learns whether another user of the tenant has the address: the answer, the work and the
 * mail to the old address are the same.
 */
import { bug, isTenantryError } from '@tenantry/contract';
import { recordAudit } from '../audit/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import { lockTenant } from '../tenants/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import {
  findTokenTenant,
  issueToken,
  loadTokenById,
  spendAddressToken,
  tokenRefused,
  withdrawTokens,
} from './account-tokens.ts';
import { actingUser } from './acting-user.ts';
import type { IdentityDeps, SessionUser } from './authentication.ts';
import { confirmPassword, passwordNotRight } from './confirm-password.ts';
import { invalidEmail, isSame, isTaken, parseEmail, writeEmail } from './email-rows.ts';
import { lockUser, toUser, type User, type UserRow } from './load.ts';
import { LOGIN } from './log-in.ts';
import { mailUser } from './mail-user.ts';
import { mailPasswordReset } from './reset-password.ts';
import { endSessionsOf } from './sessions.ts';
import { assertAdmitted } from './throttle.ts';

export interface EmailChange {
  /** Of the session that asks, which goes on when all others end. */
  readonly user: SessionUser;
  readonly sessionId: string;
  readonly email: string;
  readonly password: Secret;
  readonly now: Date;
}

/**
 * Asks for another address. Nothing changes before it was confirmed.
 *
 * @throws user.login_refused, request.invalid, request.throttled, identity.busy
 */
export async function requestEmailChange(deps: IdentityDeps, change: EmailChange): Promise<void> {
  const { sessionId, now, password } = change;
  const { tenantId } = change.user;
  const email = parseEmail(change.email);
  const confirmed = await confirmPassword(deps, { tenantId, email: change.user.email, password, now });
  await deps.database.transaction('operator', async (tx) => {
    const user = await lockUser(tx, tenantId, confirmed.id);
    if (user.version !== confirmed.version) throw passwordNotRight();
    if (isSame(user.email, email)) throw invalidEmail('is the address the user has');
    const ctx = { tx, keyring: deps.keyring, now, actor: actingUser(user) };
    await assertAdmitted(tx, [{ kind: 'mail', of: [tenantId, user.id, 'change of address'] }], now);
    const asked = await issueToken(ctx, user, 'email', deps.links.confirmEmail, { email, sessionId });
    // An objection to an earlier change stays good: a second one must not take it away.
    const objection = await issueToken(ctx, user, 'object', deps.links.objectToEmail, { keepEarlier: true });
    await mailUser(ctx, deps, user, 'email-change-asked', {
      key: `email-objection:${objection.tokenId}`,
      link: objection.link,
      expiresAt: objection.expiresAt,
      more: { new_email: email },
    });
    const payload = { tenant: tenantId, token: asked.tokenId };
    await deps.enqueueJobs(tx, [{ task: 'identity.confirm_email', payload }]);
    await recordAudit(ctx, {
      action: 'user.email_change_asked',
      tenantId,
      subject: subjectRow(user),
      detail: { to: email },
    });
  });
}

/** The job behind it: mails the new address, unless it is another user's of the tenant. */
export async function sendEmailConfirmation(
  deps: IdentityDeps,
  tenantId: string,
  tokenId: string,
  now: Date,
): Promise<void> {
  await deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, keyring: deps.keyring, actor: LOGIN, now };
    const live = await loadTokenById(ctx, tenantId, 'email', tokenId).catch(ignoreEnded);
    if (live === undefined) return;
    const { user, row } = live;
    const { email, expiresAt, linkRef } = row;
    if (linkRef === null) throw bug('A live token has lost its link.');
    if (await isTaken(ctx, user, email)) {
      await withdrawTokens(ctx, user, 'email');
      const subject = subjectRow(user);
      await recordAudit(ctx, { action: 'user.email_change_refused', tenantId, subject, detail: { to: email } });
      return;
    }
    await mailUser(ctx, deps, user, 'confirm-email', {
      key: `confirm-email:${tokenId}`,
      to: email,
      link: { $secret: linkRef },
      expiresAt,
      more: { new_email: email },
    });
  });
}

/**
 * Makes the new address the user's, with the token that was mailed to it: once, for a day. All sessions end but the
 * one that asked, as with a new password.
 *
 * @throws user.token_refused, also when another user of the tenant has taken the address meanwhile
 */
export const confirmEmailChange = (deps: IdentityDeps, input: AddressToken): Promise<User> =>
  byToken(deps, input, 'email', async (ctx, user, { email, sessionId }) => {
    if (user.status !== 'active' || (await isTaken(ctx, user, email))) throw tokenRefused();
    const row = await writeEmail(ctx, user, { email, emailVerifiedAt: ctx.now, mustVerifyEmail: false });
    for (const purpose of ['reset', 'verify', 'email'] as const) await withdrawTokens(ctx, row, purpose);
    await endSessionsOf(ctx, { ...nameOf(user), reason: 'email_changed', except: sessionId ?? undefined });
    await audit(ctx, 'user.email_changed', row, { from: user.email });
    return row;
  });

/**
 * Takes a change back, asked for or done, with the token that was mailed to the address before: once, for seven days.
 * Whoever asked knew the password, so that one ends with every session, and the old address is mailed the link to a
 * new one. If another user has it by now, the address stays as it is and the rest is done all the same.
 *
 * @throws user.token_refused
 */
export const objectToEmailChange = (deps: IdentityDeps, input: AddressToken): Promise<User> =>
  byToken(deps, input, 'object', async (ctx, user, { email }) => {
    const restored = !(await isTaken(ctx, user, email));
    const row = await writeEmail(ctx, user, {
      passwordHash: null,
      ...(restored ? { email, emailVerifiedAt: ctx.now } : {}),
    });
    await withdrawTokens(ctx, row);
    await endSessionsOf(ctx, { ...nameOf(user), reason: 'email_changed' });
    await audit(ctx, 'user.email_change_objected', row, { from: user.email, restored });
    if (restored) await mailPasswordReset(ctx, deps, row);
    return row;
  });

export interface AddressToken {
  readonly token: string;
  readonly now: Date;
}

interface Sent {
  readonly email: string;
  readonly sessionId: string | null;
}

async function byToken(
  { database, keyring }: IdentityDeps,
  { token, now }: AddressToken,
  purpose: 'email' | 'object',
  fn: (ctx: VaultCtx, user: UserRow, sent: Sent) => Promise<UserRow>,
): Promise<User> {
  const tenantId = await findTokenTenant(database, token);
  if (tenantId === undefined) throw tokenRefused();
  return database.transaction('operator', async (tx) => {
    const machine = { tx, keyring, actor: LOGIN, now };
    // Held first, as by everything that gives an address away in the tenant.
    await lockTenant(machine, tenantId);
    const { row, user } = await spendAddressToken(machine, tenantId, purpose, token);
    return toUser(await fn({ ...machine, actor: actingUser(user) }, user, row));
  });
}

const audit = (ctx: VaultCtx, action: string, user: UserRow, detail: object): Promise<void> =>
  recordAudit(ctx, { action, tenantId: user.tenantId, subject: subjectRow(user), detail });

const subjectRow = ({ id, email }: UserRow) => ({ kind: 'user', id, name: email });
const nameOf = ({ tenantId, id: userId }: UserRow) => ({ tenantId, userId });

function ignoreEnded(error: unknown): undefined {
  if (!isTenantryError(error) || error.code !== 'user.token_refused') throw error;
}
