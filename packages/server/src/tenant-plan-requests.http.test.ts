import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from './db/testing/index.ts';
import { problemIn, testPerson, testServer } from './http/testing/test-server.ts';
import { accountRoutes } from './identity/account-routes.ts';
import { authRoutes } from './identity/auth-routes.ts';
import type { TokenDeps } from './identity/index.ts';
import { unsignedTokens } from './identity/testing/tokens.ts';
import { freshAddress, identityWorld, type Member, NOW } from './identity/testing/world.ts';
import { saveProduct } from './products/index.ts';
import { followTenants } from './tenant-life.ts';
import { planRequestRoutes } from './tenants/plan-request-routes.ts';
import { planRoutes } from './tenants/plan-routes.ts';
import { act, cutlistProfile } from './tenants/testing/registry.ts';

const test = await cloneDatabase();
const store = (more: object) => act(test.database)((ctx) => saveProduct(ctx, { ...cutlistProfile(), ...more }));
await store({});
const world = identityWorld(test);
const { makeTenant, makeMember, mails } = world;
const notes: string[] = [];
afterAll(followTenants(world.deps, async (_ctx, note) => void notes.push(note.subject)));
const deps: TokenDeps = { ...world.deps, tokens: unsignedTokens };
const KEY = 'tnt_writer';

async function serving(member: Member) {
  const keys = { [KEY]: testPerson('writer', ['tenants:read', 'tenants:write', 'metrics:write']) };
  const { server } = await testServer({ database: test.database, now: () => NOW, keys });
  authRoutes(server, deps);
  accountRoutes(server, deps);
  planRoutes(server);
  planRequestRoutes(server);
  const payload = { tenant: member.tenant.slug, email: member.user.email, password: member.password.reveal() };
  const login = await server.inject({ method: 'POST', url: '/api/auth/login', payload, remoteAddress: freshAddress() });
  const token = login.json<{ accessToken: string }>().accessToken;
  const call = (method: 'GET' | 'POST', url: string, body?: object, as = token) =>
    server.inject({
      method,
      url,
      headers: { authorization: `Bearer ${as}` },
      ...(body === undefined ? {} : { payload: body }),
    });
  const operate = (what: string, body: object) =>
    call('POST', `/api/v1/tenants/${member.tenant.slug}/${what}`, body, KEY);
  const ask = (plan: string) => call('POST', '/api/account/plan-requests', { plan, reason: 'We grow' });
  const plan = async () => (await call('GET', '/api/account/plan')).json<{ plan: string }>().plan;
  return { call, operate, ask, plan };
}

describe('a plan that is asked for', () => {
  it('PLAN-13, PLAN-14: is previewed, asked for by an administrator, approved by the vendor, and then holds', async () => {
    const member = await makeMember(await makeTenant({ plan: 'free' }));
    const { call, operate, ask, plan } = await serving(member);
    expect((await call('GET', '/api/account/plan-impact?plan=professional')).json()).toMatchObject({
      direction: 'upgrade',
    });
    const asked = await ask('professional');
    expect(asked.statusCode).toBe(201);
    expect(asked.json()).toMatchObject({
      state: 'waiting',
      plan: 'professional',
      requested_by: 'Ann Joiner',
      reason: 'We grow',
    });
    expect(notes.at(-1)).toContain(member.tenant.slug);
    expect(await plan()).toBe('free');
    expect(problemIn(await ask('starter')).code).toBe('tenant.plan_requested');
    const decided = await operate('plan-requests/decide', { approve: true, note: 'As agreed' });
    expect(decided.json()).toMatchObject({ state: 'applied', decided_by: 'Ada', note: 'As agreed' });
    expect(await plan()).toBe('professional');
    expect((await operate('plan-requests/decide', { approve: true, note: 'Again' })).statusCode).toBe(409);
    expect((await call('GET', '/api/account/plan-requests')).json()).toMatchObject({ items: [{ state: 'applied' }] });
  });

  it('PLAN-13: is no member’s to ask for, and nobody else’s', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    const { call, ask } = await serving(await makeMember(tenant, { role: 'user' }));
    expect((await ask('professional')).statusCode).toBe(403);
    expect((await call('GET', '/api/account/plan')).statusCode).toBe(403);
    expect(
      (await call('POST', '/api/account/plan-requests', { plan: 'starter', reason: 'r' }, 'nothing')).statusCode,
    ).toBe(401);
  });

  it('that is declined changes nothing and tells why; one that is withdrawn makes room for another', async () => {
    const member = await makeMember(await makeTenant({ plan: 'starter' }));
    const { call, operate, ask, plan } = await serving(member);
    await ask('enterprise');
    await operate('plan-requests/decide', { approve: false, note: 'It needs a contract first' });
    expect(mails.at(-1)).toMatchObject({
      to: member.user.email,
      template: 'plan-request-declined',
      values: { reason: 'It needs a contract first' },
    });
    await ask('professional');
    expect((await call('POST', '/api/account/plan-requests/withdraw')).json()).toMatchObject({ state: 'withdrawn' });
    expect((await ask('professional')).statusCode).toBe(201);
    expect(await plan()).toBe('starter');
  });

  it('PLAN-11: that is below what is used is refused with the excess, and leaves no request', async () => {
    const member = await makeMember(await makeTenant({ plan: 'professional' }));
    const { call, operate, ask } = await serving(member);
    await operate('usage', { meter: 'projects', used: 60, counted_at: NOW.toISOString(), source: 'app' });
    const refused = await ask('starter');
    expect(problemIn(refused)).toMatchObject({
      code: 'tenant.over_limit',
      facts: { excess: [{ name: 'projects', excess: 10 }] },
    });
    expect((await call('GET', '/api/account/plan-requests')).json()).toEqual({ items: [] });
    expect((await ask('professional')).statusCode).toBe(400);
    expect((await ask('gold')).statusCode).toBe(400);
  });

  it('PLAN-13: a larger one holds at once where the profile says so, a smaller one is decided all the same', async () => {
    await store({ self_service: { upgrade: 'apply' } });
    const { ask, plan } = await serving(await makeMember(await makeTenant({ plan: 'free' })));
    expect((await ask('professional')).json()).toMatchObject({
      state: 'applied',
      decided_by: 'the rule of the product',
    });
    expect(await plan()).toBe('professional');
    expect((await ask('starter')).json()).toMatchObject({ state: 'waiting' });
    // The contract still has to give limits of this one.
    const other = await serving(await makeMember(await makeTenant({ plan: 'free' })));
    expect((await other.ask('enterprise')).json()).toMatchObject({ state: 'waiting' });
    await store({});
  });
});
