import { afterAll, describe, expect, it } from 'vitest';
import { backupSources } from './backup-sources.ts';
import { readConfig } from './config.ts';
import { cloneDatabase } from './db/testing/index.ts';
import { exportDeps } from './export-sources.ts';
import { exportTakers } from './export-takers.ts';
import { problemIn, testPerson, testServer } from './http/testing/test-server.ts';
import { accountRoutes } from './identity/account-routes.ts';
import { authRoutes } from './identity/auth-routes.ts';
import { userExportRoutes } from './identity/export-routes.ts';
import type { TokenDeps } from './identity/index.ts';
import { unsignedTokens } from './identity/testing/tokens.ts';
import { freshAddress, identityWorld, type Member, NOW } from './identity/testing/world.ts';
import { saveProduct } from './products/index.ts';
import { followTenants } from './tenant-life.ts';
import { lifecycleRoutes } from './tenants/lifecycle-routes.ts';
import { offboardingRoutes } from './tenants/offboarding-routes.ts';
import { planRoutes } from './tenants/plan-routes.ts';
import { act, cutlistProfile } from './tenants/testing/registry.ts';

const test = await cloneDatabase();
await act(test.database)((ctx) => saveProduct(ctx, { ...cutlistProfile(), databases: [] }));
const world = identityWorld(test);
const { makeTenant, makeMember } = world;
afterAll(followTenants(world.deps));

const deps: TokenDeps = { ...world.deps, tokens: unsignedTokens };
const exports = exportDeps({
  backups: { database: test.database, sources: backupSources(deps.keyring), folder: '/nowhere', now: () => NOW },
  config: readConfig({ mode: 'test' }, {}),
});
const KEY = 'tnt_writer';

async function serving() {
  const keys = { [KEY]: testPerson('writer', ['tenants:read', 'tenants:write', 'metrics:write']) };
  const { server } = await testServer({ database: test.database, now: () => NOW, keys });
  authRoutes(server, deps);
  accountRoutes(server, deps);
  lifecycleRoutes(server);
  planRoutes(server);
  offboardingRoutes(server);
  userExportRoutes(server, deps, exportTakers(exports));
  const call = (method: 'GET' | 'POST', url: string, token: string, payload?: object) =>
    server.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}` },
      ...(payload === undefined ? {} : { payload }),
    });
  const operate = (tenant: string, what: string, payload: object) =>
    call('POST', `/api/v1/tenants/${tenant}/${what}`, KEY, payload);
  const login = async ({ tenant, user, password }: Member): Promise<string> => {
    const payload = { tenant: tenant.slug, email: user.email, password: password.reveal() };
    const answer = await server.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload,
      remoteAddress: freshAddress(),
    });
    return answer.json<{ accessToken: string }>().accessToken;
  };
  return { call, operate, login };
}

describe('a token that was issued before', () => {
  it('LIFE-05: of a tenant suspended for reading reads on, takes the data along, and changes nobody', async () => {
    const { call, operate, login } = await serving();
    const member = await makeMember(await makeTenant());
    const token = await login(member);
    const invite = () =>
      call('POST', '/api/account/users', token, { email: 'new@acme.example', full_name: 'New', role: 'user' });
    const suspended = await operate(member.tenant.slug, 'suspend', { cause: 'payment_failure', reason: 'Invoice 1' });
    expect(suspended.json()).toMatchObject({
      status: 'suspended',
      access_mode: 'read-only',
      possible: ['active', 'offboarded'],
    });
    expect((await call('GET', '/api/account', token)).statusCode).toBe(200);
    expect((await call('GET', '/api/account/users', token)).statusCode).toBe(200);
    const refused = await invite();
    expect(refused.statusCode).toBe(403);
    expect(problemIn(refused)).toMatchObject({ code: 'tenant.read_only' });
    const taken = await call('GET', '/api/admin/export', token);
    expect(taken.statusCode).toBe(200);
    expect(taken.headers['content-type']).toBe('application/zip');
    expect(taken.rawPayload.subarray(0, 2).toString()).toBe('PK');
    await operate(member.tenant.slug, 'reinstate', { resolution: 'Paid' });
    expect((await invite()).statusCode).toBeLessThan(300);
  });

  it('LIFE-09: of a tenant that is blocked is refused by the next request', async () => {
    const { call, operate, login } = await serving();
    const member = await makeMember(await makeTenant());
    const token = await login(member);
    await operate(member.tenant.slug, 'suspend', { cause: 'security_incident', reason: 'A key has leaked' });
    expect((await call('GET', '/api/account', token)).statusCode).toBe(401);
    expect((await call('GET', '/api/admin/export', token)).statusCode).toBe(401);
  });
});

describe('an export', () => {
  it('OFF-29: is for administrators of the tenant; what is held about oneself is for everybody', async () => {
    const { call, login } = await serving();
    const tenant = await makeTenant();
    const [admin, user] = [await makeMember(tenant), await makeMember(tenant, { role: 'user' })];
    const refused = await call('GET', '/api/admin/export', await login(user));
    expect(refused.statusCode).toBe(403);
    const own = await call('GET', '/api/account/personal-data', await login(user));
    expect(own.statusCode).toBe(200);
    expect(own.json()).toMatchObject({ person: { id: user.user.id, email: user.user.email } });
    expect(own.body).not.toContain(admin.user.email);
    expect((await call('GET', '/api/admin/export', 'nothing')).statusCode).toBe(401);
  });
});

describe('409 and 400', () => {
  it('LIFE-01: an illegal move names the legal ones, and changes nothing', async () => {
    const { call, operate } = await serving();
    const { slug } = await makeTenant({ status: 'onboarding' });
    const answer = await operate(slug, 'suspend', { cause: 'terms_violation', reason: 'r' });
    expect(answer.statusCode).toBe(409);
    expect(problemIn(answer)).toMatchObject({
      code: 'tenant.illegal_transition',
      facts: { from: 'onboarding', to: 'suspended', possible: ['active', 'trial', 'offboarded'] },
    });
    const life = await call('GET', `/api/v1/tenants/${slug}/life`, KEY);
    expect(life.json()).toMatchObject({ status: 'onboarding', suspensions: [] });
  });

  it.each([
    ['suspend', { cause: 'mood', reason: 'r' }],
    ['suspend', { cause: 'payment_failure', reason: '' }],
    ['reinstate', { resolution: ' ' }],
    ['usage', { meter: 'projects', used: -1, counted_at: NOW.toISOString(), source: 'app' }],
    ['usage', { meter: 'projects', used: 0.5, counted_at: NOW.toISOString(), source: 'app' }],
    ['change-plan', { plan: 'starter' }],
    ['change-plan', { plan: 'starter', reason: 'r', limits: { users: -5 } }],
    ['offboard', { cause: 'terms_violation', reason: 'r' }],
    ['erase', { confirm: 'another', reason: 'r' }],
  ])('%s refuses %j', async (what, payload) => {
    const { operate } = await serving();
    const { slug } = await makeTenant();
    expect((await operate(slug, what, payload)).statusCode).toBe(400);
  });

  it('what is suspended for a cause already is not suspended for it again', async () => {
    const { operate } = await serving();
    const { slug } = await makeTenant();
    const body = { cause: 'terms_violation', reason: 'They resell it' };
    expect((await operate(slug, 'suspend', body)).statusCode).toBe(200);
    expect((await operate(slug, 'suspend', body)).statusCode).toBe(409);
  });
});
