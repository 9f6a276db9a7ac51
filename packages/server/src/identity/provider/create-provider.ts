import {
  type Configuration,
  errors,
  type Interaction,
  interactionPolicy,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import type { Secret } from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import type { UserSession } from '../authentication.ts';
import { type AccountFacts, claimsOf, findAccountFacts } from './accounts.ts';
import { type CookieRules, findBrowserSession } from './browser-session.ts';
import { hashSecret } from './clients.ts';
import { SIGNING_ALGS, type SigningAlg } from './core/key-schedule.ts';
import { readLoginHint } from './core/tenant-hint.ts';
import { afterLogOut } from './log-out.ts';
import { recordAdapter } from './records.ts';
import { type SigningKey, toJwk } from './signing-keys.ts';
import type { SecretHash } from './tables.ts';
import type { UserDoor } from './user-door.ts';

export interface ProviderDeps {
  readonly database: Database;
  readonly users: UserDoor;
  readonly cookies: CookieRules;
  /** No slash at its end. */
  readonly publicUrl: string;
  readonly cookieKey: Secret;
  readonly now: () => Date;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
  /** Pages of the protocol itself, in the look of the log-in. */
  readonly pages: ProviderPages;
}

export interface ProviderPages {
  error(ctx: KoaContextWithOIDC, error: { readonly code: string; readonly description: string }): Promise<void>;
  askLogOut(ctx: KoaContextWithOIDC, form: { readonly action: string; readonly xsrf: string }): Promise<void>;
  loggedOut(ctx: KoaContextWithOIDC): Promise<void>;
}

export const ISSUER_PATH = '/oidc';
export const interactionPath = (uid: string): string => `/login/${uid}`;

/** NIST SP 800-63B: one factor, or two. */
export const ACR = { one: 'urn:tenantry:aal:1', two: 'urn:tenantry:aal:2' } as const;

const SCOPES = ['openid', 'profile', 'email', 'offline_access'] as const;
const CODE_SECONDS = 60;
const INTERACTION_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * 60 * 60;
const MIN_POLICY_SECONDS = 60;

const toSeconds = (ms: number): number => Math.max(MIN_POLICY_SECONDS, Math.floor(ms / 1_000));

/** What we keep of a request: the session of the user, asked for once. */
interface RequestState {
  userSession?: Promise<UserSession | undefined>;
}

/** The OpenID Provider with these keys. Another is made when the keys change; it keeps nothing in memory. */
export function createProvider(deps: ProviderDeps, keys: readonly SigningKey[]): Provider {
  const issuer = `${deps.publicUrl}${ISSUER_PATH}`;
  const provider = new Provider(issuer, configure(deps, keys));
  // Forwarding headers are set by our own mount, from the configured address, never from the request.
  provider.proxy = true;
  refuseStolenSecrets(provider, deps);
  provider.on('server_error', (_ctx, error) =>
    deps.log('the OIDC provider failed', { error: String(error), stack: error.stack }),
  );
  provider.use(async (ctx, next) => {
    await next();
    const oidcCtx = ctx as KoaContextWithOIDC;
    try {
      await rememberLogIn(deps, oidcCtx);
      await afterLogOut(deps, oidcCtx);
    } catch (error) {
      // Nothing that was made leaves: neither the code nor a log-out that did not happen.
      deps.log('the OIDC provider failed', { error: String(error) });
      ctx.remove('location');
      ctx.status = 500;
      await deps.pages.error(oidcCtx, { code: 'server_error', description: '' });
    }
  });
  return provider;
}

function configure(deps: ProviderDeps, keys: readonly SigningKey[]): Configuration {
  return {
    adapter: recordAdapter(deps.database),
    jwks: { keys: keys.map((key) => ({ ...toJwk(key) })) } as NonNullable<Configuration['jwks']>,
    ...LIMITS,
    claims: {
      openid: ['sub', 'tenant_id', 'tenant_slug', 'role', 'acr', 'amr', 'auth_time'],
      profile: ['name'],
      email: ['email', 'email_verified'],
      acr: null,
      amr: null,
      auth_time: null,
      iss: null,
      sid: null,
    },
    cookies: {
      keys: [deps.cookieKey.reveal()],
      names: { session: 'tenantry_oidc', interaction: 'tenantry_interaction', resume: 'tenantry_resume' },
      long: { httpOnly: true, sameSite: 'lax', signed: true, secure: deps.cookies.secure, path: ISSUER_PATH },
      short: { httpOnly: true, sameSite: 'lax', signed: true, secure: deps.cookies.secure },
    },
    ttl: {
      AuthorizationCode: CODE_SECONDS,
      Interaction: INTERACTION_SECONDS,
      Session: 14 * DAY_SECONDS,
      IdToken: (ctx) => toSeconds(policyIn(ctx).accessTokenMs),
      AccessToken: (ctx) => toSeconds(policyIn(ctx).accessTokenMs),
      // Counted from the log-in: rotation does not lengthen it.
      RefreshToken: (ctx) => ctx.oidc.entities.RotatedRefreshToken?.remainingTTL ?? toSeconds(policyIn(ctx).refreshMs),
      Grant: (ctx) => toSeconds(policyIn(ctx).refreshMs) + DAY_SECONDS,
    },
    interactions: {
      policy: promptPolicy(deps),
      url: (_ctx, { uid }: Interaction) => `${deps.publicUrl}${interactionPath(uid)}`,
    },
    features: featuresOf(deps, keys),
    extraClientMetadata: {
      properties: ['tenantry_secrets', 'tenantry_product', 'tenantry_first_party', 'tenantry_resource'],
    },
    findAccount: async (ctx, sub) => {
      const facts = await findAccountFacts(deps.database, sub);
      if (facts === undefined || facts.productId !== ctx.oidc.client?.tenantry_product) return undefined;
      return { accountId: facts.userId, facts, claims: () => ({ ...claimsOf(facts) }) };
    },
    loadExistingGrant: (ctx) => grantFor(deps, ctx),
    extraTokenClaims: (ctx, token) => (token.kind === 'AccessToken' ? accessClaims(ctx) : undefined),
    renderError: async (ctx, out) => {
      await deps.pages.error(ctx, { code: out.error, description: out.error_description ?? '' });
    },
  };
}

const LIMITS: Configuration = {
  acrValues: [ACR.one, ACR.two],
  extraParams: ['tenant'],
  scopes: SCOPES,
  responseTypes: ['code'],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  // RFC 9700, 2.1.1: always, whatever the client; `plain` does not exist here.
  pkce: { required: () => true },
  subjectTypes: ['public'],
  conformIdTokenClaims: false,
  allowOmittingSingleRegisteredRedirectUri: false,
  rotateRefreshToken: true,
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  // A refresh token outlives the browser; it ends when the session is ended, see `endLogIns`.
  expiresWithSession: () => false,
  clientBasedCORS: () => false,
  clockTolerance: 5,
  enabledJWA: {
    idTokenSigningAlgValues: [...SIGNING_ALGS],
    userinfoSigningAlgValues: [...SIGNING_ALGS],
  },
};

const featuresOf = (deps: ProviderDeps, keys: readonly SigningKey[]): NonNullable<Configuration['features']> => ({
  devInteractions: { enabled: false },
  backchannelLogout: { enabled: true },
  claimsParameter: { enabled: false },
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  resourceIndicators: {
    enabled: true,
    defaultResource: (_ctx, client) => resourceOf(client) ?? [],
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx, resource, client) => {
      if (resource !== resourceOf(client)) throw new errors.InvalidTarget();
      return {
        audience: resource,
        scope: SCOPES.join(' '),
        accessTokenFormat: 'jwt' as const,
        jwt: { sign: { alg: algOf(client, keys) } },
      };
    },
  },
  revocation: { enabled: true },
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: (ctx) =>
      deps.pages.askLogOut(ctx, {
        action: `${deps.publicUrl}${ISSUER_PATH}/session/end/confirm`,
        xsrf: String((ctx.oidc.session?.state as { secret?: string } | undefined)?.secret ?? ''),
      }),
    postLogoutSuccessSource: (ctx) => deps.pages.loggedOut(ctx),
  },
  userinfo: { enabled: true },
});

const resourceOf = (client: { readonly [name: string]: unknown }): string | undefined =>
  typeof client.tenantry_resource === 'string' ? client.tenantry_resource : undefined;

function algOf(
  client: { readonly idTokenSignedResponseAlg?: string | undefined },
  keys: readonly SigningKey[],
): SigningAlg {
  return keys.find(({ alg }) => alg === client.idTokenSignedResponseAlg)?.alg ?? 'RS256';
}

function policyIn(ctx: KoaContextWithOIDC): AccountFacts['policy'] {
  const facts = factsIn(ctx);
  if (facts === undefined) throw new Error('A token is made for nobody.');
  return facts.policy;
}

const factsIn = (ctx: KoaContextWithOIDC): AccountFacts | undefined =>
  ctx.oidc.account?.facts as AccountFacts | undefined;

/** For the application's API: whose tenant this is, and in which role. Of the tenant of the user alone. */
function accessClaims(ctx: KoaContextWithOIDC): Record<string, unknown> | undefined {
  const facts = factsIn(ctx);
  if (facts === undefined) return undefined;
  const { AuthorizationCode: code, RotatedRefreshToken: rotated, RefreshToken: refresh } = ctx.oidc.entities;
  const amr = code?.amr ?? rotated?.amr ?? refresh?.amr ?? [];
  return { tenant_id: facts.tenantId, tenant_slug: facts.tenantSlug, roles: [facts.role], amr };
}

/** The one log-in of a browser holds for as long as the user's session does, and for its own tenant. */
function promptPolicy(deps: ProviderDeps): interactionPolicy.Prompt[] {
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
async function usableSession(deps: ProviderDeps, ctx: KoaContextWithOIDC): Promise<UserSession | undefined> {
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
async function grantFor(deps: ProviderDeps, ctx: KoaContextWithOIDC) {
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
async function rememberLogIn(deps: ProviderDeps, ctx: KoaContextWithOIDC): Promise<void> {
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

/** Secrets are kept as hashes, so that is what is compared; log-outs are told by `deliverLogOuts` alone. */
function refuseStolenSecrets(provider: Provider, deps: ProviderDeps): void {
  Object.assign(provider.Client.prototype, {
    compareClientSecret(this: { readonly tenantry_secrets?: readonly SecretHash[] }, actual: string): boolean {
      const given = hashSecret(actual);
      const now = deps.now();
      // Hashes of random secrets: what the time of a comparison tells is of no use.
      return (this.tenantry_secrets ?? []).some(
        ({ hash, until }) => hash === given && (until === undefined || new Date(until) > now),
      );
    },
    backchannelLogout: async (): Promise<void> => undefined,
  });
}
