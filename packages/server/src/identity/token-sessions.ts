import { TenantryError } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import type { Tx } from '../db/index.ts';
import { actingUser } from './acting-user.ts';
import { assertNothingPending, authenticateUser, type Credentials } from './authenticate-user.ts';
import type { AccessTokens, IdentityDeps, SessionUser, UserSession } from './authentication.ts';
import { LOGIN } from './log-in.ts';
import { hashToken, newToken } from './one-time-token.ts';
import { tenantPolicy } from './policy.ts';
import {
  createSession,
  endSession,
  findSessionUser,
  type MadeSession,
  SESSIONS,
  sessionEnded,
  useSession,
} from './sessions.ts';

export interface TokenDeps extends IdentityDeps {
  readonly tokens: AccessTokens;
}

/** What `POST /api/auth/register`, `/login` and `/refresh` answer (LIFE-24). */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: SessionUser;
}

export interface TokenSession {
  readonly user: SessionUser;
  readonly amr: readonly string[];
  readonly address: string;
  readonly userAgent: string;
}

export interface OpenedTokens extends MadeSession {
  readonly refreshToken: Secret;
}

/** A session with its first refresh token, in the caller's transaction; the access token is made by `issueAccess`. */
export async function openTokenSession(
  ctx: Ctx,
  { user, amr, address, userAgent }: TokenSession,
): Promise<OpenedTokens> {
  const { tenantId, id: userId } = user;
  const token = newToken();
  const input = { tenantId, userId, amr, address, userAgent, kind: 'token' } as const;
  const { sessionId, policy } = await createSession(ctx, input, (made) =>
    storeRefreshToken(ctx, tenantId, token, made),
  );
  return { sessionId, policy, refreshToken: new Secret(token) };
}

const INSERT = {
  name: 'identity-refresh-token-insert',
  text: `insert into refresh_tokens (token_hash, tenant_id, session_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5)`,
};

async function storeRefreshToken(
  { tx, now }: Ctx,
  tenantId: string,
  token: string,
  { sessionId, policy }: MadeSession,
): Promise<void> {
  const expiresAt = new Date(now.getTime() + policy.refreshMs);
  await tx.query(INSERT, [hashToken(token), tenantId, sessionId, now, expiresAt]);
}

/**
 * A log-in with a password and, where one is asked for, a second factor.
 *
 * @throws as `authenticateUser` and `assertNothingPending`
 */
export async function logInForTokens(
  deps: TokenDeps,
  attempt: Credentials & { readonly userAgent: string },
): Promise<IssuedTokens> {
  const { address, userAgent, now } = attempt;
  const client = { address, userAgent };
  const opened: OpenedTokens[] = [];
  const found = await authenticateUser(deps, attempt, async (ctx, user) => {
    opened.push(await openTokenSession(ctx, { user, amr: ['pwd'], ...client }));
  });
  assertNothingPending(found);
  const { user, amr } = found;
  const [first] = opened;
  const session =
    first ??
    (await deps.database.tenantTransaction(user.tenantId, (tx) =>
      openTokenSession({ tx, actor: LOGIN, now }, { user, amr, ...client }),
    ));
  const accessToken = await issueAccess(deps, user, { ...session, amr, now });
  return { accessToken, refreshToken: session.refreshToken.reveal(), user };
}

export interface AccessGrant extends MadeSession {
  readonly amr: readonly string[];
  readonly now: Date;
}

export function issueAccess(
  { tokens }: Pick<TokenDeps, 'tokens'>,
  user: SessionUser,
  { sessionId, amr, policy, now }: AccessGrant,
): Promise<string> {
  const iat = Math.floor(now.getTime() / 1_000);
  return tokens.issue({
    sub: user.id,
    tenant_id: user.tenantId,
    email: user.email,
    email_verified: user.emailVerified,
    role: user.role,
    sid: sessionId,
    amr,
    iat,
    exp: iat + Math.floor(policy.accessTokenMs / 1_000),
  });
}

interface RefreshRow {
  readonly tenant_id: string;
  readonly session_id: string;
  readonly expires_at: Date;
  readonly used_at: Date | null;
}

export interface RefreshRequest {
  readonly refreshToken: string;
  readonly address: string;
  readonly now: Date;
}

/**
 * Trades a refresh token for new tokens; it is spent by that. One that comes a second time was stolen, or used by two
 * at once: nobody can tell which of the two is the thief, so the whole family ends.
 *
 * @throws user.session_ended
 */
export async function refreshTokens(deps: TokenDeps, request: RefreshRequest): Promise<IssuedTokens> {
  const { address, now } = request;
  const traded = await deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, actor: SESSIONS, now };
    const row = await lockRefreshToken(tx, request.refreshToken);
    if (row === undefined) return undefined;
    const { tenant_id: tenantId, session_id: sessionId } = row;
    if (row.used_at !== null) {
      await endSession(ctx, { tenantId, sessionId, reason: 'refresh_reused' });
      return undefined;
    }
    const session = await useSession(ctx, { tenantId, sessionId }, { address });
    if (session === undefined || row.expires_at <= now) return undefined;
    await tx.query('update refresh_tokens set used_at = $2 where token_hash = $1', [
      hashToken(request.refreshToken),
      now,
    ]);
    const made = { sessionId, policy: await tenantPolicy(tx, tenantId) };
    const token = newToken();
    await storeRefreshToken(ctx, tenantId, token, made);
    return { ...made, session, refreshToken: new Secret(token) };
  });
  // Thrown after the commit: the end of a family must not be undone with the refusal.
  if (traded === undefined) throw sessionEnded();
  const { session, refreshToken, ...made } = traded;
  const accessToken = await issueAccess(deps, session.user, { ...made, amr: session.amr, now });
  return { accessToken, refreshToken: refreshToken.reveal(), user: session.user };
}

async function lockRefreshToken(tx: Tx, token: string): Promise<RefreshRow | undefined> {
  const { rows } = await tx.query<RefreshRow>(
    'select tenant_id, session_id, expires_at, used_at from refresh_tokens where token_hash = $1 for update',
    [hashToken(token)],
  );
  return rows[0];
}

/** Ends the session of a refresh token, spent or not. Nothing is told of a text that is none. */
export async function logOut(
  { database }: Pick<IdentityDeps, 'database'>,
  { refreshToken, now }: { readonly refreshToken: string; readonly now: Date },
): Promise<void> {
  await database.transaction('operator', async (tx) => {
    const row = await lockRefreshToken(tx, refreshToken);
    if (row === undefined) return;
    const { tenant_id: tenantId, session_id: sessionId } = row;
    const user = await findSessionUser(tx, tenantId, sessionId);
    if (user === undefined) return;
    await endSession({ tx, actor: actingUser(user), now }, { tenantId, sessionId, reason: 'logged_out' });
  });
}

export interface AccessRequest {
  readonly accessToken: string;
  readonly address: string;
  readonly now: Date;
}

/**
 * The session behind an access token. The session is asked each time, so what was revoked a moment ago is refused
 * although the token has minutes left.
 *
 * @throws access.unauthenticated, user.session_ended
 */
export async function authenticateAccess(deps: TokenDeps, request: AccessRequest): Promise<UserSession> {
  const { now, address } = request;
  const claims = await deps.tokens.verify(request.accessToken, now);
  if (claims === undefined) {
    throw new TenantryError('access.unauthenticated', 'The access token is not valid or has expired.', {
      next: 'Get a new one with the refresh token, or log in.',
    });
  }
  const session = await deps.database.transaction('operator', (tx) =>
    useSession({ tx, actor: SESSIONS, now }, { tenantId: claims.tenant_id, sessionId: claims.sid }, { address }),
  );
  if (session === undefined || session.user.id !== claims.sub) throw sessionEnded();
  return session;
}
