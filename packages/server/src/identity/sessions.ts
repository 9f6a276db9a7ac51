import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { and, desc, eq, isNull, ne, type SQL } from 'drizzle-orm';
import { type Ctx, systemActor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { revealText, Secret } from '../connectors/kit/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { findTenant } from '../tenants/index.ts';
import { actingUser } from './acting-user.ts';
import { isAddressAllowed, plainAddress } from './addresses.ts';
import type {
  EndedSession,
  SessionEnd,
  SessionEndedListener,
  SessionKind,
  TenantPolicy,
  UserSession,
} from './authentication.ts';
import { isClosed } from './core/login.ts';
import { isWorthTouching, lifeOf, type SessionLife } from './core/session.ts';
import { rememberAddress } from './known-addresses.ts';
import { lockUser, toSessionUser, type UserRow } from './load.ts';
import { hashToken, newToken } from './one-time-token.ts';
import { tenantPolicy } from './policy.ts';
import { hasSecondFactor } from './second-factor-rows.ts';
import { userSessions, users } from './tables.ts';

export const SESSIONS = systemActor('sessions');

export interface NewSession {
  readonly tenantId: string;
  readonly userId: string;
  readonly amr: readonly string[];
  readonly address: string;
  readonly userAgent: string;
  /** `browser` unless told. */
  readonly kind?: SessionKind;
}

/** Of these one proves a second factor (RFC 8176). */
const SECOND_FACTORS = ['otp', 'mfa'];

const hasProvenSecondFactor = (amr: readonly string[]): boolean =>
  amr.some((method) => SECOND_FACTORS.includes(method));

export interface MadeSession {
  readonly sessionId: string;
  /** What the session was made under. */
  readonly policy: TenantPolicy;
}

const INSERT = {
  name: 'identity-session-insert',
  text: `insert into user_sessions
           (id, tenant_id, user_id, kind, token_hash, amr, address, user_agent, created_at, last_seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
};

const LOGGED_IN = { name: 'identity-user-logged-in', text: 'update users set last_login_at = $2 where id = $1' };

/**
 * Makes a session. Its token is answered here and nowhere again. However the user came here (a password, another
 * identity provider, a reset), nothing the tenant or the user asked for can be left out: this refuses, before it
 * writes. `beside` writes what hangs on the session.
 *
 * @throws user.password_change_required, user.second_factor_required, user.login_refused for a user who is not active
 */
export async function createSession(
  ctx: Ctx,
  input: NewSession,
  beside?: (made: MadeSession) => Promise<void>,
): Promise<MadeSession & { readonly token: Secret }> {
  const { tenantId, userId, amr, address, kind = 'browser' } = input;
  const { tx, now } = ctx;
  // What is issued side by side travels together and is done in this order: the user is held before anything is read.
  const [user, policy, factor] = await Promise.all([
    lockUser(tx, tenantId, userId),
    tenantPolicy(tx, tenantId),
    hasSecondFactor(tx, tenantId, userId),
  ]);
  assertComplete(user, amr, policy.mfaRequired || factor);
  const made = { sessionId: randomUUID(), policy };
  const { sessionId } = made;
  const token = newToken();
  const row = [sessionId, tenantId, userId, kind, hashToken(token), amr, plainAddress(address)];
  await Promise.all([
    tx.query(INSERT, [...row, input.userAgent.slice(0, 500), now]),
    tx.query(LOGGED_IN, [userId, now]),
    rememberAddress(tx, { tenantId, userId, address }, now),
    recordAudit(
      { ...ctx, actor: actingUser(user) },
      {
        action: 'user.logged_in',
        tenantId,
        subject: { kind: 'user', id: userId, name: user.email },
        detail: { session: sessionId, kind, amr, address },
      },
    ),
    beside?.(made),
  ]);
  return { ...made, token: new Secret(token) };
}

function assertComplete(user: UserRow, amr: readonly string[], needsSecondFactor: boolean): void {
  if (user.status !== 'active') {
    throw new TenantryError('user.login_refused', 'This user cannot log in.', { next: 'Ask an administrator.' });
  }
  if (user.mustChangePassword && amr.includes('pwd')) {
    throw new TenantryError('user.password_change_required', 'The temporary password must be changed first.', {
      next: 'Choose a new password.',
    });
  }
  if (!needsSecondFactor || hasProvenSecondFactor(amr)) return;
  throw new TenantryError('user.second_factor_required', 'This log-in needs a second factor.', {
    next: 'Enter the code of the authenticator app, or set one up.',
  });
}

/** A new token for a session whose rights have grown: the one before opens nothing any more. */
export async function rotateSession(
  ctx: Ctx,
  {
    tenantId,
    sessionId,
    amr,
  }: { readonly tenantId: string; readonly sessionId: string; readonly amr?: readonly string[] },
): Promise<{ readonly token: Secret }> {
  const token = newToken();
  const rotated = await ctx.tx.orm
    .update(userSessions)
    .set({ tokenHash: hashToken(token), ...(amr === undefined ? {} : { amr: [...amr] }) })
    .where(and(eq(userSessions.id, sessionId), eq(userSessions.tenantId, tenantId), isNull(userSessions.endedAt)))
    .returning({ id: userSessions.id });
  if (rotated.length === 0) throw sessionEnded();
  return { token: new Secret(token) };
}

export interface FindSessionOptions {
  /** Where the request comes from; then the tenant's list of addresses is asked. */
  readonly address?: string;
}

/** The live session of a token. One that has run out is ended here, and its listeners are told. */
export function findSession(
  { database }: { readonly database: Database },
  token: string | Secret,
  now: Date,
  options: FindSessionOptions = {},
): Promise<UserSession | undefined> {
  // The token alone says which tenant, so it is looked up across tenants: by its hash, and nothing else is.
  return database.transaction('operator', (tx) =>
    useWhere({ tx, actor: SESSIONS, now }, eq(userSessions.tokenHash, hashToken(revealText(token))), options),
  );
}

/** The session of an id, if it lives; counts as a use of it. */
export const useSession = (
  ctx: Ctx,
  { tenantId, sessionId }: { readonly tenantId: string; readonly sessionId: string },
  options: FindSessionOptions = {},
): Promise<UserSession | undefined> =>
  useWhere(ctx, and(eq(userSessions.tenantId, tenantId), eq(userSessions.id, sessionId)), options);

async function useWhere(
  ctx: Ctx,
  which: SQL | undefined,
  { address }: FindSessionOptions,
): Promise<UserSession | undefined> {
  const [row] = await ctx.tx.orm
    .select({ session: userSessions, user: users })
    .from(userSessions)
    .innerJoin(users, and(eq(users.id, userSessions.userId), eq(users.tenantId, userSessions.tenantId)))
    .where(and(which, isNull(userSessions.endedAt)));
  if (row === undefined) return undefined;
  const { id, tenantId, lastSeenAt } = row.session;
  const policy = await tenantPolicy(ctx.tx, tenantId);
  const why = await endOf(ctx, row, policy, address);
  if (why !== undefined) {
    await endWhere(ctx, tenantId, eq(userSessions.id, id), why);
    return undefined;
  }
  if (isWorthTouching(lastSeenAt, policy, ctx.now)) {
    await ctx.tx.orm.update(userSessions).set({ lastSeenAt: ctx.now }).where(eq(userSessions.id, id));
  }
  return viewSession(row, lifeOf({ ...row.session, lastSeenAt: ctx.now }, policy, ctx.now));
}

interface Found {
  readonly session: typeof userSessions.$inferSelect;
  readonly user: UserRow;
}

/** Why a session may not go on: what the tenant asks now, not what it asked at the log-in. */
async function endOf(
  ctx: Ctx,
  { session, user }: Found,
  policy: TenantPolicy,
  address: string | undefined,
): Promise<SessionEnd | undefined> {
  const { ended } = lifeOf(session, policy, ctx.now);
  if (ended !== undefined) return ended;
  if (user.status !== 'active') return 'user_disabled';
  if (address !== undefined && !isAddressAllowed(address, policy.ipAllow)) return 'address_not_allowed';
  if (policy.mfaRequired && !hasProvenSecondFactor(session.amr)) return 'policy_changed';
  const tenant = await findTenant(ctx.tx, user.tenantId);
  return tenant === undefined || isClosed(tenant) ? 'tenant_closed' : undefined;
}

function viewSession({ session, user }: Found, { idleEndsAt, endsAt }: SessionLife): UserSession {
  const { id, kind, amr, address, userAgent, createdAt, lastSeenAt } = session;
  return { id, kind, user: toSessionUser(user), amr, address, userAgent, createdAt, lastSeenAt, idleEndsAt, endsAt };
}

/** Whose session it is, ended or not. */
export async function findSessionUser(tx: Tx, tenantId: string, sessionId: string): Promise<UserRow | undefined> {
  const [row] = await tx.orm
    .select({ user: users })
    .from(userSessions)
    .innerJoin(users, and(eq(users.id, userSessions.userId), eq(users.tenantId, userSessions.tenantId)))
    .where(and(eq(userSessions.id, sessionId), eq(userSessions.tenantId, tenantId)));
  return row?.user;
}

/** Live sessions of a user, newest first. */
export async function listSessions(
  ctx: Ctx,
  { tenantId, userId }: { readonly tenantId: string; readonly userId: string },
): Promise<readonly UserSession[]> {
  const policy = await tenantPolicy(ctx.tx, tenantId);
  const rows = await ctx.tx.orm
    .select({ session: userSessions, user: users })
    .from(userSessions)
    .innerJoin(users, eq(users.id, userSessions.userId))
    .where(and(eq(userSessions.tenantId, tenantId), eq(userSessions.userId, userId), isNull(userSessions.endedAt)))
    .orderBy(desc(userSessions.createdAt))
    .limit(200);
  return rows
    .map((row) => ({ row, life: lifeOf(row.session, policy, ctx.now) }))
    .filter(({ life }) => life.ended === undefined)
    .map(({ row, life }) => viewSession(row, life));
}

export interface EndSessionInput {
  readonly tenantId: string;
  readonly sessionId: string;
  /** Only if it is theirs. */
  readonly userId?: string;
  readonly reason: SessionEnd;
}

/** Ends one session. Answers false when it had ended, or is not of this tenant or user. */
export async function endSession(ctx: Ctx, { tenantId, sessionId, userId, reason }: EndSessionInput): Promise<boolean> {
  const own = userId === undefined ? undefined : eq(userSessions.userId, userId);
  return (await endWhere(ctx, tenantId, and(eq(userSessions.id, sessionId), own), reason)) > 0;
}

export interface EndSessionsInput {
  readonly tenantId: string;
  readonly userId: string;
  readonly reason: SessionEnd;
  /** The session in whose name it is asked, if that one may stay. */
  readonly except?: string | undefined;
}

/** Ends every session of a user at once; answers how many. */
export const endSessionsOf = (ctx: Ctx, { tenantId, userId, reason, except }: EndSessionsInput): Promise<number> =>
  endWhere(
    ctx,
    tenantId,
    and(eq(userSessions.userId, userId), except === undefined ? undefined : ne(userSessions.id, except)),
    reason,
  );

/** Ends every session of every user of a tenant; answers how many. */
export const endSessionsOfTenant = (
  ctx: Ctx,
  { tenantId, reason }: Pick<EndSessionsInput, 'tenantId' | 'reason'>,
): Promise<number> => endWhere(ctx, tenantId, undefined, reason);

async function endWhere(ctx: Ctx, tenantId: string, which: SQL | undefined, reason: SessionEnd): Promise<number> {
  const ended = await ctx.tx.orm
    .update(userSessions)
    .set({ endedAt: ctx.now, endedReason: reason })
    .where(and(eq(userSessions.tenantId, tenantId), isNull(userSessions.endedAt), which))
    .returning({ sessionId: userSessions.id, userId: userSessions.userId });
  for (const { sessionId, userId } of ended) {
    await recordAudit(ctx, {
      action: 'user.session_ended',
      tenantId,
      subject: { kind: 'user', id: userId },
      detail: { session: sessionId, reason },
    });
    await tell(ctx, { sessionId, userId, tenantId, reason });
  }
  return ended.length;
}

const listeners = new Set<SessionEndedListener>();

/** Tells of each session that ends, in the transaction that ends it. The function returned stops that. */
export function onSessionEnded(listener: SessionEndedListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

async function tell(ctx: Ctx, ended: EndedSession): Promise<void> {
  for (const listener of listeners) await listener(ctx, ended);
}

export const sessionEnded = (): TenantryError =>
  new TenantryError('user.session_ended', 'The session has ended.', { next: 'Log in again.' });

const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;

/** Forgets sessions that ended a month ago. Answers how many; the caller schedules it. */
export async function purgeSessions(tx: Tx, now: Date): Promise<number> {
  const { rowCount } = await tx.query('delete from user_sessions where ended_at < $1', [
    new Date(now.getTime() - KEPT_MS),
  ]);
  return rowCount;
}
