import { beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from './access/index.ts';
import { cloneDatabase } from './db/testing/index.ts';
import { developmentSignIn } from './development-sign-in.ts';
import { testServer } from './http/testing/test-server.ts';
import { createPerson, keyAuthenticator, seedDevelopmentIdentities } from './people/index.ts';

const { database, asSuperuser } = await cloneDatabase();
const now = (): Date => new Date();
const asSystem = <T>(fn: Parameters<typeof database.transaction<T>>[1]): Promise<T> =>
  database.transaction('operator', fn);
let standIn = '';
let real = '';

beforeAll(async () => {
  await asSystem(async (tx) => {
    const ctx = { tx, actor: systemActor('test'), now: now() };
    const identity = { name: 'Dana', email: 'dana@vendor.example', party: 'vendor' as const, roles: ['engineer'] };
    const [seeded] = await seedDevelopmentIdentities(ctx, [{ ...identity, key: { name: 'k', scopes: ['runs:read'] } }]);
    standIn = seeded?.id ?? '';
    real = (await createPerson(ctx, { name: 'Real', email: 'real@vendor.example', party: 'vendor' })).id;
  });
});

const LOCAL = { host: 'localhost:7400', 'sec-fetch-site': 'same-origin' };

async function serving() {
  const { server } = await testServer({ database, now });
  developmentSignIn(server, { publicUrl: 'http://localhost:7400' });
  await server.ready();
  return server;
}
const form = (fields: Record<string, string>, headers: Record<string, string> = LOCAL) => ({
  method: 'POST' as const,
  url: '/dev/sign-in',
  payload: new URLSearchParams(fields).toString(),
  headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
});

describe('200', () => {
  it('offers the stand-ins, and nobody real', async () => {
    const page = await (await serving()).inject({ url: '/dev/sign-in', headers: LOCAL });
    expect(page.body).toContain('Sign in as Dana');
    expect(page.body).not.toContain('Real');
  });
});

describe('303', () => {
  it('opens a session of the one that was picked, leads back, and stands in the audit log', async () => {
    const answer = await (await serving()).inject(form({ person: standIn, to: '/console/runs' }));
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/console/runs']);
    const cookie = /tenantry_operator=([^;]+)/.exec(String(answer.headers['set-cookie']))?.[1] ?? '';
    const authenticator = keyAuthenticator({ database, now });
    expect(await authenticator.authenticate(cookie)).toMatchObject({ name: 'Dana', development: true });
    await authenticator.close();
    const rows = await asSuperuser<{ action: string }>(
      `select action from tenantry.audit_log where action = 'operator.signed_in' and subject_id = $1`,
      [standIn],
    );
    expect(rows).toHaveLength(1);
  });

  it('never leads to another server', async () => {
    const answer = await (await serving()).inject(form({ person: standIn, to: '//evil.example' }));
    expect(answer.headers.location).toBe('/');
  });
});

describe('403', () => {
  it('refuses a form of another site', async () => {
    const answer = await (await serving()).inject(
      form({ person: standIn }, { ...LOCAL, 'sec-fetch-site': 'cross-site' }),
    );
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([403, undefined]);
  });
});

describe('404', () => {
  it('is nobody real, and nothing for another machine or a name that only points here', async () => {
    const server = await serving();
    expect((await server.inject(form({ person: real }))).statusCode).toBe(404);
    for (const headers of [
      { ...LOCAL, host: 'evil.example' },
      { ...LOCAL, 'x-forwarded-for': '203.0.113.1' },
    ]) {
      expect((await server.inject({ url: '/dev/sign-in', headers })).statusCode).toBe(404);
      expect((await server.inject(form({ person: standIn }, headers))).statusCode).toBe(404);
    }
  });
});
