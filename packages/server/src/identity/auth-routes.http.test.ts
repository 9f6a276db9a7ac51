import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testServer } from '../http/testing/test-server.ts';
import { saveProduct } from '../products/index.ts';
import { act, cutlistProfile } from '../tenants/testing/registry.ts';
import { accountRoutes } from './account-routes.ts';
import { authRoutes } from './auth-routes.ts';
import { codeAt } from './core/totp.ts';
import { confirmTotp, createPasswordHasher, logOut, setTenantPolicy, startTotp, type TokenDeps } from './index.ts';
import { identityJobs } from './jobs.ts';
import { unsignedTokens } from './testing/tokens.ts';
import { freshAddress, GOOD, identityWorld, later, type Member, NOW, OTHER } from './testing/world.ts';

const test = await cloneDatabase();
const profile = cutlistProfile();
await act(test.database)((ctx) => saveProduct(ctx, { ...profile, settings: { self_registration: true } }));
const world = identityWorld(test);
const { makeTenant, makeMember, makeTemporary, mailedToken } = world;
const deps: TokenDeps = { ...world.deps, tokens: unsignedTokens };

interface Issued {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: Readonly<Record<string, unknown>>;
}

async function serving() {
  const { server, log } = await testServer({ database: test.database, now: () => NOW });
  authRoutes(server, deps);
  accountRoutes(server, deps);
  const post = (url: string, payload: object, remoteAddress = freshAddress()) =>
    server.inject({ method: 'POST', url: `/api/auth/${url}`, payload, remoteAddress });
  const account = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, token: string, payload?: object) =>
    server.inject({
      method,
      url: `/api/account${url}`,
      headers: { authorization: `Bearer ${token}` },
      ...(payload === undefined ? {} : { payload }),
    });
  const login = async ({ tenant, user, password }: Member): Promise<Issued> =>
    (await post('login', { tenant: tenant.slug, email: user.email, password: password.reveal() })).json();
  return { post, account, login, log };
}

let people = 0;
const form = () => {
  people += 1;
  return { email: `r${people}@joiner.example`, password: GOOD.reveal(), fullName: 'Ann', company: `Joiner ${people}` };
};

describe('200 and 201', () => {
  it('LIFE-22, LIFE-24: registers and answers the three members of the seed', async () => {
    const { post, account } = await serving();
    const answer = await post('register', form());
    expect(answer.statusCode).toBe(201);
    const issued = answer.json<Issued>();
    expect(Object.keys(issued)).toEqual(['accessToken', 'refreshToken', 'user']);
    expect(issued.user).toMatchObject({ role: 'admin', emailVerified: false });
    expect((await account('GET', '', issued.accessToken)).json()).toMatchObject({ role: 'admin', status: 'active' });
  });

  it('IDN-01: logs in, refreshes and logs out', async () => {
    const { post, account, login } = await serving();
    const issued = await login(await makeMember(await makeTenant()));
    const next = (await post('refresh', { refreshToken: issued.refreshToken })).json<Issued>();
    expect((await account('GET', '', next.accessToken)).statusCode).toBe(200);
    expect((await post('logout', { refreshToken: next.refreshToken })).statusCode).toBe(204);
    expect((await account('GET', '', next.accessToken)).statusCode).toBe(401);
    expect(problemIn(await post('refresh', { refreshToken: next.refreshToken }))).toMatchObject({
      code: 'user.session_ended',
    });
  });

  it('a second factor is sent with the password', async () => {
    const { post } = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    const name = { tenantId: tenant.id, userId: user.id };
    const { key } = await startTotp(deps, { ...name, now: later(-60_000) });
    const step = Math.floor(NOW.getTime() / 30_000);
    await confirmTotp(deps, { ...name, code: codeAt(key.reveal(), step - 2), now: later(-60_000) });
    const credentials = { tenant: tenant.id, email: user.email, password: GOOD.reveal() };
    expect(problemIn(await post('login', credentials))).toMatchObject({ code: 'user.second_factor_required' });
    expect(problemIn(await post('login', { ...credentials, code: '000000' }))).toMatchObject({
      code: 'user.second_factor_refused',
    });
    const change = { ...credentials, next: OTHER.reveal() };
    expect(problemIn(await post('password', change))).toMatchObject({ code: 'user.second_factor_required' });
    expect((await post('login', { ...credentials, code: codeAt(key.reveal(), step) })).statusCode).toBe(200);
  });

  it('IDN-03: a temporary password logs in to nothing and is changed once', async () => {
    const { post } = await serving();
    const tenant = await makeTenant();
    const { user, password } = await makeTemporary(tenant);
    const credentials = { tenant: tenant.slug, email: user.email, password: password.reveal() };
    expect(problemIn(await post('login', credentials))).toMatchObject({ code: 'user.password_change_required' });
    expect((await post('password', { ...credentials, next: OTHER.reveal() })).statusCode).toBe(204);
    expect(problemIn(await post('login', credentials))).toMatchObject({ code: 'user.login_refused' });
    expect((await post('login', { ...credentials, password: OTHER.reveal() })).statusCode).toBe(200);
  });

  it('IDN-04: a reset by mail works from end to end', async () => {
    const { post } = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    const asked = await post('password/reset-request', { tenant: tenant.slug, email: user.email });
    for (const { task, payload } of world.jobs.splice(0)) await identityJobs(deps, () => NOW)[task](payload);
    const token = await mailedToken('reset-password', user.email);
    expect([asked.statusCode, asked.body]).toEqual([202, '']);
    expect((await post('password/reset', { token, password: OTHER.reveal() })).statusCode).toBe(204);
    const again = await post('password/reset', { token, password: GOOD.reveal() });
    expect(problemIn(again)).toMatchObject({ code: 'user.token_refused', status: 410 });
  });
});

describe('enumeration', () => {
  it('log-in tells an unknown tenant, an unknown user and a wrong password by one text and status', async () => {
    const { post } = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    const disabled = await makeMember(tenant, { status: 'disabled' });
    const unverified = await makeMember(tenant, { mustVerifyEmail: true });
    const attempts = [
      { tenant: 'no-such-tenant', email: user.email, password: GOOD.reveal() },
      { tenant: tenant.slug, email: 'nobody@acme.example', password: GOOD.reveal() },
      { tenant: tenant.slug, email: user.email, password: 'wrong wrong wrong' },
      { tenant: tenant.slug, email: disabled.user.email, password: GOOD.reveal() },
      { tenant: tenant.slug, email: unverified.user.email, password: GOOD.reveal() },
    ];
    const answers = [];
    for (const attempt of attempts) {
      const work = { ...deps.hasher.work };
      const response = await post('login', attempt);
      expect(deps.hasher.work).toEqual({ ...work, argon2: work.argon2 + 1 });
      const { instance: _instance, request_id: _id, requestId: _requestId, ...problem } = { ...response.json() };
      const { 'x-request-id': _header, date: _date, ...headers } = response.headers;
      answers.push(JSON.stringify([response.statusCode, problem, Object.keys(headers)]));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('user.login_refused');
  });

  it.each(['password/reset-request', 'verify-email/resend'])('%s answers nothing to anybody', async (url) => {
    const { post } = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    const asked = [
      await post(url, { tenant: tenant.slug, email: user.email }),
      await post(url, { tenant: tenant.slug, email: 'nobody@acme.example' }),
      await post(url, { tenant: 'no-such-tenant', email: user.email }),
    ];
    expect(asked.map(({ statusCode, body }) => [statusCode, body])).toEqual(Array(3).fill([202, '']));
    world.jobs.length = 0;
  });
});

describe('refusals', () => {
  it('401 without an access token, with one that is none, and with one that has run out', async () => {
    const { account, login } = await serving();
    const { accessToken } = await login(await makeMember(await makeTenant()));
    const claims = JSON.parse(Buffer.from(accessToken, 'base64url').toString());
    const stale = await unsignedTokens.issue({ ...claims, exp: Math.floor(NOW.getTime() / 1_000) });
    for (const token of ['', 'x', stale]) {
      for (const url of ['', '/sessions', '/users']) {
        expect(problemIn(await account('GET', url, token))).toMatchObject({ code: 'access.unauthenticated' });
      }
    }
  });

  it('409 for an address that is there, with nothing written', async () => {
    const { post } = await serving();
    const first = form();
    await post('register', first);
    expect(problemIn(await post('register', { ...first, company: 'Another' }))).toMatchObject({
      code: 'user.email_taken',
      status: 409,
    });
  });

  it('429 with Retry-After for a storm on one account', async () => {
    const { post } = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    const guess = () => post('login', { tenant: tenant.slug, email: user.email, password: 'wrong wrong wrong' });
    for (let n = 0; n < 5; n++) await guess();
    const answer = await guess();
    expect([answer.statusCode, Number(answer.headers['retry-after'])]).toEqual([429, 1]);
  });

  it('503 with Retry-After when more log in than can be checked', async () => {
    const { server } = await testServer({ database: test.database, now: () => NOW });
    authRoutes(server, { ...deps, hasher: createPasswordHasher({ concurrency: 1, queueMax: 0 }) });
    const { tenant, user, password } = await makeMember(await makeTenant());
    const payload = { tenant: tenant.slug, email: user.email, password: password.reveal() };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => server.inject({ method: 'POST', url: '/api/auth/login', payload })),
    );
    const busy = answers.filter(({ statusCode }) => statusCode === 503);
    expect(busy.length).toBeGreaterThan(0);
    for (const answer of busy) {
      expect(problemIn(answer)).toMatchObject({ code: 'identity.busy' });
      expect(answer.headers['retry-after']).toBe('2');
    }
  });

  it.each([
    ['login', { tenant: 'x', email: 'a@b.example' }],
    ['login', { tenant: 'x', email: 'a@b.example', password: { $ne: '' } }],
    [
      'register',
      { email: 'a@b.example', password: 'x', fullName: 'A', company: 'C', role: 'admin', plan: 'enterprise' },
    ],
    ['refresh', {}],
    ['refresh', { refreshToken: 'x'.repeat(1_000) }],
  ])('400 for %s with %j', async (url, body) => {
    const { post } = await serving();
    expect(problemIn(await post(url, body))).toMatchObject({ code: 'request.invalid' });
  });

  it('no password, code or token reaches the log', async () => {
    const { post, login, log } = await serving();
    const member = await makeMember(await makeTenant());
    const issued = await login(member);
    await post('login', { tenant: member.tenant.slug, email: member.user.email, password: 'my wrong password' });
    for (const secret of [GOOD.reveal(), 'my wrong password', issued.accessToken, issued.refreshToken]) {
      expect(log()).not.toContain(secret);
    }
  });
});

describe('a tenant whose passwords are switched off', () => {
  it('closes every path that takes or sets one: log-in, change, reset, and a link from before', async () => {
    const { post } = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    const ask = async () => {
      await post('password/reset-request', { tenant: tenant.slug, email: user.email });
      const jobs = world.jobs.splice(0);
      for (const { task, payload } of jobs) await identityJobs(deps, () => NOW)[task](payload);
    };
    await ask();
    const token = await mailedToken('reset-password', user.email);
    const changes = { passwordsEnabled: false };
    await world.doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes }));
    const mails = world.mails.length;
    await ask();
    expect(world.mails).toHaveLength(mails);
    const credentials = { tenant: tenant.slug, email: user.email, password: GOOD.reveal() };
    const answers = [
      await post('login', credentials),
      await post('password', { ...credentials, next: OTHER.reveal() }),
      await post('password/reset', { token, password: OTHER.reveal() }),
    ];
    expect(answers.map((answer) => problemIn(answer).code)).toEqual([
      'user.login_refused',
      'user.login_refused',
      'user.token_refused',
    ]);
  });
});

describe('an account', () => {
  it('sees its own sessions and ends them at once', async () => {
    const { account, login } = await serving();
    const member = await makeMember(await makeTenant());
    const [one, two] = [await login(member), await login(member)];
    const { items } = (await account('GET', '/sessions', one.accessToken)).json<{
      items: { id: string; current: boolean; device: string }[];
    }>();
    expect(items.map(({ current }) => current)).toEqual([false, true]);
    const other = items.find(({ current }) => !current)?.id ?? '';
    expect((await account('DELETE', `/sessions/${other}`, one.accessToken)).statusCode).toBe(204);
    expect((await account('GET', '', two.accessToken)).statusCode).toBe(401);
    const stranger = await login(await makeMember(await makeTenant()));
    const own = items.find(({ current }) => current)?.id ?? '';
    expect(problemIn(await account('DELETE', `/sessions/${own}`, stranger.accessToken))).toMatchObject({
      code: 'user.session_not_found',
    });
    await login(member);
    expect((await account('POST', '/sessions/end-others', one.accessToken)).statusCode).toBe(204);
    expect((await account('GET', '/sessions', one.accessToken)).json()).toMatchObject({ items: [{ current: true }] });
  });

  it('of an administrator lists, invites, changes and disables users of its own tenant', async () => {
    const { account, login } = await serving();
    const tenant = await makeTenant();
    const admin = await login(await makeMember(tenant));
    const wish = { email: 'new@acme.example', full_name: 'Nora', role: 'user' };
    const invited = await account('POST', '/users', admin.accessToken, wish);
    expect(invited.statusCode).toBe(201);
    const { id } = invited.json<{ id: string }>();
    const page = (await account('GET', '/users?limit=1', admin.accessToken)).json<{ next_cursor: string }>();
    const rest = await account('GET', `/users?cursor=${encodeURIComponent(page.next_cursor)}`, admin.accessToken);
    expect(rest.json<{ items: unknown[] }>().items).toHaveLength(1);
    expect((await account('POST', `/users/${id}/invitation`, admin.accessToken)).statusCode).toBe(204);
    const disabled = await account('PATCH', `/users/${id}`, admin.accessToken, { status: 'disabled', reason: 'left' });
    expect(disabled.json()).toMatchObject({ status: 'disabled' });
    const actions = await world.actionsOf(tenant.id);
    expect(actions).toEqual(expect.arrayContaining(['user.invited', 'user.changed']));
  });

  it('stands in the audit log under the name of its user, whatever they do', async () => {
    const { account, login } = await serving();
    const tenant = await makeTenant();
    const member = await makeMember(tenant);
    const { accessToken, refreshToken } = await login(member);
    await account('POST', '/users', accessToken, { email: 'n@acme.example', full_name: 'Nora', role: 'user' });
    await account('POST', '/second-factor', accessToken);
    await account('POST', '/sessions/end-others', accessToken);
    await logOut(deps, { refreshToken, now: NOW });
    const rows = await test.asSuperuser<{ action: string; actor_id: string; actor: object }>(
      `select action, actor_id, payload -> 'actor' as actor from tenantry.audit_log
       where tenant_id = $1 and actor_kind = 'user' order by seq`,
      [tenant.id],
    );
    expect(rows.map(({ action }) => action).filter((action) => action.startsWith('user.'))).toEqual([
      'user.password_accepted',
      'user.logged_in',
      'user.invited',
      'user.session_ended',
    ]);
    const { id, email, fullName: name } = member.user;
    for (const row of rows) {
      expect(row).toMatchObject({ actor_id: id, actor: { kind: 'user', id, name, email, tenantId: tenant.id } });
    }
  });

  it('of another role may do none of that, nor may an administrator reach another tenant', async () => {
    const { account, login } = await serving();
    const tenant = await makeTenant();
    const target = await makeMember(tenant);
    const user = await login(await makeMember(tenant, { role: 'user' }));
    const foreign = await login(await makeMember(await makeTenant()));
    const id = `user_${target.user.id}`;
    const calls = [
      ['GET', '/users', undefined],
      ['POST', '/users', { email: 'x@acme.example', full_name: 'X', role: 'admin' }],
      ['PATCH', `/users/${id}`, { role: 'user' }],
      ['POST', `/users/${id}/sessions/end`, undefined],
      ['POST', `/users/${id}/second-factor/reset`, { reason: 'x' }],
    ] as const;
    for (const [method, url, body] of calls) {
      expect(problemIn(await account(method, url, user.accessToken, body))).toMatchObject({ code: 'access.forbidden' });
    }
    for (const [method, url, body] of calls.slice(2)) {
      expect(problemIn(await account(method, url, foreign.accessToken, body))).toMatchObject({
        code: 'user.not_found',
      });
    }
  });

  it('changes its address by the links of two mails, and takes that back', async () => {
    const { account, login, post } = await serving();
    const member = await makeMember(await makeTenant());
    const { accessToken } = await login(member);
    const next = 'ann.new@acme.example';
    const ask = (password: string) => account('POST', '/email', accessToken, { email: next, password });
    expect(problemIn(await ask('not it'))).toMatchObject({ code: 'user.login_refused' });
    const asked = await ask(GOOD.reveal());
    expect([asked.statusCode, asked.body]).toEqual([202, '']);
    for (const { task, payload } of world.jobs.splice(0)) await identityJobs(deps, () => NOW)[task](payload);
    const confirmed = await post('email/confirm', { token: await mailedToken('confirm-email', next) });
    expect(confirmed.statusCode).toBe(204);
    expect((await account('GET', '', accessToken)).json()).toMatchObject({ email: next });
    const objection = await mailedToken('email-change-asked', member.user.email);
    expect((await post('email/object', { token: objection })).statusCode).toBe(204);
    expect((await account('GET', '', accessToken)).statusCode).toBe(401);
    expect(problemIn(await post('email/object', { token: objection }))).toMatchObject({ code: 'user.token_refused' });
  });

  it('sets up its second factor, which the next log-in then asks for', async () => {
    const { account, login, post } = await serving();
    const member = await makeMember(await makeTenant());
    const { accessToken } = await login(member);
    const shown = (await account('POST', '/second-factor', accessToken)).json<{ key: string; picture: string }>();
    expect(shown.picture).toMatch(/^data:image\/png/);
    const confirm = (code: string) => account('POST', '/second-factor/confirm', accessToken, { code });
    expect(problemIn(await confirm('000000'))).toMatchObject({ code: 'user.second_factor_refused' });
    const code = codeAt(shown.key, Math.floor(NOW.getTime() / 30_000));
    const { recovery_codes: codes } = (await confirm(code)).json<{ recovery_codes: string[] }>();
    expect(codes).toHaveLength(10);
    const renew = (body: object) => account('POST', '/second-factor/recovery-codes', accessToken, body);
    expect((await renew({})).statusCode).toBe(400);
    expect((await renew({ password: GOOD.reveal(), code })).statusCode).toBe(400);
    const renewed = await renew({ password: GOOD.reveal() });
    const { recovery_codes: fresh } = renewed.json<{ recovery_codes: string[] }>();
    const credentials = { tenant: member.tenant.slug, email: member.user.email, password: GOOD.reveal() };
    expect(problemIn(await post('login', credentials))).toMatchObject({ code: 'user.second_factor_required' });
    expect((await post('login', { ...credentials, code: codes[0] })).statusCode).toBe(401);
    expect((await post('login', { ...credentials, code: fresh[0] })).statusCode).toBe(200);
  });

  it('LIFE-25: that is not verified is restricted', async () => {
    const { post, account } = await serving();
    const issued = (await post('register', form())).json<Issued>();
    expect((await account('GET', '/sessions', issued.accessToken)).statusCode).toBe(200);
    expect(problemIn(await account('GET', '/users', issued.accessToken))).toMatchObject({
      code: 'user.email_unverified',
    });
    await post('verify-email', { token: await mailedToken('verify-email', String(issued.user.email)) });
    expect((await account('GET', '/users', issued.accessToken)).statusCode).toBe(200);
  });
});
