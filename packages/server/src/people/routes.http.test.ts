import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Ctx, type PersonActor, type Scope, systemActor } from '../access/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, TEST_NOW, testServer } from '../http/testing/test-server.ts';
import { createKey, createPerson, keyAuthenticator, type NewPerson } from './index.ts';
import { peopleRoutes } from './routes.ts';
import { giveRole } from './testing/roles.ts';

const { database, asSuperuser } = await cloneDatabase();
const setUp = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor: systemActor('test'), now: TEST_NOW }));

const CLIENT_ID = '7d9f3b52-0c35-4c43-a1c0-b5d1c1a0e7f1';
const OTHER_CLIENT_ID = '0a0f7d2e-4f5c-4a8e-9d62-1f1f7d4c2b11';

async function actor(
  name: string,
  scopes: readonly Scope[],
  more: Pick<NewPerson, 'party' | 'clientId'> = { party: 'vendor' },
): Promise<PersonActor> {
  const email = `${name.toLowerCase()}@x.example`;
  const roles = ['csm'];
  const { party, clientId } = more;
  const { id } = await setUp((ctx) => createPerson(ctx, { name, email, roles, ...more }));
  if (party === 'vendor') await giveRole(database, id, 'owner');
  return {
    kind: 'person',
    id,
    keyId: randomUUID(),
    name,
    email,
    party,
    roles,
    scopes,
    development: false,
    ...(clientId && { clientId }),
  };
}

const ADA = 'tnt_ada';
const BOB = 'tnt_bob';
const CARL = 'tnt_carl';
const ada = await actor('Ada', ['keys:write', 'runs:read']);
const bob = await actor('Bob', []);
const carl = await actor('Carl', ['keys:write', 'runs:read'], { party: 'client', clientId: CLIENT_ID });
const cleo = await actor('Cleo', [], { party: 'client', clientId: CLIENT_ID });
const otto = await actor('Otto', [], { party: 'client', clientId: OTHER_CLIENT_ID });
const keys = { [ADA]: ada, [BOB]: bob, [CARL]: carl };

const serving = async () => {
  const { server, log } = await testServer({ keys, database });
  peopleRoutes(server);
  type Method = 'GET' | 'POST' | 'DELETE';
  const ask = (method: Method, url: string, options: { key?: string; body?: object; once?: string } = {}) =>
    server.inject({
      method,
      url: `/api/v1${url}`,
      headers: {
        authorization: `Bearer ${options.key ?? ADA}`,
        ...(options.once && { 'idempotency-key': options.once }),
      },
      ...(options.body && { payload: options.body }),
    });
  return { ask, log };
};

const keyOf = async ({ id }: PersonActor): Promise<string> =>
  (await setUp((ctx) => createKey(ctx, { personId: id, name: 'k', scopes: ['runs:read'] }))).id;
const newKey = { name: 'ci', scopes: ['runs:read'] };

interface Listed {
  readonly items: readonly { readonly id: string; readonly email?: string }[];
  readonly next_cursor: string | null;
}

describe('200', () => {
  it('tells whom any key stands for, without a scope', async () => {
    const { ask } = await serving();
    expect((await ask('GET', '/whoami', { key: BOB })).json()).toEqual({
      schema: 'tenantry.person/1',
      id: `person_${bob.id}`,
      name: 'Bob',
      email: 'bob@x.example',
      party: 'vendor',
      roles: ['csm'],
      client_id: null,
      development: false,
      key_id: `key_${bob.keyId}`,
      scopes: [],
      grants: [],
    });
  });

  it('lists people by address, each with party and roles', async () => {
    const { ask } = await serving();
    const { items } = (await ask('GET', '/people')).json<Listed>();
    expect(items.map(({ email }) => email)).toEqual(
      ['ada', 'bob', 'carl', 'cleo', 'otto'].map((name) => `${name}@x.example`),
    );
    expect(items[2]).toEqual({
      id: `person_${carl.id}`,
      name: 'Carl',
      email: 'carl@x.example',
      party: 'client',
      roles: ['csm'],
      client_id: `client_${CLIENT_ID}`,
      development: false,
      created_at: TEST_NOW.toISOString(),
      disabled_at: null,
    });
  });

  it('shows a person of a client the people of that client only', async () => {
    const { ask } = await serving();
    const { items } = (await ask('GET', '/people', { key: CARL })).json<Listed>();
    expect(items.map(({ id }) => id)).toEqual([`person_${carl.id}`, `person_${cleo.id}`]);
  });

  it('lists one’s own keys without any scope, and never the key or its hash', async () => {
    const { ask } = await serving();
    const id = await keyOf(bob);
    const response = await ask('GET', '/keys', { key: BOB });
    expect(response.json<Listed>().items).toEqual([
      {
        id: `key_${id}`,
        name: 'k',
        prefix: expect.stringMatching(/^[a-z2-9]{8}$/),
        scopes: ['runs:read'],
        created_at: TEST_NOW.toISOString(),
        expires_at: null,
        revoked_at: null,
        last_used_at: null,
      },
    ]);
  });

  it.each(['/people?', `/keys?person=person_${cleo.id}&`])(
    'pages %s without leaving one out or repeating one',
    async (url) => {
      for (let made = 0; made < 3; made += 1) await keyOf(cleo);
      const { ask } = await serving();
      const all = (await ask('GET', url)).json<Listed>().items;
      const seen: unknown[] = [];
      let cursor: string | null = '';
      for (let pages = 0; cursor !== null && pages <= all.length; pages += 1) {
        const page: Listed = (await ask('GET', `${url}limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)).json();
        seen.push(...page.items);
        cursor = page.next_cursor;
      }
      expect(all.length).toBeGreaterThanOrEqual(3);
      expect(seen).toEqual(all);
    },
  );
});

describe('201', () => {
  it('gives a key that works, to oneself unless told', async () => {
    const { ask } = await serving();
    const response = await ask('POST', '/keys', { body: { ...newKey, expires_at: '2026-11-21T00:00:00+01:00' } });
    expect(response.statusCode).toBe(201);
    const { key, person_id } = response.json();
    expect(person_id).toBe(`person_${ada.id}`);
    const authenticator = keyAuthenticator({ database, now: () => TEST_NOW });
    expect(await authenticator.authenticate(key)).toMatchObject({ id: ada.id, scopes: ['runs:read'] });
    await authenticator.close();
  });

  it('shows the key once: a repeated request makes no second one and lacks it, and no log has it', async () => {
    const { ask, log } = await serving();
    const once = randomUUID();
    const body = { ...newKey, person: `person_${bob.id}` };
    const [first, second] = [await ask('POST', '/keys', { body, once }), await ask('POST', '/keys', { body, once })];
    const { key, ...rest } = first.json();
    expect(key).toMatch(/^tnt_/);
    expect(second.json()).toEqual(rest);
    expect(second.headers['idempotency-replayed']).toBe('true');
    const kept = await asSuperuser('select body from tenantry.idempotency_keys where key = $1', [once]);
    expect(JSON.stringify(kept)).toContain(rest.id);
    expect(`${JSON.stringify(kept)}${log()}`).not.toContain(key);
  });
});

describe('204', () => {
  it('ends a key, with the reason in the audit log, and once more changes nothing', async () => {
    const { ask } = await serving();
    const id = await keyOf(cleo);
    for (let times = 0; times < 2; times += 1) {
      expect((await ask('DELETE', `/keys/key_${id}?reason=lost%20laptop`)).statusCode).toBe(204);
    }
    const rows = await asSuperuser(
      `select payload->>'reason' as reason from tenantry.audit_log where subject_id = $1 and action = 'key.revoked'`,
      [id],
    );
    expect(rows).toEqual([{ reason: 'lost laptop' }]);
  });

  it('lets a key without any scope end another of the same person', async () => {
    const { ask } = await serving();
    expect((await ask('DELETE', `/keys/key_${await keyOf(bob)}`, { key: BOB })).statusCode).toBe(204);
  });
});

describe('400', () => {
  it.each([
    ['no name', { scopes: ['runs:read'] }],
    ['a scope that does not exist', { name: 'x', scopes: ['moon:land'] }],
    ['no scope', { name: 'x', scopes: [] }],
    ['a time that is past', { ...newKey, expires_at: '2026-11-20T08:59:59Z' }],
    ['a misspelt field', { ...newKey, expiresAt: '2026-12-01T00:00:00Z' }],
  ])('refuses a new key with %s', async (_what, body) => {
    const { ask } = await serving();
    const response = await ask('POST', '/keys', { body });
    expect([response.statusCode, problemIn(response).code]).toEqual([400, 'request.invalid']);
  });

  it.each(['/people?cursor=W10', '/keys?cursor=x'])('refuses the cursor in %s', async (url) => {
    const { ask } = await serving();
    expect(problemIn(await ask('GET', url)).faults[0]?.path).toBe('query.cursor');
  });
});

describe('401', () => {
  it.each([
    ['GET', '/whoami'],
    ['GET', '/keys'],
    ['DELETE', '/keys/x'],
  ] as const)('refuses %s %s without a valid key, though it asks for no scope', async (method, url) => {
    const { ask } = await serving();
    expect((await ask(method, url, { key: 'tnt_wrong' })).statusCode).toBe(401);
  });
});

describe('403', () => {
  it.each([
    ['GET', '/people', undefined],
    ['GET', `/keys?person=person_${ada.id}`, undefined],
    ['POST', '/keys', newKey],
  ] as const)('refuses %s %s to a key without the scope keys:write', async (method, url, body) => {
    const { ask } = await serving();
    const response = await ask(method, url, { key: BOB, ...(body && { body }) });
    expect(response.statusCode).toBe(403);
    expect(problemIn(response)).toMatchObject({ code: 'access.forbidden', facts: { scope: 'keys:write' } });
  });

  it('refuses to end the key of somebody else without the scope', async () => {
    const { ask } = await serving();
    expect((await ask('DELETE', `/keys/key_${await keyOf(ada)}`, { key: BOB })).statusCode).toBe(403);
  });

  it('refuses to hand on a scope its giver lacks', async () => {
    const { ask } = await serving();
    const response = await ask('POST', '/keys', { body: { name: 'x', scopes: ['vault:reveal'] } });
    expect([response.statusCode, problemIn(response).facts]).toEqual([403, { roles: [], scopes: ['vault:reveal'] }]);
  });
});

describe('404', () => {
  it('hides people and keys of other clients and of the vendor from a client’s person', async () => {
    const { ask } = await serving();
    for (const stranger of [otto, ada]) {
      const person = `person_${stranger.id}`;
      const listed = await ask('GET', `/keys?person=${person}`, { key: CARL });
      const given = await ask('POST', '/keys', { key: CARL, body: { ...newKey, person } });
      const ended = await ask('DELETE', `/keys/key_${await keyOf(stranger)}`, { key: CARL });
      expect([listed, given, ended].map((response) => problemIn(response).code)).toEqual([
        'access.person_not_found',
        'access.person_not_found',
        'access.key_not_found',
      ]);
    }
  });

  it('answers a text that is no id, and does not repeat what may be a whole key', async () => {
    const { ask } = await serving();
    expect(problemIn(await ask('GET', '/keys?person=bob')).code).toBe('access.person_not_found');
    const response = await ask('DELETE', '/keys/tnt_abcdefgh_secret');
    expect(problemIn(response).code).toBe('access.key_not_found');
    expect(response.body).not.toContain('secret');
  });
});
