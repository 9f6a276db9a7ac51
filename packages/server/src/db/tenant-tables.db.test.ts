import { describe, expect, it } from 'vitest';
import { cloneDatabase } from './testing/index.ts';

const test = await cloneDatabase();

/** Tables with a `tenant_id` that are no tenant's own rows. Each needs a reason that a reviewer accepts. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

/** As PostgreSQL prints the one condition that compares with the tenant of the transaction, once for a statement. */
const OWN_TENANT =
  /^\(tenant_id = \( SELECT \(NULLIF\(current_setting\('app\.current_tenant_id'::text, true\), ''::text\)\)::uuid AS "?\w+"?\)\)$/;

interface TenantTable {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly indexed: boolean;
  readonly reachable: boolean;
  readonly policies: readonly {
    readonly using: string | null;
    readonly check: string | null;
  }[];
}

const readTables = async (): Promise<readonly TenantTable[]> =>
  (
    await test.asSuperuser<TenantTable>(`
    select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
      exists (select from pg_index i where i.indrelid = c.oid and i.indisvalid and i.indkey[0] = a.attnum) as indexed,
      has_any_column_privilege('tenantry_app', c.oid, 'select, insert, update, references')
        or has_table_privilege('tenantry_app', c.oid, 'delete, truncate') as reachable,
      coalesce((
        select json_agg(json_build_object(
          'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)))
        from pg_policy p
        where p.polrelid = c.oid and (0 = any (p.polroles) or 'tenantry_app'::regrole = any (p.polroles))
      ), '[]') as policies
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'tenantry'::regnamespace and c.relkind in ('r', 'p')
    order by c.relname`)
  ).filter((table) => EXCEPTIONS[table.name] === undefined);

type Rule = (table: TenantTable) => boolean;

const strangers = (condition: string | null): boolean => condition !== null && !OWN_TENANT.test(condition);

/** Each says that a table breaks it. */
const unprotected: Rule = (table) => !(table.enabled && table.forced);
const loose: Rule = ({ policies }) => policies.some(({ using, check }) => strangers(using) || strangers(check));
const withoutPolicy: Rule = (table) => table.reachable && table.policies.length === 0;
const unindexed: Rule = (table) => !table.indexed;

const breaking = async (rule: Rule): Promise<readonly string[]> =>
  (await readTables()).filter(rule).map((table) => table.name);

describe('every table with a tenant_id', () => {
  it('PDB-08, VAL-38: has row-level security on, for its owner as well', async () => {
    expect(await breaking(unprotected)).toEqual([]);
  });

  it('lets the application role see and write nothing but rows of the tenant of the transaction', async () => {
    expect(await breaking(loose)).toEqual([]);
  });

  it('has a policy for the application role if that role may touch it at all', async () => {
    expect(await breaking(withoutPolicy)).toEqual([]);
  });

  it('has an index that begins with tenant_id', async () => {
    expect(await breaking(unindexed)).toEqual([]);
  });

  it('would be found if it broke one of these rules', async () => {
    await test.database.transaction('owner', async (tx) => {
      await tx.query('create table probe_open (tenant_id uuid)');
      await tx.query('grant select on probe_open to tenantry_app');
      await tx.query('create table probe_loose (tenant_id uuid)');
      await tx.query('create policy everybody on probe_loose to tenantry_app using (true)');
    });
    for (const rule of [unprotected, withoutPolicy, unindexed]) expect(await breaking(rule)).toContain('probe_open');
    expect(await breaking(loose)).toEqual(['probe_loose']);
    await test.database.transaction('owner', (tx) => tx.query('drop table probe_open, probe_loose'));
  });
});

describe('privileges', () => {
  it('nothing in the schema is open to everybody', async () => {
    const open = await test.asSuperuser<{ name: string }>(`
      select c.relname as name from pg_class c, aclexplode(c.relacl) acl
      where c.relnamespace = 'tenantry'::regnamespace and acl.grantee = 0`);
    expect(open).toEqual([]);
  });

  it('everything in the schema belongs to the owner role', async () => {
    const strays = await test.asSuperuser<{ name: string }>(`
      select c.relname as name from pg_class c
      where c.relnamespace = 'tenantry'::regnamespace and c.relowner <> 'tenantry_owner'::regrole`);
    expect(strays).toEqual([]);
  });
});
