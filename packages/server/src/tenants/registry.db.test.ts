import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { act, makeTenant, storeCutlist } from './testing/registry.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);

interface Column {
  readonly data_type: string;
  readonly length: number | null;
  readonly is_nullable: string;
  readonly fallback: string | null;
}

async function column(name: string): Promise<Column | undefined> {
  const [row] = await asSuperuser<Column>(
    `select data_type, character_maximum_length as length, is_nullable, column_default as fallback
     from information_schema.columns where table_schema = 'tenantry' and table_name = 'tenants' and column_name = $1`,
    [name],
  );
  return row;
}

const text = (value: string) => `'${value}'::character varying`;

describe('the table tenants', () => {
  it.each([
    ['REG-01', 'id', { data_type: 'uuid', is_nullable: 'NO', fallback: 'gen_random_uuid()' }],
    ['REG-02', 'name', { data_type: 'character varying', length: 255, is_nullable: 'NO' }],
    ['REG-03', 'slug', { data_type: 'character varying', length: 100, is_nullable: 'NO' }],
    ['REG-04', 'plan', { data_type: 'character varying', length: 50, fallback: text('free') }],
    ['REG-05', 'status', { data_type: 'character varying', length: 50, fallback: text('active') }],
    ['REG-06', 'settings', { data_type: 'jsonb', fallback: "'{}'::jsonb" }],
    ['REG-07', 'created_at', { data_type: 'timestamp with time zone', fallback: 'now()' }],
    ['REG-07', 'updated_at', { data_type: 'timestamp with time zone', fallback: 'now()' }],
  ])('%s: the column %s is as the seed has it', async (_id, name, expected) => {
    expect(await column(name)).toMatchObject(expected);
  });

  const insert = (columns: string, values: string) =>
    database.transaction('worker', (tx) =>
      tx.query(`insert into tenants (product_id, ${columns}) values ('cutlist', ${values})`),
    );

  it('REG-04, REG-05, REG-06: a row without them is free, active and has no settings', async () => {
    await insert('name, slug', "'Plain', 'plain'");
    const rows = await asSuperuser("select plan, status, settings from tenantry.tenants where slug = 'plain'");
    expect(rows).toEqual([{ plan: 'free', status: 'active', settings: {} }]);
  });

  it.each([
    ['REG-02: a name of 256 characters', 'name, slug', "repeat('x', 256), 'long'", '22001'],
    ['REG-02: no name', 'name, slug', "null, 'nameless'", '23502'],
    ['REG-03: no slug', 'name, slug', "'A', null", '23502'],
    ['REG-03: a slug of 101 characters', 'name, slug', "'A', repeat('x', 101)", '22001'],
    ['REG-12: an unknown status', 'name, slug, status', "'A', 'a-1', 'closed'", '23514'],
    ['REG-13: an unknown plan', 'name, slug, plan', "'A', 'a-2', 'custom'", '23514'],
    ['an unknown isolation', 'name, slug, isolation', "'A', 'a-3', 'shared'", '23514'],
    ['a suspension without an access mode', 'name, slug, status', "'A', 'a-4', 'suspended'", '23514'],
    ['an access mode without a suspension', 'name, slug, access_mode', "'A', 'a-5', 'blocked'", '23514'],
  ])('%s is refused by the table itself', async (_what, columns, values, code) => {
    await expect(insert(columns, values)).rejects.toMatchObject({ code });
  });

  it.each(['onboarding', 'trial', 'active', 'offboarded'])('REG-12, CH-02: %s is a status', async (status) => {
    await insert('name, slug, status', `'A', 'status-${status}', '${status}'`);
  });

  it('REG-03: a slug can be there once', async () => {
    const { tenant } = await makeTenant(database);
    await expect(insert('name, slug', `'B', '${tenant.slug}'`)).rejects.toMatchObject({
      code: '23505',
      constraint: 'tenants_slug_unique',
    });
  });
});

describe('LIFE-35: the history of a tenant', () => {
  it.each([
    ['tenantry_worker', 'update tenantry.tenant_history set reason = null'],
    ['tenantry_operator', 'delete from tenantry.tenant_history'],
    ['tenantry_app', 'delete from tenantry.tenant_history'],
    [
      'tenantry_app',
      "insert into tenantry.tenant_history (tenant_id, operation, actor, authority) values (gen_random_uuid(), 'x', '{}', 'x')",
    ],
  ])('%s lacks the privilege to: %s', async (role, statement) => {
    await makeTenant(database);
    await expect(asSuperuser(`set role ${role}; ${statement}`)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    "update tenantry.tenant_history set operation = 'x'",
    'delete from tenantry.tenant_history',
    'truncate tenantry.tenant_history',
  ])('not even past every privilege: %s', async (statement) => {
    await makeTenant(database);
    await expect(asSuperuser(statement)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('append-only'),
    });
  });
});

describe('one tenant', () => {
  it('cannot see or touch another, in any table of this domain', async () => {
    const [{ tenant: mine }, { tenant: other }] = [await makeTenant(database), await makeTenant(database)];
    const seen = await database.tenantTransaction(mine.id, async (tx) => ({
      tenants: (await tx.query<{ id: string }>('select id from tenants')).rows,
      versions: (await tx.query<{ tenant_id: string }>('select tenant_id from tenant_settings_versions')).rows,
      history: (await tx.query<{ tenant_id: string }>('select distinct tenant_id from tenant_history')).rows,
      touched: (await tx.query('delete from tenant_contacts where tenant_id = $1', [other.id])).rowCount,
    }));
    expect(seen).toEqual({
      tenants: [{ id: mine.id }],
      versions: [{ tenant_id: mine.id }],
      history: [{ tenant_id: mine.id }],
      touched: 0,
    });
  });

  it('cannot plant a row in another', async () => {
    const [{ tenant: mine }, { tenant: other }] = [await makeTenant(database), await makeTenant(database)];
    const planted = database.tenantTransaction(mine.id, (tx) =>
      tx.query("insert into users (tenant_id, email, full_name, role) values ($1, 'a@b.example', 'A', 'admin')", [
        other.id,
      ]),
    );
    await expect(planted).rejects.toMatchObject({ code: '42501' });
  });
});

it('every table with a tenant_id has forced row-level security with a policy that asks for the tenant once', async () => {
  const rows = await asSuperuser<{ relname: string; forced: boolean; policy: string | null }>(
    `select c.relname, c.relrowsecurity and c.relforcerowsecurity as forced, pg_get_expr(p.polqual, p.polrelid) as policy
     from pg_class c left join pg_policy p on p.polrelid = c.oid and 'tenantry_app'::regrole = any (p.polroles)
     where c.relname in ('tenants', 'tenant_settings_versions', 'tenant_history', 'tenant_contacts', 'users')
       and c.relnamespace = 'tenantry'::regnamespace`,
  );
  expect(rows).toHaveLength(5);
  for (const row of rows) {
    expect(row.forced, row.relname).toBe(true);
    expect(row.policy, row.relname).toContain('( SELECT ');
  }
});

it('the shipped profile is stored once, however often it is loaded', async () => {
  await act(database)(async ({ tx }) => {
    const versions = async () => (await tx.query<{ version: number }>('select version from products')).rows;
    expect(await versions()).toEqual([{ version: 1 }]);
  });
  await storeCutlist(database);
  expect(await asSuperuser('select version from tenantry.products')).toEqual([{ version: 1 }]);
});
