import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testPerson, testServer } from '../http/testing/test-server.ts';
import { upsertClient } from '../tenants/index.ts';
import { clientPerson, storeCutlist } from '../tenants/testing/registry.ts';
import { findSession } from './index.ts';
import { userRoutes } from './routes.ts';
import { identityWorld, NOW } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);
const { deps, doing, makeTenant, makeMember, openSession, asSuperuser } = world;
const acme = await doing((ctx) => upsertClient(ctx, { reference: 'crm-1', legal_name: 'Acme GmbH' }));

const WRITER = 'tnt_writer';
const READER = 'tnt_reader';
const CLIENT = 'tnt_client';
const ids = ['7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a01', '7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a02'] as const;
const keys = {
  [WRITER]: testPerson(ids[0], ['tenants:read', 'tenants:write']),
  [READER]: testPerson(ids[1], ['tenants:read']),
  [CLIENT]: { ...clientPerson(acme.id), scopes: ['tenants:read', 'tenants:write'] as const },
};

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

async function serving() {
  const { server } = await testServer({ keys, database: test.database, now: () => NOW });
  userRoutes(server, deps);
  return (method: Method, url: string, { key = WRITER, payload }: { key?: string; payload?: object } = {}) =>
    server.inject({
      method,
      url: `/api/v1/tenants/${url}`,
      headers: { authorization: `Bearer ${key}` },
      ...(payload === undefined ? {} : { payload }),
    });
}

const upload = async (tenant: string, text: string, key = WRITER, type = 'text/csv') => {
  const { server } = await testServer({ keys, database: test.database, now: () => NOW });
  userRoutes(server, deps);
  return server.inject({
    method: 'POST',
    url: `/api/v1/tenants/${tenant}/users/upload`,
    headers: { authorization: `Bearer ${key}`, 'content-type': type },
    payload: text,
  });
};

const INVITATION = { email: 'new@acme.example', full_name: 'Nora New', role: 'user' };

describe('200 and 201', () => {
  it('invites, lists, changes and deletes users of a tenant', async () => {
    const ask = await serving();
    const tenant = await makeTenant();
    const invited = await ask('POST', `${tenant.slug}/users`, { payload: INVITATION });
    expect(invited.statusCode).toBe(201);
    const { id } = invited.json<{ id: string }>();
    expect((await ask('GET', `${tenant.slug}/users`, { key: READER })).json()).toMatchObject({
      items: [{ id, email: 'new@acme.example', status: 'invited' }],
      next_cursor: null,
    });
    const changed = await ask('PATCH', `${tenant.slug}/users/${id}`, {
      payload: { full_name: 'Nora Old', pilot: true },
    });
    expect(changed.json()).toMatchObject({ full_name: 'Nora Old', pilot: true });
    const payload = { email: 'right@acme.example', reason: 'mistyped' };
    const corrected = await ask('POST', `${tenant.slug}/users/${id}/email`, { payload });
    expect(corrected.json()).toMatchObject({ email: 'right@acme.example' });
    expect((await ask('POST', `${tenant.slug}/users/${id}/invitation`)).statusCode).toBe(204);
    expect((await ask('DELETE', `${tenant.slug}/users/${id}?reason=left`)).statusCode).toBe(204);
    expect((await ask('DELETE', `${tenant.slug}/users/${id}`)).statusCode).toBe(404);
  });

  it('shows and ends the sessions of a user at once', async () => {
    const ask = await serving();
    const member = await makeMember(await makeTenant());
    const { token } = await openSession(member);
    const url = `${member.tenant.slug}/users/user_${member.user.id}/sessions`;
    expect((await ask('GET', url)).json()).toMatchObject({ items: [{ device: 'Firefox on Linux', methods: ['pwd'] }] });
    expect((await ask('POST', `${url}/end`)).statusCode).toBe(204);
    expect(await findSession(deps, token, NOW)).toBeUndefined();
  });

  it('mails a user the link to a new password', async () => {
    const ask = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    expect((await ask('POST', `${tenant.slug}/users/user_${user.id}/password-reset`)).statusCode).toBe(204);
    expect(world.jobs.splice(0)).toEqual([
      { task: 'identity.reset_password', payload: { tenant: tenant.id, user: user.id } },
    ]);
  });

  it('a second factor is reset with a reason', async () => {
    const ask = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    const url = `${tenant.slug}/users/user_${user.id}/second-factor/reset`;
    expect((await ask('POST', url, { payload: { reason: 'called back' } })).statusCode).toBe(204);
    expect(problemIn(await ask('POST', url, { payload: { reason: ' ' } }))).toMatchObject({ code: 'request.invalid' });
  });

  it('CH-10: the policy is read and changed in seconds', async () => {
    const ask = await serving();
    const tenant = await makeTenant();
    const url = `${tenant.slug}/login-policy`;
    expect((await ask('GET', url)).json()).toEqual({
      idle_seconds: 1_800,
      absolute_seconds: 43_200,
      access_token_seconds: 900,
      refresh_seconds: 604_800,
      mfa_required: false,
      ip_allow: [],
      passwords_enabled: true,
    });
    const payload = { mfa_required: true, ip_allow: ['192.0.2.0/24'], reason: 'contract' };
    expect((await ask('PATCH', url, { payload })).json()).toMatchObject({ mfa_required: true, idle_seconds: 1_800 });
  });

  it('INT-18: a list is uploaded and answered with a report for each faulty row', async () => {
    const tenant = await makeTenant();
    const answer = await upload(tenant.slug, 'email,full_name,role\nann@acme.example,Ann,user\nben,Ben,user\n');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      rows: 2,
      created: 1,
      existing: 0,
      faults_total: 1,
      faults: [{ row: 3, email: 'ben', problem: '"ben" is no e-mail address' }],
    });
    expect(await world.actionsOf(tenant.id)).toEqual(expect.arrayContaining(['user.invited', 'user.list_imported']));
  });

  it('a list may be far larger than other bodies', async () => {
    const tenant = await makeTenant({ plan: 'enterprise', status: 'onboarding' });
    const rows = Array.from({ length: 2_000 }, (_, n) => `u${n}@acme.example,User ${n},user`);
    const answer = await upload(tenant.id, `email,full_name,role\n${rows.join('\n')}`);
    expect(answer.json()).toMatchObject({ created: 2_000 });
  });
});

describe('refusals', () => {
  const routes = (tenant: string, user: string): readonly (readonly [Method, string, object?])[] => [
    ['GET', `${tenant}/users`],
    ['POST', `${tenant}/users`, INVITATION],
    ['PATCH', `${tenant}/users/${user}`, { pilot: true }],
    ['DELETE', `${tenant}/users/${user}`],
    ['GET', `${tenant}/users/${user}/sessions`],
    ['POST', `${tenant}/users/${user}/sessions/end`],
    ['POST', `${tenant}/users/${user}/invitation`],
    ['POST', `${tenant}/users/${user}/password-reset`],
    ['POST', `${tenant}/users/${user}/second-factor/reset`, { reason: 'x' }],
    ['GET', `${tenant}/login-policy`],
    ['PATCH', `${tenant}/login-policy`, { mfa_required: true }],
  ];

  it('401 without a key, and 403 for writing with a key that may only read', async () => {
    const ask = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    for (const [method, url, payload] of routes(tenant.slug, `user_${user.id}`)) {
      const body = payload === undefined ? {} : { payload };
      expect((await ask(method, url, { key: 'tnt_none', ...body })).statusCode).toBe(401);
      if (method !== 'GET') expect((await ask(method, url, { key: READER, ...body })).statusCode).toBe(403);
    }
    expect((await upload(tenant.slug, '', READER)).statusCode).toBe(403);
  });

  it('404 for a tenant of another client, and for a user of another tenant, as if they were not there', async () => {
    const ask = await serving();
    const { tenant, user } = await makeMember(await makeTenant());
    const other = await makeTenant({ clientId: acme.id });
    const id = `user_${user.id}`;
    for (const [method, url, payload] of routes(tenant.slug, id)) {
      const answer = await ask(method, url, { key: CLIENT, ...(payload === undefined ? {} : { payload }) });
      expect(problemIn(answer)).toMatchObject({ code: 'tenant.not_found' });
    }
    expect(problemIn(await upload(tenant.slug, '', CLIENT))).toMatchObject({ code: 'tenant.not_found' });
    for (const [method, url, payload] of routes(other.slug, id).filter(([, url]) => url.includes('user_'))) {
      const answer = await ask(method, url, payload === undefined ? {} : { payload });
      expect(problemIn(answer)).toMatchObject({ code: 'user.not_found' });
    }
    expect(await asSuperuser('select pilot from tenantry.users where id = $1', [user.id])).toEqual([{ pilot: false }]);
  });

  it('400 for a list that is none, and for a body of another type', async () => {
    const tenant = await makeTenant();
    expect(problemIn(await upload(tenant.slug, 'name\nAnn\n'))).toMatchObject({ code: 'request.invalid' });
    expect(problemIn(await upload(tenant.slug, '{}', WRITER, 'text/plain'))).toMatchObject({ code: 'request.invalid' });
    expect(problemIn(await upload(tenant.slug, '{}', WRITER, 'application/json'))).toMatchObject({
      code: 'request.invalid',
    });
  });

  it.each([
    ['a role that is not there', { ...INVITATION, role: 'cashier' }],
    ['more than it may set', { ...INVITATION, password_hash: 'x', tenant_id: 'y', status: 'active' }],
    ['a name that is blank', { ...INVITATION, full_name: '  ' }],
  ])('400 for an invitation with %s', async (_what, payload) => {
    const ask = await serving();
    const tenant = await makeTenant();
    const answer = await ask('POST', `${tenant.slug}/users`, { payload });
    expect(problemIn(answer)).toMatchObject({ code: 'request.invalid' });
  });
});
