import { expect, it, onTestFinished } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testServer } from '../http/testing/test-server.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { accountRoutes } from './account-routes.ts';
import { authRoutes } from './auth-routes.ts';
import { findSession, onSessionEnded, type TokenDeps } from './index.ts';
import { openIdentityProvider } from './provider/index.ts';
import { identityWorld, MINUTE, NOW } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);

/** The routes with the provider's own keys, as the composition root puts them together. */
async function serving() {
  const clock = { now: NOW };
  const idp = await openIdentityProvider({
    database: test.database,
    keyring: world.deps.keyring,
    publicUrl: 'https://id.example',
    now: () => clock.now,
    log: () => undefined,
  });
  onTestFinished(onSessionEnded(idp.sessionEnded));
  const deps: TokenDeps = { ...world.deps, tokens: idp.tokens };
  const { server } = await testServer({ database: test.database, now: () => clock.now });
  authRoutes(server, deps);
  accountRoutes(server, deps);
  const { tenant, user, password } = await world.makeMember(await world.makeTenant());
  const payload = { tenant: tenant.slug, email: user.email, password: password.reveal() };
  const answer = await server.inject({ method: 'POST', url: '/api/auth/login', payload });
  const issued = answer.json<{ accessToken: string; refreshToken: string }>();
  const account = (token: string) =>
    server.inject({ url: '/api/account', headers: { authorization: `Bearer ${token}` } });
  return { clock, server, deps, user, issued, account };
}

it('IDN-01: an access token is signed, opens the account for 15 minutes, and no longer', async () => {
  const { clock, user, issued, account } = await serving();
  expect((await account(issued.accessToken)).json()).toMatchObject({ id: `user_${user.id}` });
  clock.now = new Date(NOW.getTime() + 15 * MINUTE);
  expect(problemIn(await account(issued.accessToken))).toMatchObject({ code: 'access.unauthenticated' });
});

it('a token with another signature, without one, or of another algorithm opens nothing', async () => {
  const { issued, account } = await serving();
  const [header = '', claims = '', signature = ''] = issued.accessToken.split('.');
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const richer = part({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), role: 'owner' });
  const forged = [
    `${header}.${richer}.${signature}`,
    `${part({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
    `${part({ alg: 'HS256', typ: 'at+jwt' })}.${claims}.${signature}`,
    `${header}.${claims}.${signature.split('').reverse().join('')}`,
  ];
  for (const token of forged) expect((await account(token)).statusCode).toBe(401);
});

it('a refresh token is no session token and no access token', async () => {
  const { deps, issued, account } = await serving();
  expect((await account(issued.refreshToken)).statusCode).toBe(401);
  expect(await findSession(deps, issued.refreshToken, NOW)).toBeUndefined();
});

it('a log-out ends with the listeners of the provider in the same transaction', async () => {
  const { server, issued, account } = await serving();
  const payload = { refreshToken: issued.refreshToken };
  expect((await server.inject({ method: 'POST', url: '/api/auth/logout', payload })).statusCode).toBe(204);
  expect(problemIn(await account(issued.accessToken))).toMatchObject({ code: 'user.session_ended' });
});
