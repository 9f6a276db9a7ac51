/** When somebody may enter an application without being asked, with what rights, and what we remember of it. */
import type { KoaContextWithOIDC, interactionPolicy as policyTypes } from 'oidc-provider';
import type { Database } from '../../db/index.ts';
import type { UserSession } from '../authentication.ts';
import type { AccountFacts } from './accounts.ts';
import { type CookieRules, findBrowserSession } from './browser-session.ts';
import { readLoginHint } from './core/tenant-hint.ts';
import { interactionPolicy } from './library.ts';
import type { UserDoor } from './user-door.ts';

export interface EntryDeps {
  readonly database: Database;
  readonly users: UserDoor;
  readonly cookies: CookieRules;
  readonly now: () => Date;
}

export const SCOPES = ['openid', 'profile', 'email', 'offline_access'] as const;
/** What we keep of a request: the session of the user, asked for once. */
interface RequestState {
  userSession?: Promise<UserSession | undefined>;
}

export const resourceOf = (client: { readonly [name: string]: unknown }): string | undefined =>
  typeof client.tenantry_resource === 'string' ? client.tenantry_resource : undefined;

export const factsIn = (ctx: KoaContextWithOIDC): AccountFacts | undefined =>
  ctx.oidc.account?.facts as AccountFacts | undefined;

/** The one log-in of a browser holds for as long as the user's session does, and for its own tenant. */
export function promptPolicy(deps: EntryDeps): policyTypes.Prompt[] {
  const { Check, Prompt, base } = interactionPolicy;
  const policy = base();
  const login = policy.get('login');
  login?.checks.add(
    new Check('session_ended', 'the session of the user has ended', 'login_required', async (ctx) => {
      if (ctx.oidc.session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT;
      return (await usableSession(deps, ctx)) === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  login?.checks.add(
    new Check('other_tenant', 'another tenant is asked for', 'login_required', (ctx) => {
      const wanted = readLoginHint(ctx.oidc.params ?? {}).tenant;
      const facts = factsIn(ctx);
      const other = wanted !== undefined && facts !== undefined && facts.tenantSlug !== wanted;
      return other ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  policy.remove('consent');
  policy.add(
    new Prompt(
      { name: 'consent', requestable: true },
      new Check('consent_missing', 'the user has not agreed', 'consent_required', (ctx) => {
        const needed = ctx.oidc.client?.tenantry_first_party !== true && ctx.oidc.result?.consent === undefined;
        return needed ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
      }),
    ),
  );
  return policy;
}

/** The user's own session behind this request, if it is alive and of the account the provider's session names. */
async function usableSession(deps: EntryDeps, ctx: KoaContextWithOIDC): Promise<UserSession | undefined> {
  const state: RequestState = ctx.state;
  state.userSession ??= findBrowserSession(deps.users, deps.cookies, {
    cookie: ctx.get('cookie'),
    address: ctx.ip,
    now: deps.now(),
  });
  const session = await state.userSession;
  const account = ctx.oidc.account?.accountId;
  return session !== undefined && session.user.id === account ? session : undefined;
}

/** One grant for each time somebody enters, so that a code used twice takes back nothing but its own tokens. */
export async function grantFor(deps: EntryDeps, ctx: KoaContextWithOIDC) {
  const { account, client, provider, session, result } = ctx.oidc;
  if (account === undefined || client === undefined || session === undefined) return undefined;
  if ((await usableSession(deps, ctx)) === undefined) return undefined;
  if (client.tenantry_first_party !== true && result?.consent === undefined) return undefined;
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope(SCOPES.join(' '));
  const resource = resourceOf(client);
  if (resource !== undefined) grant.addResourceScope(resource, SCOPES.join(' '));
  await grant.save();
  return grant;
}

/** Before the code leaves: which application was entered with which session, so that its end can be told. */
export async function rememberLogIn(deps: EntryDeps, ctx: KoaContextWithOIDC): Promise<void> {
  const { oidc } = ctx;
  const code = oidc?.entities.AuthorizationCode;
  if (code === undefined || (oidc.route !== 'authorization' && oidc.route !== 'resume')) return;
  const session = await usableSession(deps, ctx);
  const { client, session: providerSession } = oidc;
  if (session === undefined || client === undefined || providerSession === undefined) {
    throw new Error('A code was made without a session of the user.');
  }
  await deps.database.transaction('operator', (tx) =>
    tx.query(
      `insert into oidc_log_ins (grant_id, tenant_id, user_id, session_id, client_id, provider_session_uid, sid, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        code.grantId,
        session.user.tenantId,
        session.user.id,
        session.id,
        client.clientId,
        providerSession.uid,
        providerSession.sidFor(client.clientId) ?? '',
        deps.now(),
      ],
    ),
  );
}
