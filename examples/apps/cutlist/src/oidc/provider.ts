import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';

export interface OidcSettings {
  /** As the provider names itself, no slash at its end. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a log-in remembers between leaving for the provider and coming back. */
export interface PendingLogIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** What an ID token says that this application goes by. */
export interface ProvenUser {
  readonly issuer: string;
  readonly subject: string;
  readonly tenantId: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly sid: string | undefined;
  readonly idToken: string;
}

export interface LogOutToken {
  readonly tenantId: string;
  readonly sid: string | undefined;
  readonly subject: string | undefined;
}

export interface OidcProvider {
  readonly issuer: string;
  /** Where forms may lead: browsers check redirects too. */
  readonly origin: string;
  begin(hints: Readonly<Record<string, string>>): Promise<{ readonly url: URL; readonly pending: PendingLogIn }>;
  /** @throws for an answer that does not belong to `pending`, or an ID token that does not hold */
  finish(callback: URL, pending: PendingLogIn): Promise<ProvenUser>;
  logOutUrl(idToken: string | undefined): Promise<URL>;
  /** @throws for anything that is not a log-out token of this provider for this application */
  readLogOutToken(token: string, now: Date): Promise<LogOutToken>;
}

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_AGE_S = 300;
const CLOCK_TOLERANCE_S = 30;

/** Plain HTTP is taken on this very machine alone: over a network it would give codes and tokens away. */
export function isUsableIssuer(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, hostname } = new URL(issuer);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

/** Asks the provider about itself at the first use, and again as long as that fails. */
export function openOidcProvider(settings: OidcSettings, publicUrl: () => string): OidcProvider {
  const { issuer, clientId, clientSecret } = settings;
  const insecure = new URL(issuer).protocol === 'http:';
  let discovered: Promise<oidc.Configuration> | undefined;
  const configuration = (): Promise<oidc.Configuration> => {
    discovered ??= oidc
      .discovery(new URL(issuer), clientId, {}, oidc.ClientSecretBasic(clientSecret), {
        execute: insecure ? [oidc.allowInsecureRequests] : [],
      })
      .catch((error: unknown) => {
        discovered = undefined;
        throw error;
      });
    return discovered;
  };
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  const keySet = async (): Promise<ReturnType<typeof createRemoteJWKSet>> => {
    keys ??= createRemoteJWKSet(new URL(String((await configuration()).serverMetadata().jwks_uri)));
    return keys;
  };
  return {
    issuer,
    origin: new URL(issuer).origin,
    async begin(hints) {
      const pending = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(await configuration(), {
        ...hints,
        redirect_uri: `${publicUrl()}/callback`,
        scope: 'openid profile email',
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      });
      return { url, pending };
    },
    async finish(callback, pending) {
      const tokens = await oidc.authorizationCodeGrant(await configuration(), callback, {
        pkceCodeVerifier: pending.verifier,
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      });
      return provenUser(tokens.claims() ?? {}, tokens.id_token ?? '');
    },
    async logOutUrl(idToken) {
      return oidc.buildEndSessionUrl(await configuration(), {
        post_logout_redirect_uri: `${publicUrl()}/logged-out`,
        ...(idToken === undefined ? {} : { id_token_hint: idToken }),
      });
    },
    async readLogOutToken(token, now) {
      const { payload } = await jwtVerify(token, await keySet(), {
        issuer,
        audience: clientId,
        algorithms: ALGORITHMS,
        typ: 'logout+jwt',
        maxTokenAge: MAX_AGE_S,
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['iat', 'jti', 'exp'],
        currentDate: now,
      });
      return logOutToken(payload);
    },
  };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function provenUser(claims: Readonly<Record<string, unknown>>, idToken: string): ProvenUser {
  const [issuer, subject, tenantId, email] = [claims.iss, claims.sub, claims.tenant_id, claims.email].map(text);
  if (issuer === undefined || subject === undefined || email === undefined) throw new Error('A claim is missing.');
  if (tenantId === undefined || !UUID.test(tenantId)) throw new Error('The ID token names no tenant.');
  return {
    issuer,
    subject,
    tenantId,
    email,
    name: text(claims.name) ?? email,
    role: text(claims.role) ?? '',
    sid: text(claims.sid),
    idToken,
  };
}

/** OpenID Connect Back-Channel Logout 1.0, section 2.6: the event, somebody it is about, and no nonce. */
function logOutToken(claims: Readonly<Record<string, unknown>>): LogOutToken {
  const events: unknown = claims.events;
  const isLogOut = typeof events === 'object' && events !== null && Object.hasOwn(events, EVENT);
  const [sid, subject, tenantId] = [claims.sid, claims.sub, claims.tenant_id].map(text);
  if (!isLogOut || claims.nonce !== undefined) throw new Error('This is no log-out token.');
  if (tenantId === undefined || !UUID.test(tenantId)) throw new Error('The log-out token names no tenant.');
  if (sid === undefined && subject === undefined) throw new Error('The log-out token names nobody.');
  return { tenantId, sid, subject };
}
