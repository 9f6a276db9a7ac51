import { tenantPlanSchema, tenantStatusSchema } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testPerson, testServer } from '../http/testing/test-server.ts';
import { PLANS } from '../products/index.ts';
import { STATUSES, setContact, setPlan, upsertClient } from './index.ts';
import { tenantRoutes } from './routes.ts';
import { act, clientPerson, makeTenant, operator, storeCutlist } from './testing/registry.ts';

const { database } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const contract = { starts_on: '2026-12-01', sla_tier: 'gold' };
const acme = await doing((ctx) => upsertClient(ctx, { reference: 'crm-1', legal_name: 'Acme GmbH', contract }));
const other = await doing((ctx) => upsertClient(ctx, { reference: 'crm-2', legal_name: 'Other Ltd' }));
const { tenant } = await makeTenant(database, { slug: 'acme', clientId: acme.id });
const { tenant: foreign } = await makeTenant(database, { slug: 'other', clientId: other.id, status: 'trial' });
await makeTenant(database, { slug: 'nobodys', name: 'Without a client' });
const contact = { party: 'client', role: 'it_admin', name: 'Ann', email: 'ann@acme.example' } as const;
await doing((ctx) => setContact(ctx, tenant.id, contact));

const READER = 'tnt_reader';
const BARE = 'tnt_bare';
const CLIENT = 'tnt_client';
const keys = {
  [READER]: testPerson('reader', ['tenants:read']),
  [BARE]: testPerson('bare', ['runs:read']),
  [CLIENT]: { ...clientPerson(acme.id), scopes: ['tenants:read'] as const },
};
const ROUTES = ['/api/v1/tenants', '/api/v1/tenants/acme', '/api/v1/tenants/acme/history', '/api/v1/clients'];

const serving = async () => {
  const { server } = await testServer({ keys, database });
  tenantRoutes(server);
  return (url: string, key = READER) => server.inject({ url, headers: { authorization: `Bearer ${key}` } });
};

interface Listed {
  readonly items: readonly { readonly slug?: string; readonly reference?: string; readonly number?: number }[];
  readonly next_cursor: string | null;
}

describe('200', () => {
  it('lists tenants by slug and names their client', async () => {
    const ask = await serving();
    const { items, next_cursor } = (await ask('/api/v1/tenants')).json<Listed>();
    expect(items.map(({ slug }) => slug)).toEqual(['acme', 'nobodys', 'other']);
    expect(items[0]).toEqual({
      id: tenant.id,
      slug: 'acme',
      name: 'Acme Joinery',
      product: 'cutlist',
      client_id: `client_${acme.id}`,
      plan: 'professional',
      status: 'onboarding',
      access_mode: null,
      isolation: 'pool-shared',
      support_tier: tenant.supportTier,
      created_at: tenant.createdAt.toISOString(),
      updated_at: tenant.updatedAt.toISOString(),
    });
    expect(next_cursor).toBeNull();
  });

  it.each([
    ['search=oth', ['other']],
    ['status=trial', ['other']],
    ['plan=free', []],
    ['product=cutlist', ['acme', 'nobodys', 'other']],
    [`client=client_${acme.id}`, ['acme']],
  ])('finds tenants by %s', async (query, slugs) => {
    const ask = await serving();
    const { items } = (await ask(`/api/v1/tenants?${query}`)).json<Listed>();
    expect(items.map(({ slug }) => slug)).toEqual(slugs);
  });

  it.each([
    ['/api/v1/tenants', 3],
    ['/api/v1/clients', 2],
    ['/api/v1/tenants/acme/history', 2],
  ])('pages %s without leaving one out or repeating one', async (url, total) => {
    await doing((ctx) => setPlan(ctx, { tenantId: tenant.id, plan: 'starter' }));
    await doing((ctx) => setPlan(ctx, { tenantId: tenant.id, plan: 'professional' }));
    const ask = await serving();
    const all = (await ask(url)).json<Listed>().items;
    const seen: unknown[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages <= all.length; pages += 1) {
      const page: Listed = (await ask(`${url}?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)).json();
      expect(page.items).toHaveLength(1);
      seen.push(...page.items);
      cursor = page.next_cursor;
    }
    expect(all.length).toBeGreaterThanOrEqual(total);
    expect(seen).toEqual(all);
  });

  it('REG-11: shows a tenant by id or slug with what is in force, whom to call and what happened to it', async () => {
    const ask = await serving();
    const bySlug = await ask('/api/v1/tenants/acme');
    expect((await ask(`/api/v1/tenants/${tenant.id}`)).json()).toEqual(bySlug.json());
    expect(bySlug.json()).toMatchObject({
      schema: 'tenantry.tenant/1',
      id: tenant.id,
      settings: {},
      limits: { users: 100, projects: 200 },
      limits_unset: [],
      features: { sso: false, api_access: true },
      contacts: [{ ...contact, phone: null }],
    });
    expect(bySlug.json().history.at(-1)).toMatchObject({
      actor: { kind: 'person', id: `person_${operator.id}`, label: operator.name },
      authority: operator.name,
      run_id: null,
    });
  });

  it('gives an ETag that changes with the tenant and not without', async () => {
    const ask = await serving();
    const tag = async () => (await ask('/api/v1/tenants/other')).headers.etag;
    const before = await tag();
    expect(before).toMatch(/^"[\w-]+"$/);
    expect(await tag()).toBe(before);
    await doing((ctx) => setPlan(ctx, { tenantId: foreign.id, plan: 'starter' }));
    expect(await tag()).not.toBe(before);
  });

  it('shows a client with its contract', async () => {
    const ask = await serving();
    const { items } = (await ask('/api/v1/clients')).json<Listed>();
    const one = (await ask(`/api/v1/clients/client_${acme.id}`)).json();
    expect(one).toMatchObject({ id: `client_${acme.id}`, reference: 'crm-1', legal_name: 'Acme GmbH', contract });
    expect(items[0]).toEqual(one);
  });

  it('shows a person of a client what is their own, whatever they ask for', async () => {
    const ask = await serving();
    const listed = async (url: string) => (await ask(url, CLIENT)).json<Listed>().items;
    expect((await listed('/api/v1/tenants')).map(({ slug }) => slug)).toEqual(['acme']);
    expect(await listed(`/api/v1/tenants?client=client_${other.id}`)).toEqual([]);
    expect((await listed('/api/v1/clients')).map(({ reference }) => reference)).toEqual(['crm-1']);
    expect((await ask('/api/v1/tenants/acme', CLIENT)).statusCode).toBe(200);
    expect((await ask(`/api/v1/clients/client_${acme.id}`, CLIENT)).statusCode).toBe(200);
  });
});

describe('400', () => {
  it.each([
    '/api/v1/tenants?status=gone',
    '/api/v1/tenants?limit=0',
    '/api/v1/tenants?cursor=%C3%A4',
    '/api/v1/clients?cursor=W10',
    '/api/v1/tenants/acme/history?cursor=W10',
  ])('answers %s with the field at fault', async (url) => {
    const ask = await serving();
    const response = await ask(url);
    expect(response.statusCode).toBe(400);
    expect(problemIn(response)).toMatchObject({ code: 'request.invalid', faults: [expect.anything()] });
  });
});

describe('403', () => {
  it.each([...ROUTES, `/api/v1/clients/client_${acme.id}`])(
    'refuses %s to a key without the scope tenants:read',
    async (url) => {
      const ask = await serving();
      const response = await ask(url, BARE);
      expect(response.statusCode).toBe(403);
      expect(problemIn(response)).toMatchObject({ code: 'access.forbidden', facts: { scope: 'tenants:read' } });
    },
  );
});

describe('404', () => {
  it.each(['absent', '3f0d2c39-9a55-4c8f-8a51-1d1f4d1d6d10', 'client_x'])(
    'answers %s, which is no tenant',
    async (id) => {
      const ask = await serving();
      const response = await ask(`/api/v1/tenants/${id}`);
      expect([response.statusCode, problemIn(response).code]).toEqual([404, 'tenant.not_found']);
    },
  );

  it.each(['crm-1', 'client_3f0d2c39-9a55-4c8f-8a51-1d1f4d1d6d10'])('answers %s, which is no client', async (id) => {
    const ask = await serving();
    const response = await ask(`/api/v1/clients/${id}`);
    expect([response.statusCode, problemIn(response).code]).toEqual([404, 'client.not_found']);
  });

  it.each([
    ['/api/v1/tenants/', 'other', 'absent'],
    ['/api/v1/tenants/', foreign.id, '3f0d2c39-9a55-4c8f-8a51-1d1f4d1d6d10'],
    ['/api/v1/clients/', `client_${other.id}`, 'client_3f0d2c39-9a55-4c8f-8a51-1d1f4d1d6d10'],
  ])('answers a client’s person asking for %s%s exactly as for one that is not there', async (path, theirs, absent) => {
    const ask = await serving();
    for (const rest of path.includes('tenants') ? ['', '/history'] : ['']) {
      const [shown, missing] = await Promise.all(
        [theirs, absent].map(async (id) => {
          const response = await ask(`${path}${id}${rest}`, CLIENT);
          return { status: response.statusCode, detail: problemIn(response).detail.replace(id, 'ID') };
        }),
      );
      expect(shown).toEqual(missing);
      expect(shown?.status).toBe(404);
    }
  });
});

describe('the wire', () => {
  it('knows the statuses and plans the registry knows', () => {
    expect(tenantStatusSchema.options).toEqual([...STATUSES]);
    expect(tenantPlanSchema.options).toEqual([...PLANS]);
  });
});
