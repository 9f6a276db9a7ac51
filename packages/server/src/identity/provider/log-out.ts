/** Log-out asked for by an application (OpenID Connect RP-Initiated Logout 1.0), or by the user on our page. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Database } from '../../db/index.ts';
import { type CookieRules, cookieText, findBrowserSession } from './browser-session.ts';
import { endProviderSession } from './records.ts';
import type { UserDoor } from './user-door.ts';

export interface LogOutRequestDeps {
  readonly database: Database;
  readonly users: UserDoor;
  readonly cookies: CookieRules;
  readonly now: () => Date;
}

interface LogOutState {
  readonly postLogoutRedirectUri?: string;
  readonly state?: string;
}

/**
 * Runs after oidc-provider has checked the request. Where its ID token proves that the application speaks of this very
 * user, or nobody is logged in, there is nothing to ask; else our page asks, so that a link on another site cannot log
 * anybody out.
 */
export async function afterLogOut(deps: LogOutRequestDeps, ctx: KoaContextWithOIDC): Promise<void> {
  const { oidc } = ctx;
  if (oidc === undefined || ctx.status >= 400) return;
  if (oidc.route === 'end_session_confirm' && oidc.params?.logout !== undefined) await endUserSession(deps, ctx);
  if (oidc.route !== 'end_session') return;
  const account = oidc.session?.accountId;
  const hint = oidc.entities.IdTokenHint?.payload as { readonly sub?: unknown } | undefined;
  if (account !== undefined && hint?.sub !== account) return;
  await endUserSession(deps, ctx);
  const { postLogoutRedirectUri, state }: LogOutState = oidc.session?.state ?? {};
  const uid = oidc.session?.uid;
  if (uid !== undefined) await deps.database.transaction('operator', (tx) => endProviderSession(tx, uid));
  ctx.body = null;
  ctx.status = 303;
  ctx.redirect(
    postLogoutRedirectUri === undefined ? oidc.urlFor('end_session_success') : withState(postLogoutRedirectUri, state),
  );
}

function withState(address: string, state: string | undefined): string {
  const url = new URL(address);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

/** Ends the session of this browser, and with it every application that was entered with it. */
async function endUserSession({ users, cookies, now }: LogOutRequestDeps, ctx: KoaContextWithOIDC): Promise<void> {
  const session = await findBrowserSession(users, cookies, { cookie: ctx.get('cookie'), address: ctx.ip, now: now() });
  ctx.append('set-cookie', cookieText(cookies, cookies.userCookie, ''));
  if (session === undefined) return;
  const { id, user } = session;
  await users.endSession({ tenantId: user.tenantId, userId: user.id, sessionId: id }, 'logged_out', now());
}
