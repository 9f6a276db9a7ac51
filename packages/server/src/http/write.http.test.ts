import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemActor } from '../access/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { createPerson } from '../people/index.ts';
import { purgeIdempotencyKeys, read, write } from './index.ts';
import { signal } from './testing/signal.ts';
import { problemIn, TEST_NOW, testPerson, testServer } from './testing/test-server.ts';

const { database, asSuperuser } = await cloneDatabase();
await asSuperuser('create table tenantry.test_things (name text primary key, note text)');
await asSuperuser('grant select, insert, update on tenantry.test_things to tenantry_operator');

const ADA = 'tnt_ada';
const BOB = 'tnt_bob';
const DAY_MS = 24 * 60 * 60 * 1_000;

const personId = async (name: string): Promise<string> => {
  const email = `${name}-${randomUUID()}@vendor.example`;
  const person = { name, email, party: 'vendor' } as const;
  const ctx = { actor: systemActor('test'), now: TEST_NOW };
  return (await database.transaction('operator', (tx) => createPerson({ ...ctx, tx }, person))).id;
};
const keys = {
  [ADA]: testPerson(await personId('ada'), ['tenants:write', 'tenants:read']),
  [BOB]: testPerson(await personId('bob'), ['tenants:write']),
};

interface Gate {
  readonly entered: Promise<void>;
  readonly open: () => void;
  readonly wait: () => Promise<void>;
}
function gate(): Gate {
  const entered = signal();
  const opened = signal();
  return {
    entered: entered.promise,
    open: opened.give,
    wait: () => {
      entered.give();
      return opened.promise;
    },
  };
}

async function things(options: { now?: () => Date; hold?: Gate; lockWaitMs?: number } = {}) {
  const { server } = await testServer({ keys, database, ...options });
  let failures = 0;
  const schema = {
    body: z.strictObject({ name: z.string(), note: z.string().default('none') }),
    response: { 201: z.object({ name: z.string(), key: z.string().optional() }) },
  };
  server.post(
    '/api/v1/things',
    { config: { scope: 'tenants:write', onceShown: ['key'] }, schema },
    write(async (ctx, request) => {
      const { name, note } = request.body;
      await ctx.tx.query('insert into test_things (name, note) values ($1, $2)', [name, note]);
      await options.hold?.wait();
      if (note === 'refuse') throw new TenantryError('tenant.slug_taken', 'Taken.');
      if (note === 'fail once' && failures++ === 0) throw new TypeError('bug');
      const location = `/api/v1/things/${name}`;
      return {
        status: 201,
        headers: { location },
        body: { name, key: `shown-once-${randomUUID()}`, hidden: 'not in the schema' },
      };
    }),
  );
  server.delete(
    '/api/v1/things/:name',
    { config: { scope: 'tenants:write' } },
    write(async () => ({ status: 204 })),
  );
  server.post(
    '/api/v1/misfits',
    { config: { scope: 'tenants:write' }, schema: { response: { 201: z.object({ count: z.number() }) } } },
    write(async (ctx) => {
      await ctx.tx.query('insert into test_things (name) values ($1)', ['misfit']);
      return { status: 201, body: { count: 'many' } };
    }),
  );
  server.get(
    '/api/v1/things/:name',
    {
      config: { scope: 'tenants:read' },
      schema: {
        params: z.object({ name: z.string() }),
        response: { 200: z.object({ note: z.string(), by: z.string() }) },
      },
    },
    read(async (ctx, request) => {
      const { rows } = await ctx.tx.query<{ note: string }>('select note from test_things where name = $1', [
        request.params.name,
      ]);
      return { ...rows[0], by: ctx.actor.kind };
    }),
  );
  const post = (payload: object, idempotencyKey?: string, key = ADA, url = '/api/v1/things') =>
    server.inject({
      method: 'POST',
      url,
      payload,
      headers: {
        authorization: `Bearer ${key}`,
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
    });
  return { server, post };
}

/** Waits until so many transactions of this database stand still behind a lock. */
async function blocked(count: number): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await asSuperuser(waiting)).length < count);
}

const countOf = async (name: string): Promise<number> =>
  (await asSuperuser('select 1 from tenantry.test_things where name = $1', [name])).length;

describe('200', () => {
  it('reads in one transaction, as the person who asks', async () => {
    const { server, post } = await things();
    const name = randomUUID();
    await post({ name });
    const response = await server.inject({
      url: `/api/v1/things/${name}`,
      headers: { authorization: `Bearer ${ADA}` },
    });
    expect(response.json()).toEqual({ note: 'none', by: 'person' });
  });
});

describe('201', () => {
  it('gives the first answer again, byte for byte but for what is shown once, and has one effect', async () => {
    const { post } = await things();
    const name = randomUUID();
    const first = await post({ name }, `key-${name}`);
    const second = await post({ name }, `key-${name}`);

    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(first.json()).toEqual({ name, key: expect.stringMatching(/^shown-once-/) });
    expect(second.body).toBe(JSON.stringify({ name }));
    expect(second.headers.location).toBe(`/api/v1/things/${name}`);
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await countOf(name)).toBe(1);
  });

  it('stores nothing that is shown once', async () => {
    const { post } = await things();
    const name = randomUUID();
    await post({ name }, `key-${name}`);
    const rows = await asSuperuser('select * from tenantry.idempotency_keys where key = $1', [`key-${name}`]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('shown-once');
  });

  it('makes a repeated request wait for the first one, so that both get one effect', async () => {
    const hold = gate();
    const { post } = await things({ hold });
    const name = randomUUID();
    const first = post({ name }, `key-${name}`);
    await hold.entered;
    const others = [post({ name }, `key-${name}`), post({ name }, `key-${name}`)];
    await blocked(others.length);
    hold.open();
    const answers = await Promise.all([first, ...others]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201, 201]);
    expect(answers.map((answer) => answer.headers['idempotency-replayed'])).toEqual([undefined, 'true', 'true']);
    expect(await countOf(name)).toBe(1);
  });

  it('knows the same body in another order of members', async () => {
    const { post } = await things();
    const name = randomUUID();
    await post({ name, note: 'x' }, `key-${name}`);
    expect((await post({ note: 'x', name }, `key-${name}`)).headers['idempotency-replayed']).toBe('true');
  });

  it('keeps the keys of two people apart', async () => {
    const { post } = await things();
    const [one, two] = [randomUUID(), randomUUID()];
    await post({ name: one }, 'shared-key');
    const response = await post({ name: two }, 'shared-key', BOB);
    expect(response.statusCode).toBe(201);
    expect(response.headers['idempotency-replayed']).toBeUndefined();
  });

  it('starts anew when the first attempt was refused or broke off, and keeps no trace of it', async () => {
    const { post } = await things();
    const name = randomUUID();
    expect((await post({ name, note: 'refuse' }, `key-${name}`)).statusCode).toBe(409);
    expect(await countOf(name)).toBe(0);
    expect((await post({ name, note: 'fail once' }, `key-${name}`)).statusCode).toBe(500);
    expect((await post({ name, note: 'fail once' }, `key-${name}`)).statusCode).toBe(201);
    expect(await countOf(name)).toBe(1);
  });

  it('forgets an answer after 24 hours, whether it was purged by then or not', async () => {
    let now = TEST_NOW;
    const { post } = await things({ now: () => now });
    const [first, later] = [randomUUID(), randomUUID()];
    await post({ name: first }, `key-${first}`);
    now = new Date(TEST_NOW.getTime() + DAY_MS - 1);
    expect((await post({ name: first }, `key-${first}`)).headers['idempotency-replayed']).toBe('true');
    now = new Date(TEST_NOW.getTime() + DAY_MS);
    expect((await post({ name: later }, `key-${first}`)).statusCode).toBe(201);
    expect((await post({ name: later }, `key-${first}`)).headers['idempotency-replayed']).toBe('true');
  });
});

describe('204', () => {
  it('is repeated without a body', async () => {
    const { server } = await things();
    const remove = () =>
      server.inject({
        method: 'DELETE',
        url: '/api/v1/things/x',
        headers: { authorization: `Bearer ${ADA}`, 'idempotency-key': 'remove-x' },
      });
    expect((await remove()).statusCode).toBe(204);
    const second = await remove();
    expect([second.statusCode, second.body, second.headers['idempotency-replayed']]).toEqual([204, '', 'true']);
  });
});

describe('400', () => {
  it.each(['', 'with space', 'x'.repeat(256), 'ключ'])('answers the Idempotency-Key %j', async (key) => {
    const { post } = await things();
    const response = await post({ name: randomUUID() }, key);
    expect(response.statusCode).toBe(400);
    expect(problemIn(response).faults[0]?.path).toBe('header Idempotency-Key');
  });
});

describe('409', () => {
  it('tells a request to come again when another holds what it needs for too long', async () => {
    const { post } = await things({ lockWaitMs: 20 });
    const name = randomUUID();
    const held = gate();
    const holder = database.transaction('operator', async (tx) => {
      await tx.query('insert into test_things (name) values ($1)', [name]);
      await held.wait();
    });
    await held.entered;
    const response = await post({ name }, `key-${name}`);
    held.open();
    await holder;
    expect(response.statusCode).toBe(409);
    expect(problemIn(response).code).toBe('run.conflict');
    expect(response.headers['retry-after']).toBe('1');
  });
});

describe('422', () => {
  it.each([
    ['another body', { note: 'other' }, '/api/v1/things'],
    ['another address', {}, '/api/v1/things?x=1'],
  ])('answers the same key with %s', async (_what, more, url) => {
    const { post } = await things();
    const name = randomUUID();
    await post({ name }, `key-${name}`);
    const response = await post({ name, ...more }, `key-${name}`, ADA, url);
    expect(response.statusCode).toBe(422);
    expect(problemIn(response).code).toBe('request.idempotency_reused');
    expect(await countOf(name)).toBe(1);
  });
});

describe('500', () => {
  it('undoes a write whose answer does not fit its schema', async () => {
    const { post } = await things();
    expect((await post({}, 'misfit', ADA, '/api/v1/misfits')).statusCode).toBe(500);
    expect(await countOf('misfit')).toBe(0);
  });
});

describe('purgeIdempotencyKeys', () => {
  it('deletes what is older than 24 hours and nothing else, under the role of the worker', async () => {
    let now = new Date('2020-01-01T00:00:00Z');
    const { post } = await things({ now: () => now });
    await post({ name: randomUUID() }, 'old');
    now = new Date(now.getTime() + 1);
    await post({ name: randomUUID() }, 'younger');
    const at = new Date(Date.parse('2020-01-01T00:00:00Z') + DAY_MS);
    expect(await database.transaction('worker', (tx) => purgeIdempotencyKeys({ tx, now: at }))).toBe(1);
    const left = await asSuperuser(`select key from tenantry.idempotency_keys where key in ('old', 'younger')`);
    expect(left).toEqual([{ key: 'younger' }]);
  });
});
