import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { inTenant } from '../db/in-tenant.ts';
import { actFor, visitorOf } from '../http/access.ts';
import { clearCookie, LOGIN_COOKIE, readCookie, SESSION_COOKIE, setCookie } from '../http/cookies.ts';
import { fieldOf, queryOf } from '../http/forms.ts';
import { Refusal } from '../refusal.ts';
import { logOut } from '../sessions/log-out.ts';
import { hashToken } from '../sessions/token.ts';
import { html } from '../ui/html.ts';
import { sendPage } from '../ui/page.ts';
import { admitUser } from './admit-user.ts';
import type { OidcProvider, PendingLogIn } from './provider.ts';

const TOKEN_BODY_BYTES = 16 * 1_024;
/** Passed on to the provider, so that it need not ask again. */
const HINTS = ['tenant', 'login_hint'] as const;

/** Log-in and log-out where an OpenID provider does both; there is no password form then. */
export function addOidcRoutes(app: FastifyInstance, context: CutlistContext, provider: OidcProvider): void {
  app.get('/login', { config: { access: 'public' } }, async (request, reply) => {
    const asked = queryOf(request, 'iss');
    if (asked !== undefined && asked !== provider.issuer) throw refused('That is not where people log in here.');
    const hints = HINTS.map((name) => [name, queryOf(request, name)] as const).filter(
      ([, value]) => value !== undefined,
    );
    const { url, pending } = await provider
      .begin(Object.fromEntries(hints) as Record<string, string>)
      .catch(unreachable);
    setCookie(reply, LOGIN_COOKIE, Buffer.from(JSON.stringify(pending)).toString('base64url'));
    return reply.redirect(url.href, 303);
  });

  app.get('/callback', { config: { access: 'public' } }, async (request, reply) => {
    const pending = pendingOf(request);
    const state = queryOf(request, 'state') ?? '';
    if (pending === undefined || !isSame(pending.state, state))
      throw refused('This log-in was begun elsewhere, or is over.');
    const proven = await provider.finish(new URL(request.url, context.publicUrl()), pending).catch((error: unknown) => {
      request.log.warn(error);
      throw refused('The log-in did not succeed. Try again.');
    });
    const token = await admitUser(context, proven);
    reply.header('set-cookie', clearCookieText());
    setCookie(reply, SESSION_COOKIE, token);
    return reply.redirect('/projects', 303);
  });

  app.post('/logout', { config: { access: 'password' } }, async (request, reply) => {
    const idToken = await idTokenOf(context, request);
    await actFor(context, request, logOut);
    const url = await provider.logOutUrl(idToken).catch(() => undefined);
    return clearCookie(reply, SESSION_COOKIE).redirect(url?.href ?? '/logged-out', 303);
  });

  app.get('/logged-out', { config: { access: 'public' } }, async (_request, reply) => showLoggedOut(reply));

  // Called by the provider itself, which carries no cookie: the token is all there is to go by.
  app.post(
    '/backchannel-logout',
    { config: { access: 'public', fromOutside: true }, bodyLimit: TOKEN_BODY_BYTES },
    async (request, reply) => {
      try {
        await endSessions(context, provider, fieldOf(request, 'logout_token'));
        return await reply.code(200).send();
      } catch (error) {
        request.log.warn(error);
        return await reply.code(400).send({ error: 'invalid_request' });
      }
    },
  );
}

/** Every session that came with that log-in, or of that person where no log-in is named. */
async function endSessions(context: CutlistContext, provider: OidcProvider, token: string): Promise<void> {
  const now = context.clock();
  const { tenantId, sid, subject } = await provider.readLogOutToken(token, now);
  await inTenant(context.pool, tenantId, (db) =>
    sid === undefined
      ? db.query(
          `delete from sessions s using users u where u.id = s.user_id and u.tenant_id = s.tenant_id
             and u.oidc_issuer = $1 and u.oidc_subject = $2`,
          [provider.issuer, subject],
        )
      : db.query('delete from sessions where oidc_sid = $1', [sid]),
  );
}

async function idTokenOf(context: CutlistContext, request: FastifyRequest): Promise<string | undefined> {
  const { tenantId, token } = visitorOf(request);
  return inTenant(context.pool, tenantId, async (db) => {
    const { rows } = await db.query<{ oidc_id_token: string | null }>(
      'select oidc_id_token from sessions where token_hash = $1',
      [hashToken(token)],
    );
    return rows[0]?.oidc_id_token ?? undefined;
  });
}

function pendingOf(request: FastifyRequest): PendingLogIn | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(readCookie(request, LOGIN_COOKIE) ?? '', 'base64url').toString());
    if (typeof value !== 'object' || value === null) return undefined;
    const { state, nonce, verifier } = value as Readonly<Record<string, unknown>>;
    if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string') return undefined;
    return { state, nonce, verifier };
  } catch {
    return undefined;
  }
}

function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const clearCookieText = (): string => `${LOGIN_COOKIE}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax`;

const refused = (message: string): Refusal => new Refusal('login_refused', message);

const unreachable = (): never => {
  throw new Refusal('login_unavailable', 'Log-in is not possible at this moment. Try again in a while.');
};

const showLoggedOut = (reply: FastifyReply): FastifyReply =>
  sendPage(reply, {
    title: 'Logged out',
    body: html`<section class="card narrow"><h1>You are logged out</h1>
      <p><a class="button" href="/login">Log in again</a></p></section>`,
  });
