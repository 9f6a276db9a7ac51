import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { type ClientPageRequest, listClients, selectClients } from './clients.ts';
import { listTenants, readTenant, type TenantFilter, upsertClient } from './index.ts';
import { selectTenants } from './list-tenants.ts';
import { act, clientPerson, makeTenant, operator, storeCutlist } from './testing/registry.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const list = (filter?: TenantFilter) => doing((ctx) => listTenants(ctx, filter));
const slugs = async (filter?: TenantFilter) => (await list(filter)).tenants.map((tenant) => tenant.slug);

const client = await doing((ctx) => upsertClient(ctx, { reference: 'zimmer', legal_name: 'Zimmer' }));
await makeTenant(database, { slug: 'zimmer-eu', name: 'Zimmer & Söhne', clientId: client.id, plan: 'starter' });
await makeTenant(database, { slug: 'zimmer-us', name: 'Zimmer Inc.', status: 'trial' });
await makeTenant(database, { slug: 'holz-bau', name: 'Holzbau Wagner' });

describe('the list of tenants', () => {
  it.each<[string, TenantFilter, string[]]>([
    ['all of them by slug', {}, ['holz-bau', 'zimmer-eu', 'zimmer-us']],
    ['those of a status', { status: 'trial' }, ['zimmer-us']],
    ['those of a plan', { plan: 'starter' }, ['zimmer-eu']],
    ['those of a client', { clientId: client.id }, ['zimmer-eu']],
    ['those of a product', { productId: 'nothing' }, []],
    ['those with a word that begins so', { search: 'ZIM' }, ['zimmer-eu', 'zimmer-us']],
    ['those with all words', { search: 'söh zimmer' }, ['zimmer-eu']],
    ['a part of a slug after its hyphen', { search: 'bau' }, ['holz-bau']],
    ['nothing for a word nobody has', { search: "x' | 'zim" }, []],
  ])('gives %s', async (_what, filter, expected) => {
    expect(await slugs(filter)).toEqual(expected);
  });

  it('comes in pages that leave none out and repeat none', async () => {
    const first = await list({ limit: 2 });
    const second = await list({ limit: 2, cursor: first.cursor });
    expect([...first.tenants, ...second.tenants].map((tenant) => tenant.slug)).toEqual(await slugs());
    expect(second.cursor).toBeUndefined();
  });

  it('a cursor that is none of ours is refused', async () => {
    await expect(list({ cursor: 'ä' })).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('shows the person of a client their own tenants, whatever they ask for', async () => {
    const seen = (clientId: string, filter?: TenantFilter) =>
      doing((ctx) => listTenants(ctx, filter), { actor: clientPerson(clientId) });
    const stranger = await doing((ctx) => upsertClient(ctx, { reference: 'stranger', legal_name: 'Stranger' }));
    expect((await seen(client.id)).tenants.map((tenant) => tenant.slug)).toEqual(['zimmer-eu']);
    expect((await seen(stranger.id, { clientId: client.id })).tenants).toEqual([]);
  });

  it('a tenant of another client is answered exactly as one that does not exist', async () => {
    const [theirs] = (await list({ clientId: client.id })).tenants;
    const ask = (id: string) =>
      doing((ctx) => readTenant(ctx, id), { actor: clientPerson('7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a99') });
    const absent = '3f0d2c39-9a55-4c8f-8a51-1d1f4d1d6d10';
    const answers = await Promise.all(
      [theirs?.id ?? '', absent].map((id) => ask(id).catch((error: Error) => error.message.replace(id, 'ID'))),
    );
    expect(answers[0]).toBe(answers[1]);
    await expect(ask(absent)).rejects.toMatchObject({ code: 'tenant.not_found' });
  });

  it('is refused without the scope', async () => {
    const actor = { ...operator, scopes: [] };
    await expect(doing((ctx) => listTenants(ctx), { actor })).rejects.toMatchObject({ code: 'access.forbidden' });
  });
});

describe('at 100,000 tenants', () => {
  const COUNT = 100_000;

  const plan = (filter: TenantFilter) =>
    database.transaction('operator', async (tx) => {
      const { sql, params } = selectTenants(tx, filter, 51).toSQL();
      const { rows } = await tx.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, params);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });

  it('a page and a search are answered from an index', { timeout: 60_000 }, async () => {
    await asSuperuser(
      `insert into tenantry.tenants (product_id, name, slug)
       select 'cutlist', 'Company ' || md5(i::text), 'bulk-' || md5(i::text) from generate_series(1, $1) i`,
      [COUNT],
    );
    await asSuperuser('analyze tenantry.tenants');
    const middle = (await list({ limit: 1, search: 'bulk 8' })).cursor;
    expect(await plan({ cursor: middle })).toContain('Index Scan using tenants_slug_unique');
    expect(await plan({ cursor: middle, status: 'trial' })).toContain('Index Scan using tenants_status');
    expect(await plan({ search: 'zim' })).toContain('Bitmap Index Scan on tenants_search');
    expect(await slugs({ search: 'zimmer us' })).toEqual(['zimmer-us']);
    const page = await list({ cursor: (await list({ limit: 1, search: 'bulk' })).cursor });
    expect(page.tenants).toHaveLength(50);
  });

  it('so are a page and a search of as many clients', { timeout: 60_000 }, async () => {
    await asSuperuser(
      `insert into tenantry.clients (reference, legal_name)
       select 'ref-' || md5(i::text), 'Company ' || md5(i::text) from generate_series(1, $1) i`,
      [COUNT],
    );
    await asSuperuser(`insert into tenantry.clients (reference, legal_name) values ('c-1', 'Zimmermann & Söhne GmbH')`);
    await asSuperuser('analyze tenantry.clients');
    const planOf = (request: ClientPageRequest) =>
      database.transaction('operator', async (tx) => {
        const { sql, params } = selectClients(tx, request).toSQL();
        const { rows } = await tx.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, params);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
    expect(await planOf({ after: 'ref-8' })).toContain('Index Scan using clients_reference_unique');
    expect(await planOf({ search: 'zimmer söh' })).toContain('Bitmap Index Scan on clients_search');
    const found = await doing((ctx) => listClients(ctx, { search: 'zimmer söh' }));
    expect(found.map(({ reference }) => reference)).toEqual(['c-1']);
  });
});
