import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupSources } from './backup-sources.ts';
import { readConfig } from './config.ts';
import { cloneDatabase } from './db/testing/index.ts';
import { migrateQueue } from './engine/index.ts';
import { exportDeps } from './export-sources.ts';
import { exportTakers } from './export-takers.ts';
import { problemIn, testPerson, testServer } from './http/testing/test-server.ts';
import { accountRoutes } from './identity/account-routes.ts';
import { authRoutes } from './identity/auth-routes.ts';
import { userExportRoutes } from './identity/export-routes.ts';
import type { TokenDeps } from './identity/index.ts';
import { tenantPolicy } from './identity/index.ts';
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
beforeAll(async () => {
  await test.asSuperuser(`grant create on database ${test.name} to tenantry_owner`);
  await migrateQueue(test.connection);
});

const deps: TokenDeps = { ...world.deps, tokens: unsignedTokens };
const exportsAbove = (rows: number) =>
  exportDeps({
    loginPolicy: tenantPolicy,
    backups: { database: test.database, sources: backupSources(deps.keyring), folder: '/nowhere', now: () => NOW },
    config: readConfig({ mode: 'test', exportDirectRowsMax: rows }, {}),
  });
const KEY = 'tnt_writer';

async function serving(exports = exportsAbove(50_000)) {
  const keys = { [KEY]: testPerson('writer', ['tenants:read', 'tenants:write', 'metrics:write']) };
  const { server } = await testServer({ database: test.database, now: () => NOW, keys });
  authRoutes(server, deps);
  accountRoutes(server, deps);
  lifecycleRoutes(server);
  planRoutes(server);
  offboardingRoutes(server);
  userExportRoutes(server, deps, exportTakers(exports));
  const call = (method: 'GET' | 'POST' | 'DELETE', url: string, token: string, payload?: object) =>
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

  it('OFF-24: of one person is for the person and for administrators of their tenant alone', async () => {
    const { call, login } = await serving();
    const tenant = await makeTenant();
    const [admin, user] = [await makeMember(tenant), await makeMember(tenant, { role: 'user' })];
    const stranger = await makeMember(await makeTenant());
    const path = ({ user: { id } }: Member) => `/api/admin/users/${id}/personal-data`;
    const given = await call('GET', path(user), await login(admin));
    expect([given.statusCode, given.json()]).toEqual([
      200,
      expect.objectContaining({ person: expect.objectContaining({ email: user.user.email }) }),
    ]);
    expect((await call('GET', path(admin), await login(user))).statusCode).toBe(403);
    const elsewhere = await call('GET', path(user), await login(stranger));
    expect([elsewhere.statusCode, problemIn(elsewhere).code]).toEqual([404, 'user.not_found']);
  });

  it('OFF-28, OFF-29: that is large is seen, listed and called off by administrators of its tenant alone', async () => {
    const { call, login } = await serving(exportsAbove(0));
    const tenant = await makeTenant();
    const [admin, user] = [await makeMember(tenant), await makeMember(tenant, { role: 'user' })];
    const stranger = await makeMember(await makeTenant());
    const [token, other] = [await login(admin), await login(stranger)];
    const asked = await call('GET', '/api/admin/export?format=csv', token);
    expect(asked.statusCode).toBe(202);
    const at = String(asked.headers.location);
    expect(at).toBe(`/api/admin/exports/${asked.json<{ id: string }>().id}`);
    expect((await call('GET', at, token)).json()).toMatchObject({ status: 'queued', download: null });
    expect((await call('GET', '/api/admin/exports', token)).json<{ items: object[] }>().items).toHaveLength(1);
    expect((await call('GET', at, await login(user))).statusCode).toBe(403);
    expect((await call('GET', at, other)).statusCode).toBe(404);
    expect((await call('DELETE', at, other)).statusCode).toBe(404);
    expect((await call('POST', `${at}/withdraw-links`, token, {})).statusCode).toBe(200);
    expect((await call('DELETE', at, token)).json()).toMatchObject({ status: 'cancelled' });
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
