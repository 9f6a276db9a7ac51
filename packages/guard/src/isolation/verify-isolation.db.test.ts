import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../../server/src/db/testing/index.ts';
import { type IsolationOptions, type IsolationReport, type Session, verifyIsolation } from './index.ts';

const test = await cloneDatabase();
const ACME = '11111111-1111-4111-8111-111111111111';
const BETA = '22222222-2222-4222-8222-222222222222';
const ROLE = `iso_${test.name.slice(5, 13)}`;
const OWN = `tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid)`;

const SCHEMA = `
  create table public.orders (id uuid primary key default gen_random_uuid(), tenant_id uuid not null, what text not null);
  create index orders_tenant on orders (tenant_id);
  alter table orders enable row level security;
  alter table orders force row level security;
  create policy own on orders to ${ROLE} using (${OWN}) with check (${OWN});
  grant select, insert, update, delete on orders to ${ROLE};
  insert into orders (tenant_id, what) values ('${ACME}', 'a'), ('${BETA}', 'b'), ('${BETA}', 'c');`;

const asSuperuser = (text: string) => test.asSuperuser(text);

/** A connection of its own for each run, so that nothing was ever set on it. */
async function verify(more: Partial<IsolationOptions> = {}, users = [ROLE, 'postgres']): Promise<IsolationReport> {
  const clients = users.map((each) => new pg.Client({ ...test.connection, user: each }));
  await Promise.all(clients.map((client) => client.connect()));
  const [app, control] = clients.map(
    (client): Session => ({
      query: async (text, values) => {
        const { rows, rowCount } = await client.query({ text, values: [...(values ?? [])] });
        return { rows, rowCount: rowCount ?? 0 };
      },
    }),
  );
  try {
    return await verifyIsolation({
      app: app ?? expect.fail(),
      ...(control && { control }),
      tables: ['orders'],
      ...more,
    });
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

const told = ({ findings }: IsolationReport): string[] =>
  findings.map(({ severity, rule, subject }) => `${severity} ${rule} ${subject}`);

beforeAll(async () => {
  await asSuperuser(`create role ${ROLE} login`);
  await asSuperuser(`create role ${ROLE}_one login`);
  await asSuperuser(SCHEMA);
});
afterEach(async () => {
  await asSuperuser(`drop table if exists orders cascade; drop table if exists other; drop owned by ${ROLE}_one;
    drop function if exists my_tenant cascade; drop function if exists every_order; drop view if exists hidden cascade;
    revoke postgres, ${ROLE}_one from ${ROLE}; alter role ${ROLE} nosuperuser nobypassrls inherit; alter role ${ROLE}_one nobypassrls; ${SCHEMA}`);
});
afterAll(async () => {
  await asSuperuser(`drop table orders cascade; drop owned by ${ROLE}, ${ROLE}_one; drop role ${ROLE}, ${ROLE}_one`);
});

describe('verifyIsolation', () => {
  it('SECV-01, PDB-08: of two tenants that have rows, neither reaches the other, and that was tried', async () => {
    const before = await asSuperuser('select * from orders order by id');
    const report = await verify();
    expect(told(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, role: ROLE, tables: ['orders'] });
    expect([...report.tenants].sort()).toEqual([ACME, BETA]);
    expect(report.control).toEqual([{ table: 'orders', rows: [2, 1] }]);
    expect(report.matrix.map(({ verb, outcome }) => `${verb} ${outcome}`)).toEqual([
      'read empty',
      ...['read empty', 'insert refused', 'update empty', 'delete empty'],
      ...['read empty', 'insert refused', 'update empty', 'delete empty'],
    ]);
    expect(await asSuperuser('select * from orders order by id')).toEqual(before);
  });

  const policy = (using: string, check = using): string =>
    `drop policy own on orders; create policy own on orders to ${ROLE} using (${using}) with check (${check})`;
  const USING = `nullif(current_setting('app.current_tenant_id', true), '')::uuid`;

  it.each([
    ['no row-level security', 'alter table orders disable row level security', 'critical unprotected orders'],
    [
      'no row-level security, seen by reading',
      'alter table orders disable row level security',
      'critical read_leak orders',
    ],
    ['not forced', 'alter table orders no force row level security', 'warning not_forced orders'],
    [
      'verbs that are missing',
      `drop policy own on orders; create policy own on orders for select to ${ROLE} using (${OWN})`,
      'warning verb_missing orders',
    ],
    [
      'a policy that fails where no tenant was ever set',
      policy(`tenant_id = (select current_setting('app.current_tenant_id')::uuid)`),
      'warning setting_missing orders (own)',
    ],
    [
      'the same, by what happens',
      policy(`tenant_id = (select current_setting('app.current_tenant_id')::uuid)`),
      'warning fails_without_tenant orders',
    ],
    [
      'a policy that fails on an empty tenant',
      policy(`tenant_id = (select current_setting('app.current_tenant_id', true)::uuid)`),
      'warning setting_empty orders (own)',
    ],
    ['a setting that is not wrapped', policy(`tenant_id = ${USING}`), 'warning unwrapped_setting orders (own)'],
    [
      'a volatile function',
      `create function my_tenant() returns uuid language sql volatile as $$ select ${USING} $$;
       ${policy('tenant_id = my_tenant()')}`,
      'warning volatile_function orders (own)',
    ],
    [
      'a function that is asked for every row',
      `create function my_tenant() returns uuid language sql stable as $$ select ${USING} $$;
       ${policy('tenant_id = my_tenant()')}`,
      'warning unwrapped_function orders (own)',
    ],
    ['an application that may become a superuser', `grant postgres to ${ROLE}`, `critical role_bypasses ${ROLE}`],
    [
      'an application that may become the owner',
      `alter table orders owner to ${ROLE}_one; alter role ${ROLE} noinherit; grant ${ROLE}_one to ${ROLE}`,
      'warning owner orders',
    ],
    [
      'a view of one whose policy lets everything through, without the tenant column',
      `grant create on schema public to ${ROLE}_one; grant select on orders to ${ROLE}_one;
       create policy x on orders for select to ${ROLE}_one using (true);
       create view seen as select what from orders; alter view seen owner to ${ROLE}_one; grant select on seen to ${ROLE}`,
      'critical detour seen',
    ],
    ['an open policy', policy('true'), 'critical open_policy orders (own)'],
    ['an open check', policy(OWN, 'true'), 'critical insert_leak orders'],
    [
      'an open policy for deleting',
      `create policy x on orders for delete to ${ROLE} using (true)`,
      'critical delete_leak orders',
    ],
    [
      'an open policy for updating',
      `create policy x on orders for update to ${ROLE} using (true) with check (true)`,
      'critical update_leak orders',
    ],
    ['an owner', `alter table orders owner to ${ROLE}`, 'warning owner orders'],
    [
      'an owner who is not bound',
      `alter table orders owner to ${ROLE}; alter table orders no force row level security`,
      'critical owner orders',
    ],
    ['no index that leads with the tenant', 'drop index orders_tenant', 'warning tenant_index orders'],
    ['TRUNCATE', `grant truncate on orders to ${ROLE}`, 'critical truncate orders'],
    ['a view', `create view seen as select * from orders; grant select on seen to ${ROLE}`, 'critical detour seen'],
    [
      'a view, by reading it',
      `create view seen as select * from orders; grant select on seen to ${ROLE}`,
      'critical read_leak seen',
    ],
    [
      'a view over a view that nobody may read',
      `create view hidden as select * from orders; create view seen as select what from hidden; grant select on seen to ${ROLE}`,
      'critical detour seen',
    ],
    [
      'a materialized view',
      `create materialized view seen as select * from orders; grant select on seen to ${ROLE}`,
      'critical detour seen',
    ],
    [
      'a function with the rights of its owner',
      `create function every_order() returns setof orders language sql security definer as 'select * from orders'`,
      'warning detour every_order()',
    ],
    [
      'CH-13: a user of one tenant on a table without row-level security',
      `create table other (tenant_id uuid); grant select on other to ${ROLE}_one`,
      `critical user_sees_everyone ${ROLE}_one`,
    ],
    [
      'CH-13: a user of one tenant with a policy that lets everything through',
      `grant select on orders to ${ROLE}_one; create policy x on orders for select to ${ROLE}_one using (true)`,
      `warning user_sees_everyone ${ROLE}_one`,
    ],
    [
      'CH-13: a user of one tenant whom no policy binds',
      `grant select on orders to ${ROLE}_one; alter role ${ROLE}_one bypassrls`,
      `warning user_sees_everyone ${ROLE}_one`,
    ],
  ])('CH-11, CH-12: %s is found', async (_what, damage, finding) => {
    await asSuperuser(damage);
    const report = await verify();
    expect(told(report)).toContain(finding);
    expect(report.ok).toBe(!told(report).some((each) => each.startsWith('critical')));
  });

  it('CH-13: a role that is meant to see everyone is passed over once it is named', async () => {
    await asSuperuser(
      `grant select on orders to ${ROLE}_one; create policy x on orders for select to ${ROLE}_one using (true)`,
    );
    expect(told(await verify({ trustedRoles: [`${ROLE}_one`] }))).toEqual([]);
  });

  it('CH-12: a view of one whom a policy of another table lets through is no finding', async () => {
    await asSuperuser(`create table other (tenant_id uuid); create index on other (tenant_id);
      alter table other enable row level security; alter table other force row level security;
      create policy own on other to ${ROLE} using (${OWN}) with check (${OWN});
      create policy x on other for select to ${ROLE}_one using (true);
      grant create on schema public to ${ROLE}_one; grant select on orders to ${ROLE}_one;
      create view seen as select what from orders; alter view seen owner to ${ROLE}_one; grant select on seen to ${ROLE}`);
    expect(told(await verify({ tables: ['orders', 'other'] })).filter((each) => each.includes('detour'))).toEqual([]);
  });

  it.each(['superuser', 'bypassrls'])(
    'CH-11: a %s as the application role is found, and proves nothing',
    async (attribute) => {
      await asSuperuser(`alter role ${ROLE} ${attribute}`);
      const report = await verify();
      expect(told(report)).toEqual(
        expect.arrayContaining([`critical role_bypasses ${ROLE}`, 'critical nothing_proven control']),
      );
      expect(report).toMatchObject({ ok: false, matrix: [] });
    },
  );

  it('CH-77: without rows of two tenants nothing was proven, and it says so', async () => {
    await asSuperuser(`delete from orders where tenant_id = '${BETA}'`);
    expect(told(await verify())).toEqual(['critical nothing_proven control']);
    expect(told(await verify({ tenants: [ACME, BETA] }))).toEqual(['critical nothing_proven control']);
  });

  it('CH-77: a table that is empty for one of them is told apart', async () => {
    await asSuperuser(`create table other (tenant_id uuid not null); create index on other (tenant_id);
      alter table other enable row level security; alter table other force row level security;
      create policy own on other to ${ROLE} using (${OWN}) with check (${OWN});
      grant select, insert, update, delete on other to ${ROLE}`);
    expect(told(await verify({ tables: ['orders', 'other'] }))).toEqual(['warning table_unproven other']);
  });

  it('needs no second connection where the tenants are named', async () => {
    const report = await verify({ tenants: [BETA, ACME] }, [ROLE]);
    expect(report).toMatchObject({ ok: true, control: [{ table: 'orders', rows: [2, 1] }] });
  });

  it('refuses a table that is not there', async () => {
    await expect(verify({ tables: ['orders', 'ordrs'] })).rejects.toThrow('ordrs');
  });
});
