/** An OpenID provider of the tests' own: it proves whom it is told to, and signs what no honest one would. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';

export interface FakeProvider {
  readonly issuer: string;
  readonly settings: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string };
  /** What the next ID token says beside the usual. */
  claims: JWTPayload;
  /** As the browser comes back from the provider: query of the callback, for the address a log-in was sent to. */
  consent(authorizationUrl: string): string;
  sign(claims: JWTPayload, header?: { readonly typ?: string }): Promise<string>;
  unsigned(claims: JWTPayload): string;
  /** Signed with a secret everybody can read: the published key. */
  hmac(claims: JWTPayload): Promise<string>;
  stop(): Promise<void>;
}

const CLIENT = 'cutlist';

export async function startFakeProvider(): Promise<FakeProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const codes = new Map<string, { nonce: string }>();
  let issuer = '';

  const sign: FakeProvider['sign'] = (claims, { typ = 'JWT' } = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', typ }).sign(privateKey);

  const provider: FakeProvider = {
    get issuer() {
      return issuer;
    },
    get settings() {
      return { issuer, clientId: CLIENT, clientSecret: 'secret' };
    },
    claims: {},
    consent: (authorizationUrl) => {
      const { searchParams } = new URL(authorizationUrl);
      const code = randomUUID();
      codes.set(code, { nonce: searchParams.get('nonce') ?? '' });
      return new URLSearchParams({ code, state: searchParams.get('state') ?? '', iss: issuer }).toString();
    },
    sign,
    unsigned: (claims) => new UnsecuredJWT(claims).encode(),
    hmac: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'logout+jwt' })
        .sign(new TextEncoder().encode(JSON.stringify(jwk))),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  const answers: Readonly<Record<string, (body: URLSearchParams) => Promise<object>>> = {
    '/.well-known/openid-configuration': async () => ({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/end`,
      id_token_signing_alg_values_supported: ['ES256'],
      authorization_response_iss_parameter_supported: true,
    }),
    '/jwks': async () => ({ keys: [jwk] }),
    '/token': async (body) => {
      const known = codes.get(body.get('code') ?? '');
      const seconds = Math.floor(Date.now() / 1_000);
      const usual = { iss: issuer, aud: CLIENT, iat: seconds, exp: seconds + 600, nonce: known?.nonce };
      return { access_token: 'a', token_type: 'Bearer', id_token: await sign({ ...usual, ...provider.claims }) };
    },
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = answers[new URL(request.url ?? '/', issuer).pathname];
      const send = (status: number, body: object): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (answer === undefined) return send(404, {});
      answer(new URLSearchParams(Buffer.concat(chunks).toString())).then(
        (body) => send(200, body),
        () => send(500, {}),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return provider;
}
