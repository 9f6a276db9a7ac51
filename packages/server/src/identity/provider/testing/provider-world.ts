import { createServer } from 'node:net';
import * as oidc from 'openid-client';
import { afterAll } from 'vitest';
import type { Ctx } from '../../../access/index.ts';
import type { TestDatabase } from '../../../db/testing/index.ts';
import { createHttpServer, createLogger } from '../../../http/index.ts';
import { storeCutlist } from '../../../tenants/testing/registry.ts';
import { onSessionEnded } from '../../sessions.ts';
import { identityWorld, operator } from '../../testing/world.ts';
import { createClient, type NewOidcClient, openIdentityProvider, openUserDoor } from '../index.ts';
import { identityProviderRoutes } from '../routes.ts';
import { type Answer, type Browser, openBrowser } from './browser.ts';

export const CALLBACK = 'https://app.example/callback';
export const AFTER_LOG_OUT = 'https://app.example/bye';
export const RESOURCE = 'https://api.app.example';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** A whole provider on a port of its own, with real users and sessions, and clients of `openid-client`. */
export async function providerWorld(test: TestDatabase) {
  const identity = identityWorld(test);
  await storeCutlist(test.database);
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const clock = { aheadMs: 0 };
  const now = (): Date => new Date(Date.now() + clock.aheadMs);
  const logged: { message: string; facts: Readonly<Record<string, unknown>> }[] = [];
  const idp = await openIdentityProvider({
    database: test.database,
    keyring: identity.deps.keyring,
    publicUrl,
    now,
    log: (message, facts) => void logged.push({ message, facts }),
  });
  const users = openUserDoor(identity.deps);
  const stopListening = onSessionEnded(idp.sessionEnded);
  const server = await createHttpServer({
    config: { publicUrl, bodyLimitBytes: 65_536, rateLimitPerMinute: 100_000 },
    logger: createLogger({ logLevel: 'silent' }),
    database: test.database,
    authenticate: async () => undefined,
    now,
  });
  identityProviderRoutes(server, idp, users);
  await server.listen({ host: '127.0.0.1', port });
  afterAll(async () => {
    stopListening();
    await server.close();
  });

  const doing = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
    test.database.transaction('operator', (tx) => fn({ tx, actor: operator, now: now() }));

  const registerClient = async (overrides: Partial<NewOidcClient> & { readonly id: string }) => {
    const { client, secret } = await doing((ctx) =>
      createClient(ctx, {
        productId: 'cutlist',
        name: `Application ${overrides.id}`,
        redirectUris: [CALLBACK],
        postLogoutRedirectUris: [AFTER_LOG_OUT],
        ...overrides,
      }),
    );
    return { client, secret: secret?.reveal() ?? '' };
  };

  /** As an application would set it up: by discovery. */
  const relyingParty = async (id: string, secret: string): Promise<oidc.Configuration> =>
    oidc.discovery(new URL(idp.issuer), id, {}, secret === '' ? oidc.None() : oidc.ClientSecretBasic(secret), {
      execute: [oidc.allowInsecureRequests],
    });

  return { ...identity, idp, users, server, publicUrl, clock, now, logged, doing, registerClient, relyingParty };
}

export type ProviderWorld = Awaited<ReturnType<typeof providerWorld>>;

export interface Started {
  readonly url: URL;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** An authorization request with everything it should have. */
export async function startLogIn(
  config: oidc.Configuration,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  });
  return { url, verifier, state, nonce };
}

/** Types tenant, address and password into the page of a log-in; the answer follows redirects up to the application. */
export async function typePassword(
  browser: Browser,
  started: Started,
  fields: { readonly tenant: string; readonly email: string; readonly password: string },
): Promise<Answer> {
  const page = await browser.follow(await browser.get(started.url.href));
  return browser.follow(await browser.submit(page, fields));
}

export const finishLogIn = (
  config: oidc.Configuration,
  started: Started,
  callback: string,
  parameters: Readonly<Record<string, string>> = {},
) =>
  oidc.authorizationCodeGrant(
    config,
    new URL(callback),
    { pkceCodeVerifier: started.verifier, expectedState: started.state, expectedNonce: started.nonce },
    parameters,
  );

export { openBrowser };
