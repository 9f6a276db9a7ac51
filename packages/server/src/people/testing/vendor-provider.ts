/** A real OpenID provider (`oidc-provider`) as the one of the vendor, and one that says whatever a test wants. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

export const CLIENT_ID = 'tenantry';
export const CLIENT_SECRET = 'a-secret-that-is-long-enough-for-a-test';

export type AccountClaims = Readonly<Record<string, unknown>>;

export interface VendorProvider {
  readonly issuer: string;
  /** Accounts by subject. */
  readonly accounts: Map<string, AccountClaims>;
  /** What a browser does there as this account: follows to the form, signs in, and is sent back. */
  signIn(authorizationUrl: string, subject: string): Promise<URL>;
  close(): Promise<void>;
}

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

export async function startVendorProvider(redirectUri: string): Promise<VendorProvider> {
  const accounts = new Map<string, AccountClaims>();
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  let subject = '';
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => handle(request, response));
  const issuer = await listen(server);
  const configuration: Configuration = {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified', 'hd'], profile: ['name', 'groups'] },
    scopes: ['openid', 'email', 'profile'],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['test'] },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: CLIENT_ID, accountId: oidc.session?.accountId ?? '' });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  };
  const provider = new Provider(issuer, configuration);
  handle = (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return void provider.callback()(request, response);
    provider
      .interactionFinished(request, response, { login: { accountId: subject } })
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
  return {
    issuer,
    accounts,
    signIn: async (authorizationUrl, as) => {
      subject = as;
      return follow(authorizationUrl, redirectUri);
    },
    close: () => closeServer(server),
  };
}

/** Redirects with cookies, until the browser would leave for the address of the client. */
async function follow(from: string, until: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = from;
  for (let hops = 0; hops < 10; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const header of response.headers.getSetCookie()) {
      const [pair = ''] = header.split(';');
      const at = pair.indexOf('=');
      cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`the provider answered ${response.status}: ${await response.text()}`);
    url = new URL(location, url).href;
    if (url.startsWith(until)) return new URL(url);
  }
  throw new Error('the provider led in circles');
}

/** What a dishonest or broken provider says; each member changes one thing of an honest answer. */
export interface Lies {
  /** Changes of the ID token's claims. */
  readonly claims?: JWTPayload;
  readonly sign?: 'none' | 'hs256' | 'other_key' | 'new_key';
  readonly userinfo?: Readonly<Record<string, unknown>>;
  /** What stands in `iss` of the address the browser comes back with. */
  readonly iss?: string;
}

export interface LyingProvider {
  readonly issuer: string;
  lies: Lies;
  readonly claims: Record<string, unknown>;
  /** The address the browser comes back to for an authorization request. */
  comeBack(authorizationUrl: string): URL;
  close(): Promise<void>;
}

export async function startLyingProvider(): Promise<LyingProvider> {
  const honest = await generateKeyPair('RS256', { extractable: true });
  const other = await generateKeyPair('RS256', { extractable: true });
  const codes = new Map<string, URLSearchParams>();
  const server = createServer((request, response) => {
    void answer(request).then(
      (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
      () => response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}'),
    );
  });
  const issuer = await listen(server);
  const provider: LyingProvider = {
    issuer,
    lies: {},
    claims: { sub: 'mallory', email: 'dana@vendor.example', email_verified: true, groups: ['platform'] },
    comeBack: (authorizationUrl) => {
      const asked = new URL(authorizationUrl).searchParams;
      codes.set('the-code', asked);
      const url = new URL(asked.get('redirect_uri') ?? '');
      url.search = new URLSearchParams({
        code: 'the-code',
        state: asked.get('state') ?? '',
        iss: provider.lies.iss ?? issuer,
      }).toString();
      return url;
    },
    close: () => closeServer(server),
  };

  async function answer(request: IncomingMessage): Promise<unknown> {
    switch (new URL(request.url ?? '/', issuer).pathname) {
      case '/.well-known/openid-configuration':
        return metadata(issuer);
      case '/jwks': {
        const keys = [{ ...(await exportJWK(honest.publicKey)), kid: 'honest', alg: 'RS256', use: 'sig' }];
        const added = { ...(await exportJWK(other.publicKey)), kid: 'new', alg: 'RS256', use: 'sig' };
        return { keys: provider.lies.sign === 'new_key' ? [...keys, added] : keys };
      }
      case '/userinfo':
        return { sub: provider.claims.sub, ...provider.lies.userinfo };
      default:
        return token(new URLSearchParams(await textOf(request)));
    }
  }

  async function token(body: URLSearchParams): Promise<unknown> {
    const asked = codes.get(body.get('code') ?? '');
    codes.delete(body.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    if (asked === undefined || asked.get('code_challenge') !== challenge) throw new Error('invalid_grant');
    const now = Math.floor(Date.now() / 1_000);
    const claims: JWTPayload = {
      iss: issuer,
      aud: CLIENT_ID,
      iat: now,
      exp: now + 60,
      nonce: asked.get('nonce') ?? '',
      ...provider.claims,
      ...provider.lies.claims,
    };
    return { access_token: 'opaque', token_type: 'Bearer', expires_in: 60, id_token: await signed(claims) };
  }

  function signed(claims: JWTPayload): Promise<string> | string {
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    switch (provider.lies.sign) {
      case 'none':
        return `${encode({ alg: 'none' })}.${encode(claims)}.`;
      case 'hs256':
        return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(CLIENT_SECRET));
      case 'other_key':
        return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'honest' }).sign(other.privateKey);
      case 'new_key':
        return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'new' }).sign(other.privateKey);
      default:
        return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'honest' }).sign(honest.privateKey);
    }
  }
  return provider;
}

const metadata = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  authorization_response_iss_parameter_supported: true,
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
