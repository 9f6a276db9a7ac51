import { isTenantryError, type TenantryError } from '@tenantry/contract';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ctx, type PersonActor, SCOPES, systemActor } from '../../access/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import { readTenant } from '../../tenants/index.ts';
import { makeTenant, storeCutlist } from '../../tenants/testing/registry.ts';
import {
  createKey,
  createOperator,
  createPerson,
  disableOperator,
  endSupport,
  grantSupport,
  keyAuthenticator,
  listSupport,
  openSupport,
  readSupportPolicy,
  STALE_MS,
  setSupportPolicy,
} from '../index.ts';
import { keptMails } from '../testing/kept-mails.ts';

const { database, asSuperuser } = await cloneDatabase();
const outbox = keptMails();
const CLIENT = '7d9f3b52-0c35-4c43-a1c0-b5d1c1a0e7f1';
const HOUR = 60 * 60_000;
let now = new Date('2026-11-20T09:00:00Z');
let serial = 0;
let tenant = '';
let owner: PersonActor;
let sue: PersonActor;
let sueKey = '';
let admin: PersonActor;
let colleague: PersonActor;

const as = <T>(actor: Ctx['actor'], fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor, now }));
const SETUP = systemActor('setup');

async function operator(role: 'owner' | 'support'): Promise<PersonActor> {
  serial += 1;
  const [name, email] = [`${role} ${serial}`, `p${serial}@vendor.example`];
  const { id } = await as(SETUP, (ctx) => createOperator(ctx, outbox, { name, email, grants: [{ role }] }));
  const grants = [{ role, productId: null, clientId: null }];
  return { kind: 'person', id, name, email, party: 'vendor', roles: [], scopes: SCOPES, grants, development: false };
}

async function clientPerson(roles: readonly string[]): Promise<PersonActor> {
  serial += 1;
  const [name, email] = [`client ${serial}`, `c${serial}@client.example`];
  const { id } = await as(SETUP, (ctx) =>
    createPerson(ctx, { name, email, party: 'client', clientId: CLIENT, roles: [...roles] }),
  );
  return {
    kind: 'person',
    id,
    name,
    email,
    party: 'client',
    clientId: CLIENT,
    roles,
    scopes: SCOPES,
    development: false,
  };
}

beforeAll(async () => {
  await storeCutlist(database);
  await asSuperuser(`insert into tenantry.clients (id, reference, legal_name) values ($1, 'c', 'C')`, [CLIENT]);
});

beforeEach(async () => {
  now = new Date('2026-11-20T09:00:00Z');
  const made = await makeTenant(database, { clientId: CLIENT });
  tenant = made.tenant.id;
  owner = await operator('owner');
  sue = await operator('support');
  sueKey = (await as(SETUP, (ctx) => createKey(ctx, { personId: sue.id, name: 'k', scopes: ['tenants:read'] }))).key;
  admin = await clientPerson(['client_admin']);
  colleague = await clientPerson(['client_it']);
});

async function refusal(work: Promise<unknown>): Promise<TenantryError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isTenantryError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

const reason = 'Their invoices do not open since Monday.';
const ask = (hours = 4) => as(sue, (ctx) => openSupport(ctx, { tenant, reason, hours }));

/** What the tenant answers the person in support now, by their key. */
async function look(): Promise<string> {
  const authenticator = keyAuthenticator({ database, now: () => now });
  const actor = await authenticator.authenticate(sueKey);
  await authenticator.close();
  if (actor === undefined) return 'no key';
  return as(actor, (ctx) => readTenant(ctx, tenant)).then(
    () => 'shown',
    (error: TenantryError) => error.code,
  );
}

describe('support access', () => {
  it('opens a tenant to the person from the grant until its end, and not a moment longer', async () => {
    expect(await look()).toBe('access.support_required');
    const { id } = await ask(2);
    expect(await look()).toBe('access.support_required');
    await as(owner, (ctx) => grantSupport(ctx, id));
    expect(await look()).toBe('shown');
    now = new Date(now.getTime() + 2 * HOUR - 1);
    expect(await look()).toBe('shown');
    now = new Date(now.getTime() + 1);
    expect(await look()).toBe('access.support_required');
  });

  it('shows the client who, why, until when and on whose word, and writes each step down', async () => {
    const { id } = await ask();
    await as(owner, (ctx) => grantSupport(ctx, id));
    await as(sue, (ctx) => endSupport(ctx, { id, reason: 'found it' }));
    const [seen] = await as(admin, (ctx) => listSupport(ctx, { tenant, limit: 10 }));
    expect(seen).toMatchObject({
      person: sue.name,
      reason,
      grantedBy: owner.name,
      endedBy: sue.name,
      endedReason: 'found it',
    });
    expect(await as(colleague, (ctx) => listSupport(ctx, { limit: 10 }))).toHaveLength(
      (await as(admin, (ctx) => listSupport(ctx, { limit: 10 }))).length,
    );
    const rows = await asSuperuser<{ action: string; tenant_id: string }>(
      'select action, tenant_id from tenantry.audit_log where subject_id = $1 order by seq',
      [id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['support.asked', 'support.granted', 'support.ended']);
    expect(rows.every((row) => row.tenant_id === tenant)).toBe(true);
  });

  it('is ended at once by the person, the client’s admin or an owner, and by nobody else', async () => {
    for (const who of [sue, admin, owner]) {
      const { id } = await ask();
      await as(owner, (ctx) => grantSupport(ctx, id));
      const stranger = await operator('support');
      expect((await refusal(as(colleague, (ctx) => endSupport(ctx, { id, reason })))).code).toBe(
        'access.support_refused',
      );
      const weak = { ...stranger, scopes: stranger.scopes.filter((scope) => scope !== 'support:grant') };
      expect((await refusal(as(weak, (ctx) => endSupport(ctx, { id, reason })))).code).toBe('access.forbidden');
      expect(await look()).toBe('shown');
      await as(who, (ctx) => endSupport(ctx, { id, reason: 'enough' }));
      now = new Date(now.getTime() + STALE_MS);
      expect(await look()).toBe('access.support_required');
    }
  });

  it('is granted by nobody to themselves, not even by an owner', async () => {
    const { id } = await as(owner, (ctx) => openSupport(ctx, { tenant, reason, hours: 1 }));
    expect((await refusal(as(owner, (ctx) => grantSupport(ctx, id)))).code).toBe('access.support_refused');
  });

  it('lasts 24 hours at most and needs a reason', async () => {
    expect((await refusal(ask(25))).code).toBe('request.invalid');
    const blank = as(sue, (ctx) => openSupport(ctx, { tenant, reason: 'because', hours: 1 }));
    expect((await refusal(blank)).faults[0]?.path).toBe('reason');
    await expect(
      asSuperuser(
        `update tenantry.support_access set granted_by = $1, from_at = now(), until_at = now() + interval '25 hours'`,
        [owner.id],
      ),
    ).rejects.toThrow('support_access_at_most_a_day');
  });

  it('is granted once, by one of two who grant and refuse it at the same moment', async () => {
    const { id } = await ask();
    const grant = () => as(owner, (ctx) => grantSupport(ctx, id));
    const results = await Promise.allSettled([grant(), grant()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('lapses when nobody answers for a day', async () => {
    const { id } = await ask();
    now = new Date(now.getTime() + 24 * HOUR);
    expect((await refusal(as(owner, (ctx) => grantSupport(ctx, id)))).code).toBe('access.support_refused');
  });

  it('ends with the person', async () => {
    const { id } = await ask();
    await as(owner, (ctx) => grantSupport(ctx, id));
    await as(owner, (ctx) => disableOperator(ctx, outbox.mails, { personId: sue.id, reason: 'left' }));
    const [row] = await asSuperuser<{ ended_at: Date | null }>(
      'select ended_at from tenantry.support_access where id = $1',
      [id],
    );
    expect(row?.ended_at).toEqual(now);
  });

  it('does not exist for another client', async () => {
    const { id } = await ask();
    const other = { ...admin, clientId: '0a0f7d2e-4f5c-4a8e-9d62-1f1f7d4c2b11' };
    expect((await refusal(as(other, (ctx) => grantSupport(ctx, id)))).code).toBe('access.support_not_found');
    expect((await refusal(as(other, (ctx) => listSupport(ctx, { tenant, limit: 10 })))).code).toBe('tenant.not_found');
    expect(await as(other, (ctx) => listSupport(ctx, { limit: 10 }))).toEqual([]);
  });
});

describe('the policy of a tenant', () => {
  const set = (actor: PersonActor, grantedBy: 'client' | 'vendor') =>
    as(actor, (ctx) => setSupportPolicy(ctx, { tenant, grantedBy }));

  it('can leave the decision to the client’s admin alone, who alone gives it back', async () => {
    await set(owner, 'client');
    const { id } = await ask();
    expect((await refusal(as(owner, (ctx) => grantSupport(ctx, id)))).code).toBe('access.support_refused');
    expect((await refusal(as(colleague, (ctx) => grantSupport(ctx, id)))).code).toBe('access.support_refused');
    const forSue = as(owner, (ctx) => openSupport(ctx, { tenant, reason, hours: 1, personId: sue.id }));
    expect((await refusal(forSue)).code).toBe('access.support_refused');
    await as(admin, (ctx) => grantSupport(ctx, id));
    expect(await look()).toBe('shown');
    expect((await refusal(set(owner, 'vendor'))).code).toBe('access.support_refused');
    expect((await refusal(set(colleague, 'vendor'))).code).toBe('access.support_refused');
    await set(admin, 'vendor');
    expect(await as(owner, (ctx) => readSupportPolicy(ctx, tenant))).toBe('vendor');
  });

  it('lets an owner give access to another person at once where the client leaves it to the vendor', async () => {
    await as(owner, (ctx) => openSupport(ctx, { tenant, reason, hours: 1, personId: sue.id }));
    expect(await look()).toBe('shown');
  });
});
