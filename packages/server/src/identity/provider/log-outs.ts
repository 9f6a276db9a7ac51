/**
 * Back-channel log-out (OpenID Connect Back-Channel Logout 1.0). What has to be told is written in the transaction
 * that ends the session and told afterwards, again and again for days if the application does not answer.
 *
 * A session that merely ran out (idle, absolute) ends the single sign-on. The applications have clocks of their own,
 * and their refresh tokens are looked at again whenever they are used.
 */
import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { Agent, fetch } from 'undici';
import type { Ctx } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';
import type { EndedSession } from '../authentication.ts';
import { type SigningAlg, signingKeyOf } from './core/key-schedule.ts';
import { endProviderSession, revokeGrants } from './records.ts';
import { type SigningKey, toJwk } from './signing-keys.ts';

export interface LogOutDeps {
  readonly database: Database;
  readonly issuer: string;
  readonly keys: () => readonly SigningKey[];
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
}

const RAN_OUT: ReadonlySet<string> = new Set(['idle', 'absolute']);
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const TIMEOUT_MS = 5_000;
const TOKEN_SECONDS = 120;
/** One minute, doubled each time up to six hours: about four days in all. */
const ATTEMPTS_MAX = 24;

const RAN_OUT_ROWS = {
  name: 'oidc-log-ins-of-session',
  text: 'select distinct provider_session_uid as uid from oidc_log_ins where session_id = $1',
};
const END = {
  name: 'oidc-log-ins-end',
  text: `update oidc_log_ins l set ended_at = $2::timestamptz,
           due_at = case when c.backchannel_logout_uri is not null then $2::timestamptz end
         from oidc_clients c where c.id = l.client_id and l.session_id = $1 and l.ended_at is null
         returning l.grant_id as "grantId", l.provider_session_uid as uid`,
};

/** For `onSessionEnded`: runs in the transaction that ends the session. */
export async function endLogIns(ctx: Ctx, ended: EndedSession): Promise<void> {
  if (RAN_OUT.has(ended.reason)) {
    const { rows } = await ctx.tx.query<{ uid: string }>(RAN_OUT_ROWS, [ended.sessionId]);
    for (const { uid } of rows) await endProviderSession(ctx.tx, uid);
    return;
  }
  const { rows } = await ctx.tx.query<{ grantId: string; uid: string }>(END, [ended.sessionId, ctx.now]);
  if (rows.length === 0) return;
  await revokeGrants(
    ctx.tx,
    rows.map(({ grantId }) => grantId),
  );
  for (const uid of new Set(rows.map((row) => row.uid))) await endProviderSession(ctx.tx, uid);
}

interface Due {
  readonly grantId: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly sid: string;
  readonly attempts: number;
  readonly clientId: string;
  readonly uri: string;
  readonly alg: SigningAlg;
  readonly ca: string | null;
}

/** Claims what is due: a process that dies on it leaves it due again after the wait. */
const CLAIM = {
  name: 'oidc-log-outs-claim',
  text: `update oidc_log_ins l
         set attempts = l.attempts + 1,
             due_at = case when l.attempts + 1 < $3 then
               $1::timestamptz + least(power(2, least(l.attempts, 12)), 360) * interval '1 minute' end
         from oidc_clients c
         where c.id = l.client_id and l.grant_id = any(array(
           select grant_id from oidc_log_ins where due_at <= $1 order by due_at limit $2 for update skip locked))
         returning l.grant_id as "grantId", l.tenant_id as "tenantId", l.user_id as "userId", l.sid, l.attempts, c.id as "clientId",
                   c.backchannel_logout_uri as uri, c.signing_alg as alg, c.trusted_ca as ca`,
};

/** Tells applications of the sessions that ended; answers how many were reached. For the background. */
export async function deliverLogOuts(deps: LogOutDeps, now: Date, limit = 50): Promise<number> {
  const { rows } = await deps.database.transaction('operator', (tx) =>
    tx.query<Due>(CLAIM, [now, limit, ATTEMPTS_MAX]),
  );
  const reached = await Promise.all(rows.map((due) => deliver(deps, due, now)));
  const told = rows.filter((_, index) => reached[index] === true).map(({ grantId }) => grantId);
  if (told.length > 0) {
    await deps.database.transaction('operator', (tx) =>
      tx.query('update oidc_log_ins set due_at = null where grant_id = any($1)', [told]),
    );
  }
  return told.length;
}

async function deliver(deps: LogOutDeps, due: Due, now: Date): Promise<boolean> {
  // Of a client that gave up its address since then nobody is left to tell.
  if (due.uri === null) return true;
  const dispatcher = new Agent(due.ca === null ? {} : { connect: { ca: due.ca } });
  try {
    const body = new URLSearchParams({ logout_token: await logOutToken(deps, due, now) });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(due.uri, { method: 'POST', body, redirect: 'error', signal, dispatcher });
    await answer.body?.cancel();
    if (answer.ok) return true;
    deps.log('an application refused a log-out', {
      client: due.clientId,
      status: answer.status,
      attempt: due.attempts,
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    deps.log('an application could not be told of a log-out', {
      client: due.clientId,
      cause,
      attempt: due.attempts,
    });
  } finally {
    await dispatcher.destroy();
  }
  return false;
}

/** Section 2.4: no nonce, and a type of its own, so that it can never pass for an ID token. The tenant is named for applications
 * that look their sessions up under row-level security. */
async function logOutToken({ issuer, keys }: LogOutDeps, due: Due, now: Date): Promise<string> {
  const key = signingKeyOf(keys(), due.alg, now);
  if (key === undefined) throw new Error(`There is no key that signs ${due.alg} now.`);
  const seconds = Math.floor(now.getTime() / 1_000);
  return new SignJWT({ sid: due.sid, tenant_id: due.tenantId, events: { [EVENT]: {} } })
    .setProtectedHeader({ alg: due.alg, kid: key.kid, typ: 'logout+jwt' })
    .setIssuer(issuer)
    .setSubject(due.userId)
    .setAudience(due.clientId)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + TOKEN_SECONDS)
    .setJti(randomUUID())
    .sign(await importJWK(toJwk(key), due.alg));
}
