import { isTenantryError, type TenantryError } from '@tenantry/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Actor, type Ctx, type PersonActor, SCOPES, systemActor } from '../access/index.ts';
import type { Database } from '../db/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { createKey, createPerson, keyAuthenticator, listKeys, revokeKey, STALE_MS } from './index.ts';
import { giveRole } from './testing/roles.ts';

const { database, asSuperuser } = await cloneDatabase();

const SETUP = systemActor('setup');
const CLIENT = '7d9f3b52-0c35-4c43-a1c0-b5d1c1a0e7f1';
const OTHER_CLIENT = '0a0f7d2e-4f5c-4a8e-9d62-1f1f7d4c2b11';

let now = new Date('2026-11-20T09:00:00Z');
let serial = 0;
beforeEach(() => {
  now = new Date('2026-11-20T09:00:00Z');
});

const as = <T>(actor: Actor, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor, now }));

async function person(
  options: { roles?: string[]; clientId?: string; development?: boolean } = {},
): Promise<{ id: string; email: string }> {
  serial += 1;
  const email = `person${serial}@vendor.example`;
  const party = options.clientId === undefined ? 'vendor' : 'client';
  const { id } = await as(SETUP, (ctx) => createPerson(ctx, { name: `Person ${serial}`, email, party, ...options }));
  if (party === 'vendor') await giveRole(database, id, 'owner');
  return { id, email };
}

async function actorWith(options: Partial<PersonActor>): Promise<PersonActor> {
  const { roles = [], clientId, development = false } = options;
  const created = await person({
    roles: [...roles],
    development,
    ...(clientId === undefined ? {} : { clientId }),
  });
  return {
    kind: 'person',
    name: 'Ada',
    party: clientId === undefined ? 'vendor' : 'client',
    scopes: ['keys:write'],
    ...created,
    ...options,
    roles,
    development,
  };
}

async function refusal(work: Promise<unknown>): Promise<TenantryError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isTenantryError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

const auditOf = (subjectId: string) =>
  asSuperuser<{ action: string; actor_kind: string; payload: unknown }>(
    'select action, actor_kind, payload from tenantry.audit_log where subject_id = $1 order by seq',
    [subjectId],
  );

describe('createPerson', () => {
  it('creates a person and audits it', async () => {
    const { id } = await person({ roles: ['engineering_lead'] });
    expect(await auditOf(id)).toMatchObject([
      { action: 'person.created', payload: { detail: { roles: ['engineering_lead'] } } },
    ]);
  });

  it('refuses a second person with the same address in other letters', async () => {
    const { email } = await person();
    const error = await refusal(
      as(SETUP, (ctx) => createPerson(ctx, { name: 'Twin', email: email.toUpperCase(), party: 'vendor' })),
    );
    expect(error.code).toBe('access.email_taken');
  });

  it('names every field at fault', async () => {
    const error = await refusal(as(SETUP, (ctx) => createPerson(ctx, { name: ' ', email: 'nobody', party: 'client' })));
    expect(error.code).toBe('request.invalid');
    expect(error.faults.map((fault) => fault.path).sort()).toEqual(['clientId', 'email', 'name']);
  });

  it('lets nobody give a role they do not hold', async () => {
    const actor = await actorWith({ roles: ['csm'] });
    const create = (role: string) =>
      as(actor, (ctx) => createPerson(ctx, { name: 'X', email: `${role}@x.example`, party: 'vendor', roles: [role] }));
    await create('csm');
    const error = await refusal(create('cto'));
    expect(error).toMatchObject({ code: 'access.forbidden', facts: { roles: ['cto'] } });
  });

  it('refuses a person without the scope, a run, and a client who would reach past itself', async () => {
    const noScope = await actorWith({ scopes: ['runs:write'] });
    const run: Actor = { kind: 'run', runId: 'r', stepId: 's' };
    const client = await actorWith({ clientId: CLIENT });
    for (const actor of [noScope, run, client]) {
      const error = await refusal(
        as(actor, (ctx) => createPerson(ctx, { name: 'X', email: 'x@refused.example', party: 'vendor' })),
      );
      expect(error.code).toBe('access.forbidden');
    }
    const other = { name: 'X', email: 'x@refused.example', party: 'client', clientId: OTHER_CLIENT } as const;
    expect((await refusal(as(client, (ctx) => createPerson(ctx, other)))).code).toBe('access.forbidden');
  });

  it('lets a development identity create development identities only', async () => {
    const actor = await actorWith({ development: true });
    const create = (email: string, development: boolean) =>
      as(actor, (ctx) => createPerson(ctx, { name: 'X', email, party: 'vendor', development }));
    await create('dev@x.example', true);
    expect((await refusal(create('real@x.example', false))).code).toBe('access.forbidden');
  });
});

describe('createKey', () => {
  it('gives the text once and stores only its hash', async () => {
    const { id: personId } = await person();
    const { id, key } = await as(SETUP, (ctx) => createKey(ctx, { personId, name: 'laptop', scopes: ['runs:read'] }));

    expect(key).toMatch(/^tnt_[a-z2-9]{8}_[A-Za-z0-9_-]{43}$/);
    const dump = JSON.stringify([
      await asSuperuser('select * from tenantry.api_keys where id = $1', [id]),
      await asSuperuser('select * from tenantry.audit_log where subject_id = $1', [id]),
    ]);
    expect(dump).toContain(key.slice(4, 12));
    expect(dump).not.toContain(key.slice(13));
  });

  it('audits the new key without it', async () => {
    const { id: personId } = await person();
    const { id } = await as(SETUP, (ctx) => createKey(ctx, { personId, name: 'ci', scopes: ['runs:read'] }));
    expect(await auditOf(id)).toMatchObject([
      { action: 'key.created', payload: { detail: { personId, scopes: ['runs:read'] } } },
    ]);
  });

  it('lets nobody hand on a scope they lack, nor the roles of a mightier person', async () => {
    const actor = await actorWith({ scopes: ['keys:write', 'runs:read'], roles: ['csm'] });
    const mighty = await person({ roles: ['cto'] });
    const keyFor = (personId: string, scope: 'runs:read' | 'runs:write') =>
      as(actor, (ctx) => createKey(ctx, { personId, name: 'k', scopes: [scope] }));

    await keyFor(actor.id, 'runs:read');
    expect(await refusal(keyFor(actor.id, 'runs:write'))).toMatchObject({ code: 'access.forbidden' });
    expect(await refusal(keyFor(mighty.id, 'runs:read'))).toMatchObject({ facts: { roles: ['cto'] } });
  });

  it('refuses the wrong actor, an expired key, a scope that does not exist and a disabled person', async () => {
    const { id: personId } = await person();
    const noScope = await actorWith({ scopes: ['runs:read'] });
    const key = { personId, name: 'k', scopes: ['runs:read' as const] };
    expect((await refusal(as(noScope, (ctx) => createKey(ctx, key)))).code).toBe('access.forbidden');
    expect((await refusal(as(SETUP, (ctx) => createKey(ctx, { ...key, expiresAt: now })))).code).toBe(
      'request.invalid',
    );
    const unknown = { ...key, scopes: JSON.parse('["moon:land"]') };
    expect((await refusal(as(SETUP, (ctx) => createKey(ctx, unknown)))).faults[0]?.path).toBe('scopes.0');
    await asSuperuser('update tenantry.people set disabled_at = now() where id = $1', [personId]);
    expect((await refusal(as(SETUP, (ctx) => createKey(ctx, key)))).code).toBe('request.invalid');
  });

  it('shows a client the people of no other client', async () => {
    const client = await actorWith({ clientId: CLIENT, scopes: ['keys:write', 'runs:read'] });
    const colleague = await person({ clientId: CLIENT });
    const stranger = await person({ clientId: OTHER_CLIENT });
    const vendor = await person();
    const keyFor = (personId: string) =>
      as(client, (ctx) => createKey(ctx, { personId, name: 'k', scopes: ['runs:read'] }));

    await keyFor(colleague.id);
    for (const { id } of [stranger, vendor]) {
      expect((await refusal(keyFor(id))).code).toBe('access.person_not_found');
      expect((await refusal(as(client, (ctx) => listKeys(ctx, { personId: id })))).code).toBe(
        'access.person_not_found',
      );
    }
  });
});

describe('revokeKey', () => {
  async function keyOf(personId: string) {
    return as(SETUP, (ctx) => createKey(ctx, { personId, name: 'k', scopes: ['runs:read'] }));
  }

  it('ends the key, audits it once with the reason, and shows it in the list', async () => {
    const { id: personId } = await person();
    const { id: keyId } = await keyOf(personId);
    await as(SETUP, (ctx) => revokeKey(ctx, { keyId, reason: 'lost laptop' }));
    await as(SETUP, (ctx) => revokeKey(ctx, { keyId, reason: 'again' }));

    expect(await as(SETUP, (ctx) => listKeys(ctx, { personId }))).toMatchObject([{ id: keyId, revokedAt: now }]);
    const audit = await auditOf(keyId);
    expect(audit.map((row) => row.action)).toEqual(['key.created', 'key.revoked']);
    expect(audit[1]).toMatchObject({ payload: { reason: 'lost laptop' } });
  });

  it('lets a person end and list their own keys without any scope, and nobody else’s', async () => {
    const actor = await actorWith({ scopes: [] });
    const other = await person();
    const own = await keyOf(actor.id);
    const foreign = await keyOf(other.id);

    await as(actor, (ctx) => revokeKey(ctx, { keyId: own.id }));
    expect(await as(actor, (ctx) => listKeys(ctx, { personId: actor.id }))).toHaveLength(1);
    expect((await refusal(as(actor, (ctx) => revokeKey(ctx, { keyId: foreign.id })))).code).toBe('access.forbidden');
    expect((await refusal(as(actor, (ctx) => listKeys(ctx, { personId: other.id })))).code).toBe('access.forbidden');
  });

  it('hides the keys of other clients', async () => {
    const client = await actorWith({ clientId: CLIENT });
    const { id: keyId } = await keyOf((await person({ clientId: OTHER_CLIENT })).id);
    expect((await refusal(as(client, (ctx) => revokeKey(ctx, { keyId })))).code).toBe('access.key_not_found');
  });
});

describe('keyAuthenticator', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const authenticator of opened.splice(0)) await authenticator.close();
  });

  function authenticator(over: Database = database) {
    const created = keyAuthenticator({ database: over, now: () => now });
    opened.push(created);
    return created;
  }

  /** The same database, with a count of the transactions asked of it. */
  function counting() {
    const counted = { transactions: 0 };
    const over: Database = {
      ...database,
      transaction: (role, fn) => {
        counted.transactions += 1;
        return database.transaction(role, fn);
      },
    };
    return { counted, over };
  }

  const keyFor = (personId: string, expiresAt?: Date) =>
    as(SETUP, (ctx) =>
      createKey(ctx, { personId, name: 'k', scopes: ['runs:read'], ...(expiresAt === undefined ? {} : { expiresAt }) }),
    );
  const later = (ms: number): Date => new Date(now.getTime() + ms);

  it('knows the person, the roles and the scopes of a key', async () => {
    const { id: personId, email } = await person({ roles: ['csm'], clientId: CLIENT });
    const { id: keyId, key } = await keyFor(personId);
    expect(await authenticator().authenticate(key)).toEqual({
      kind: 'person',
      id: personId,
      name: expect.any(String),
      email,
      party: 'client',
      roles: ['csm'],
      scopes: ['runs:read'],
      grants: [],
      supports: [],
      keyId,
      clientId: CLIENT,
      development: false,
    });
  });

  it('refuses any text but the key itself', async () => {
    const { key } = await keyFor((await person()).id);
    const { authenticate } = authenticator();
    const altered = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
    for (const text of ['', 'tnt_', key.slice(0, -1), `${key}A`, altered, key.toUpperCase(), key.slice(4)]) {
      expect(await authenticate(text)).toBeUndefined();
    }
  });

  it('refuses a revoked key within one second, in a process that had just accepted it', async () => {
    const { id: keyId, key } = await keyFor((await person()).id);
    const { authenticate } = authenticator();
    expect(await authenticate(key)).toBeDefined();
    await as(SETUP, (ctx) => revokeKey(ctx, { keyId }));
    now = later(STALE_MS);
    expect(STALE_MS).toBeLessThanOrEqual(1_000);
    expect(await authenticate(key)).toBeUndefined();
  });

  it('refuses the keys of a disabled person within one second', async () => {
    const { id: personId } = await person();
    const { key } = await keyFor(personId);
    const { authenticate } = authenticator();
    expect(await authenticate(key)).toBeDefined();
    await asSuperuser('update tenantry.people set disabled_at = now() where id = $1', [personId]);
    now = later(STALE_MS);
    expect(await authenticate(key)).toBeUndefined();
  });

  it('refuses a key from the moment it expires, even out of memory', async () => {
    const { key } = await keyFor((await person()).id, later(500));
    const { authenticate } = authenticator();
    now = later(499);
    expect(await authenticate(key)).toBeDefined();
    now = later(1);
    expect(await authenticate(key)).toBeUndefined();
  });

  it('asks the database once for simultaneous and repeated requests, and again after a clock was set back', async () => {
    const { key } = await keyFor((await person()).id);
    const { counted, over } = counting();
    const { authenticate } = authenticator(over);
    await Promise.all([authenticate(key), authenticate(key), authenticate(key)]);
    now = later(STALE_MS - 1);
    await authenticate(key);
    expect(counted.transactions).toBe(1);
    now = later(-STALE_MS);
    await authenticate(key);
    expect(counted.transactions).toBe(2);
  });

  it('does not remember wrong keys nor failures', async () => {
    const { key } = await keyFor((await person()).id);
    const { counted, over } = counting();
    let failing = true;
    const flaky: Database = {
      ...over,
      transaction: (role, fn) => (failing ? Promise.reject(new Error('away')) : over.transaction(role, fn)),
    };
    const { authenticate } = authenticator(flaky);
    await expect(authenticate(key)).rejects.toThrow('away');
    failing = false;
    expect(await authenticate(key)).toBeDefined();
    const unknown = `tnt_aaaaaaaa_${'A'.repeat(43)}`;
    await authenticate(unknown);
    await authenticate(unknown);
    expect(counted.transactions).toBe(3);
  });

  it('writes the time of last use at most once a minute, without a request waiting for it', async () => {
    const { id: personId } = await person();
    const { key } = await keyFor(personId);
    const lastUse = async () => (await as(SETUP, (ctx) => listKeys(ctx, { personId })))[0]?.lastUsedAt;
    const writes: (() => void)[] = [];
    let holding = false;
    const keys = authenticator({
      ...database,
      transaction: async (role, fn) => {
        if (holding) await new Promise<void>((resolve) => writes.push(resolve));
        return database.transaction(role, fn);
      },
    });
    await keys.authenticate(key);
    now = later(59_500);
    await keys.authenticate(key);
    expect(await lastUse()).toBeNull();

    // The answer of half a second ago is still good, so only a write can ask the database now.
    holding = true;
    now = later(600);
    expect(await keys.authenticate(key)).toBeDefined();
    expect(writes).toHaveLength(1);
    expect(await lastUse()).toBeNull();

    holding = false;
    writes[0]?.();
    await keys.close();
    expect(await lastUse()).toEqual(now);
  });

  it('keeps the uses it could not write and tells about it', async () => {
    const { id: personId } = await person();
    const { key } = await keyFor(personId);
    let failWrites = false;
    const failures: unknown[] = [];
    const keys = keyAuthenticator({
      database: {
        ...database,
        transaction: (role, fn) => (failWrites ? Promise.reject(new Error('away')) : database.transaction(role, fn)),
      },
      now: () => now,
      onWriteFailure: (error) => failures.push(error),
    });
    await keys.authenticate(key);
    failWrites = true;
    await keys.close();
    expect(failures).toHaveLength(1);
    failWrites = false;
    await keys.close();
    expect((await as(SETUP, (ctx) => listKeys(ctx, { personId })))[0]?.lastUsedAt).toEqual(now);
  });

  it('grants nothing for a scope that this release does not know', async () => {
    const { id: keyId, key } = await keyFor((await person()).id);
    await asSuperuser(`update tenantry.api_keys set scopes = '{moon:land,runs:read}' where id = $1`, [keyId]);
    const actor = await authenticator().authenticate(key);
    expect(actor?.scopes).toEqual(['runs:read']);
    expect(SCOPES).not.toContain('moon:land');
  });
});
