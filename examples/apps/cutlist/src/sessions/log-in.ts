import { recordAudit } from '../audit/record.ts';
import type { CutlistContext } from '../context.ts';
import { atLogin, inTenant, type TenantDb } from '../db/in-tenant.ts';
import { Refusal } from '../refusal.ts';
import { admitByStatus, type TenantStatus } from '../tenants/status-gate.ts';
import { countAttempt } from './count-attempt.ts';
import { isPasswordOf } from './passwords.ts';
import { hashToken, newToken } from './token.ts';

export interface Credentials {
  readonly tenant: string;
  readonly email: string;
  readonly password: string;
}

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly pilot: boolean;
  readonly password_hash: string | null;
}

/**
 * Starts a session and returns its token. The answer to a wrong tenant, address or password is the same, in words and
 * in time. The tenant's status is told only to somebody who proved who they are.
 */
export async function logIn(context: CutlistContext, credentials: Credentials): Promise<string> {
  const now = context.clock();
  const attemptsKey = JSON.stringify([credentials.tenant, credentials.email.toLowerCase()]);
  countAttempt(context, attemptsKey, now);

  const tenant = await findTenant(context, credentials.tenant);
  const user = tenant && (await inTenant(context.pool, tenant.id, (db) => findUser(db, credentials.email)));
  // Outside any transaction: hashing takes tens of milliseconds and must not hold a connection.
  const proven = await isPasswordOf(user?.password_hash, credentials.password);
  if (tenant === undefined) throw wrongCredentials();
  const refuse = async (refusal: Refusal): Promise<never> => {
    const entry = { tenantId: tenant.id, actor: credentials.email, action: 'session.refused', at: now };
    await inTenant(context.pool, tenant.id, (db) => recordAudit(db, { ...entry, detail: { reason: refusal.code } }));
    throw refusal;
  };
  if (user === undefined || !proven) return await refuse(wrongCredentials());
  const closed = admitByStatus(tenant.status, user);
  if (closed !== undefined) return await refuse(closed);

  context.passwordAttempts.forget(attemptsKey);
  return await inTenant(context.pool, tenant.id, async (db) => {
    await db.query('update users set last_login_at = $2 where id = $1', [user.id, now]);
    await recordAudit(db, { tenantId: tenant.id, actor: user.email, action: 'session.started', at: now });
    return await startSession(context, db, tenant.id, user.id);
  });
}

const wrongCredentials = (): Refusal =>
  new Refusal('login_refused', 'Workshop, e-mail address or password is not right.');

/** The log-in at an OpenID provider that a session came with; both null after a password of our own. */
export interface SessionOrigin {
  readonly sid: string | null;
  readonly idToken: string | null;
}

/** A fresh session in the tenant's transaction; sessions that are over are swept out on the way. */
export async function startSession(
  context: CutlistContext,
  db: TenantDb,
  tenantId: string,
  userId: string,
  origin: SessionOrigin = { sid: null, idToken: null },
): Promise<string> {
  const now = context.clock();
  const token = newToken(tenantId);
  await db.query('delete from sessions where expires_at <= $1 or last_seen_at <= $2', [
    now,
    new Date(now.getTime() - context.session.idleMs),
  ]);
  await db.query(
    `insert into sessions (token_hash, tenant_id, user_id, created_at, last_seen_at, expires_at, oidc_sid, oidc_id_token)
     values ($1, $2, $3, $4, $4, $5, $6, $7)`,
    [
      hashToken(token),
      tenantId,
      userId,
      now,
      new Date(now.getTime() + context.session.absoluteMs),
      origin.sid,
      origin.idToken,
    ],
  );
  return token;
}

async function findTenant(
  context: CutlistContext,
  slug: string,
): Promise<{ id: string; status: TenantStatus } | undefined> {
  const { rows } = await atLogin(context.pool, slug, (db) =>
    db.query<{ id: string; status: TenantStatus }>('select id, status from tenants where slug = $1', [slug]),
  );
  return rows[0];
}

async function findUser(db: TenantDb, email: string): Promise<UserRow | undefined> {
  const { rows } = await db.query<UserRow>(
    'select id, email, role, pilot, password_hash from users where lower(email) = lower($1)',
    [email],
  );
  return rows[0];
}
