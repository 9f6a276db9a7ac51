import type { Configuration, Interaction, KoaContextWithOIDC } from 'oidc-provider';
import type { Secret } from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import { type AccountFacts, claimsOf, findAccountFacts } from './accounts.ts';
import type { CookieRules } from './browser-session.ts';
import { hashSecret } from './clients.ts';
import { SIGNING_ALGS, type SigningAlg } from './core/key-schedule.ts';
import { factsIn, grantFor, promptPolicy, rememberLogIn, resourceOf, SCOPES } from './entry-rules.ts';
import { errors, Provider } from './library.ts';
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

const CODE_SECONDS = 60;
const INTERACTION_SECONDS = 30 * 60;
const DAY_SECONDS = 24 * 60 * 60;
const MIN_POLICY_SECONDS = 60;

const toSeconds = (ms: number): number => Math.max(MIN_POLICY_SECONDS, Math.floor(ms / 1_000));

/** The OpenID Provider with these keys. Another is made when the keys change; it keeps nothing in memory. */
export function createProvider(deps: ProviderDeps, keys: readonly SigningKey[]): Provider {
  const issuer = `${deps.publicUrl}${ISSUER_PATH}`;
  const provider = new Provider(issuer, configure(deps, keys));
  // Forwarding headers are set by our own mount, from the configured address, never from the request.
  provider.proxy = true;
  useOwnRules(provider, deps);
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
  clientAuthMethods: ['client_secret_basic', 'none'],
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

/** For the application's API: whose tenant this is, and in which role. Of the tenant of the user alone. */
function accessClaims(ctx: KoaContextWithOIDC): Record<string, unknown> | undefined {
  const facts = factsIn(ctx);
  if (facts === undefined) return undefined;
  const { AuthorizationCode: code, RotatedRefreshToken: rotated, RefreshToken: refresh } = ctx.oidc.entities;
  const amr = code?.amr ?? rotated?.amr ?? refresh?.amr ?? [];
  return { tenant_id: facts.tenantId, tenant_slug: facts.tenantSlug, roles: [facts.role], amr };
}

/** Secrets are kept as hashes, so that is what is compared; log-outs are told by `deliverLogOuts` alone. */
function useOwnRules(provider: Provider, deps: ProviderDeps): void {
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
