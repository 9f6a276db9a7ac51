/** The vendor's provider through `openid-client`: code flow with PKCE, state and nonce, signatures always checked. */
import { bug, TenantryError } from '@tenantry/contract';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  clockTolerance,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
} from 'openid-client';
import type { ProviderSettings } from './settings.ts';

/** A provider that moved its endpoints is found again within the hour. */
const DISCOVERED_FOR_MS = 60 * 60_000;
const TIMEOUT_SECONDS = 10;
/** Seconds that the provider's clock may be off. */
const CLOCK_TOLERANCE = 60;

/** What was sent along, and must come back. */
export interface SentAlong {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface ProviderClaims {
  readonly issuer: string;
  readonly subject: string;
  /** Of the ID token and, for what it lacks, of the userinfo endpoint; nothing of it is trusted yet. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface Provider {
  readonly settings: ProviderSettings;
  /** Where to send the browser, and what to keep meanwhile. @throws access.provider_failed */
  start(state: string): Promise<{ readonly url: URL; readonly sent: SentAlong }>;
  /**
   * Exchanges the code of the address the browser came back to.
   *
   * @throws access.provider_failed when the provider cannot be reached; AnswerRefused when its answer does not hold
   */
  finish(cameTo: URL, sent: SentAlong): Promise<ProviderClaims>;
}

/** The answer does not fit what was asked: wrong state, nonce, issuer, audience, signature, or a refusal by the provider. */
export class AnswerRefused extends Error {}

export function openProvider(settings: ProviderSettings, redirectUri: string, now: () => Date): Provider {
  let known: { readonly at: number; readonly config: Promise<Configuration> } | undefined;

  const discover = (): Promise<Configuration> => {
    const at = now().getTime();
    if (known !== undefined && at - known.at < DISCOVERED_FOR_MS) return known.config;
    const config = findProvider(settings);
    const fresh = { at, config };
    known = fresh;
    config.catch(() => {
      if (known === fresh) known = undefined;
    });
    return config;
  };

  return {
    settings,
    start: async (state) => {
      const config = await discover().catch(failed);
      const sent = { state, nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.scope ?? 'openid email profile',
        state,
        nonce: sent.nonce,
        code_challenge: await calculatePKCECodeChallenge(sent.codeVerifier),
        code_challenge_method: 'S256',
        ...(settings.hostedDomain === undefined ? {} : { hd: settings.hostedDomain }),
      });
      return { url, sent };
    },
    finish: async (cameTo, sent) => {
      const config = await discover().catch(failed);
      return readAnswer(config, cameTo, sent);
    },
  };
}

/** Plain http only to this very machine: anywhere else the codes and tokens would be readable on the way. */
function findProvider(settings: ProviderSettings): Promise<Configuration> {
  const issuer = new URL(settings.issuer);
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
  const secret = settings.clientSecret.reveal();
  return discovery(
    issuer,
    settings.clientId,
    { client_secret: secret, [clockTolerance]: CLOCK_TOLERANCE },
    ClientSecretBasic(secret),
    {
      timeout: TIMEOUT_SECONDS,
      // The token comes over TLS, and its signature is checked all the same: a proxy in between may not write one.
      execute: [enableNonRepudiationChecks, ...(here && issuer.protocol === 'http:' ? [allowInsecureRequests] : [])],
    },
  );
}

async function readAnswer(config: Configuration, cameTo: URL, sent: SentAlong): Promise<ProviderClaims> {
  try {
    const tokens = await authorizationCodeGrant(config, cameTo, {
      pkceCodeVerifier: sent.codeVerifier,
      expectedState: sent.state,
      expectedNonce: sent.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw bug('A checked ID token gave no claims.');
    const hasUserinfo = config.serverMetadata().userinfo_endpoint !== undefined;
    // The answer is refused when it is about another subject than the ID token.
    const more = hasUserinfo ? await fetchUserInfo(config, tokens.access_token, claims.sub) : {};
    return { issuer: claims.iss, subject: claims.sub, claims: { ...more, ...claims } };
  } catch (error) {
    if (isUnreachable(error)) return failed(error);
    throw new AnswerRefused(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** What `fetch` throws for a network that is away, and what a timeout does. */
function isUnreachable(error: unknown): boolean {
  const causes = [error, error instanceof Error ? error.cause : undefined];
  return causes.some(
    (cause) =>
      cause instanceof Error &&
      (cause.name === 'TimeoutError' ||
        cause.name === 'AbortError' ||
        (cause instanceof TypeError && cause.message === 'fetch failed')),
  );
}

const failed = (cause: unknown): never => {
  throw new TenantryError('access.provider_failed', 'The provider of your company did not answer as it should.', {
    cause,
    retry: { afterMs: 5_000 },
    next: 'Try again, or sign in with a password and a code.',
  });
};
