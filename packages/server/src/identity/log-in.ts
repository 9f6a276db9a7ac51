import { bug, isTenantryError, type TenantryError } from '@tenantry/contract';
import { and, eq } from 'drizzle-orm';
import { type Actor, type Ctx, systemActor, TENANT_PERMISSIONS } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { loadRoles, loadTenant, type Tenant } from '../tenants/index.ts';
import { actingUser } from './acting-user.ts';
import { isAddressAllowed, networkOf } from './addresses.ts';
import type { IdentityDeps, LoginAnswer, LoginRequest, SessionUser, TenantPolicy } from './authentication.ts';
import { decideLogin, type LoginDecision, type LoginFault, refusalOf } from './core/login.ts';
import { isImportedHash } from './core/password.ts';
import { findUserByEmail, toSessionUser, type UserRow } from './load.ts';
import { findLoginFacts, type LoginFacts } from './login-facts.ts';
import { tenantPolicy } from './policy.ts';
import { users } from './tables.ts';
import { admit, forgive, type ThrottleSubject } from './throttle.ts';

export const LOGIN: Actor = systemActor('log-in');

/**
 * Makes the session in the transaction that accepts the password, which spares one of its own. It refuses before it
 * writes, or not at all: a refusal undoes nothing.
 */
export type OpenSession = (ctx: Ctx, user: SessionUser) => Promise<void>;

interface Prepared extends LoginFacts {
  readonly tenant: Tenant;
  readonly policy: TenantPolicy;
  readonly early: boolean;
  readonly subjects: readonly ThrottleSubject[];
  readonly retryAfterMs: number | undefined;
}

/**
 * Checks a password. The work is the same for a user who is not there, and so is the answer for every way in which
 * somebody who does not know the password could be told anything; the reason stands in the audit log.
 *
 * A session is made by `createSession`, after the step the answer names: by `open` where none is left.
 *
 * @throws tenant.not_found; identity.busy, which counts as no attempt; what `open` refuses with
 */
export async function logIn(deps: IdentityDeps, request: LoginRequest, open?: OpenSession): Promise<LoginAnswer> {
  const { database, hasher } = deps;
  // Before the database is asked: in a storm, those who are sent away must not cost what those who are let in do.
  hasher.assertRoom();
  const prepared = await database.tenantTransaction(request.tenantId, (tx) => prepare(tx, request));
  const { user, importedCost, retryAfterMs, subjects } = prepared;
  if (retryAfterMs !== undefined) return { outcome: 'refused', reason: 'throttled', retryAfterMs };
  let settled: Settled;
  try {
    // Outside the transaction: hashing takes tens of milliseconds and needs no connection.
    const hashed = user?.passwordHash ?? null;
    const right = await hasher.matches({ hashed, password: request.password, importedCost });
    const isUpgrade = decide(request, prepared, user, right).accepted && isImportedHash(hashed ?? '');
    const upgraded = isUpgrade ? await hasher.hash(request.password) : undefined;
    settled = await database.tenantTransaction(request.tenantId, (tx) =>
      settle({ tx, actor: LOGIN, now: request.now }, request, prepared, { right, upgraded, open }),
    );
  } catch (error) {
    await database.tenantTransaction(request.tenantId, (tx) => forgive(tx, subjects, 'one'));
    throw error;
  }
  if (settled.refusal !== undefined) throw settled.refusal;
  return settled.answer;
}

/** As many statements whether the user exists or not. */
async function prepare(tx: Tx, request: LoginRequest): Promise<Prepared> {
  const { tenantId, email, address, now } = request;
  // What is asked side by side travels together.
  const [tenant, policy, facts] = await Promise.all([
    loadTenant(tx, tenantId),
    tenantPolicy(tx, tenantId),
    findLoginFacts(tx, request),
  ]);
  const { user, isKnown } = facts;
  // Who administers is asked before go-live only (CH-02).
  const roles = tenant.status === 'onboarding' ? await loadRoles(tx, tenantId) : [];
  const subjects = isKnown
    ? [{ kind: 'pair' as const, of: [tenantId, email, networkOf(address)] }]
    : [
        { kind: 'address' as const, of: [networkOf(address)] },
        { kind: 'account' as const, of: [tenantId, email] },
      ];
  const admission = await admit(tx, subjects, now);
  const early = roles.some(({ key, permission }) => key === user?.role && TENANT_PERMISSIONS[permission].beforeGoLive);
  return {
    ...facts,
    tenant,
    policy,
    early: early || user?.pilot === true,
    subjects,
    retryAfterMs: admission.admitted ? undefined : admission.retryAfterMs,
  };
}

interface Checked {
  readonly right: boolean;
  /** The argon2id hash that takes the place of an imported one. */
  readonly upgraded: string | undefined;
  readonly open: OpenSession | undefined;
}

interface Settled {
  readonly answer: LoginAnswer;
  /** Of the session: thrown after the commit, since what was found of the password stands whatever came of it. */
  readonly refusal: TenantryError | undefined;
}

async function settle(ctx: Ctx, request: LoginRequest, prepared: Prepared, checked: Checked): Promise<Settled> {
  const { tenantId, email } = request;
  const user = await findUserByEmail(ctx.tx, tenantId, email);
  // The password may have been changed, or the user disabled, while the hash was computed.
  const right = checked.right && user?.passwordHash === prepared.user?.passwordHash;
  const decision = decide(request, prepared, user, right);
  const answer = answerOf(user, decision);
  // A right password that is answered like a wrong one counts like a wrong one, or the delays would tell.
  const forgiven = user !== undefined && !(answer.outcome === 'refused' && answer.reason === 'credentials');
  const refusals = await Promise.all([
    ...(forgiven ? forgiveRight(ctx, prepared) : []),
    auditAttempt(byWhom(ctx, user, decision), request, user, decision),
    answer.outcome === 'accepted' && answer.next === 'none' ? refusalIn(checked.open?.(ctx, answer.user)) : undefined,
  ]);
  if (forgiven) await keepUpgraded(ctx, user, checked);
  return { answer, refusal: refusals.at(-1) ?? undefined };
}

/** Whoever knows the password is the user; who does not is nobody we know. */
const byWhom = (ctx: Ctx, user: UserRow | undefined, { accepted }: LoginDecision): Ctx =>
  accepted && user !== undefined ? { ...ctx, actor: actingUser(user) } : ctx;

const answerOf = (user: UserRow | undefined, decision: LoginDecision): LoginAnswer => {
  if (!decision.accepted) return { outcome: 'refused', reason: refusalOf(decision.fault) };
  if (user === undefined) throw bug('A log-in without a user was accepted.');
  return { outcome: 'accepted', user: toSessionUser(user), next: decision.next };
};

const refusalIn = (opening: Promise<void> | undefined): Promise<TenantryError | undefined> | undefined =>
  opening?.then(
    () => undefined,
    (error: unknown) => {
      if (isTenantryError(error)) return error;
      throw error;
    },
  );

const decide = (
  { address, now }: LoginRequest,
  { tenant, policy, early, hasSecondFactor: factor }: Prepared,
  user: UserRow | undefined,
  right: boolean,
): LoginDecision =>
  decideLogin({
    right,
    user: user === undefined ? undefined : { ...user, early, hasSecondFactor: factor },
    tenant,
    policy,
    addressAllowed: isAddressAllowed(address, policy.ipAllow),
    now,
  });

/**
 * Whoever knows the password was no guesser; of their address only this one attempt is taken back. In the order in
 * which they were counted: two log-ins that lock in different orders would wait for each other.
 */
const forgiveRight = ({ tx }: Ctx, { subjects }: Prepared): readonly Promise<void>[] =>
  subjects.map((subject) => forgive(tx, [subject], subject.kind === 'address' ? 'one' : 'all'));

async function keepUpgraded(ctx: Ctx, user: UserRow, { upgraded }: Checked): Promise<void> {
  if (upgraded === undefined || user.passwordHash === null) return;
  await ctx.tx.orm
    .update(users)
    .set({ passwordHash: upgraded, updatedAt: ctx.now })
    .where(and(eq(users.id, user.id), eq(users.passwordHash, user.passwordHash)));
  await recordAudit(ctx, {
    action: 'user.password_rehashed',
    tenantId: user.tenantId,
    subject: { kind: 'user', id: user.id, name: user.email },
  });
}

/** An address nobody has is kept as a name, which an erasure takes. */
async function auditAttempt(
  ctx: Ctx,
  { tenantId, email, address }: LoginRequest,
  user: UserRow | undefined,
  decision: LoginDecision,
): Promise<void> {
  const fault: LoginFault | undefined = decision.accepted ? undefined : decision.fault;
  await recordAudit(ctx, {
    action: fault === undefined ? 'user.password_accepted' : 'user.login_refused',
    tenantId,
    subject: { kind: 'user', id: user?.id ?? 'unknown', name: email },
    detail: { address, ...(decision.accepted ? { next: decision.next } : { fault: decision.fault }) },
  });
}
