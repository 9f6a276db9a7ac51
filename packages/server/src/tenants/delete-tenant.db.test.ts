import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import {
  assertTenantGone,
  countResidue,
  deleteTenantForUndo,
  listHistory,
  RETAINED_TABLES,
  setContact,
} from './index.ts';
import { act, makeTenant, reader, storeCutlist } from './testing/registry.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const code = (value: string) => expect.objectContaining({ code: value });

async function furnished() {
  const createdKey = randomUUID();
  const { tenant } = await makeTenant(database, { key: createdKey });
  await doing((ctx) =>
    setContact(ctx, tenant.id, { party: 'client', role: 'it_admin', name: 'Ann', email: 'ann@acme.example' }),
  );
  await asSuperuser(
    "insert into tenantry.users (tenant_id, email, full_name, role) values ($1, 'ann@acme.example', 'Ann', 'admin')",
    [tenant.id],
  );
  return {
    tenant,
    createdKey,
    remove: () => doing((ctx) => deleteTenantForUndo(ctx, { tenantId: tenant.id, createdKey })),
  };
}

describe('REG-15: taking the creation of a tenant back', () => {
  it('removes its users and data, to the last row of every table with a tenant_id, and says so once', async () => {
    const [{ tenant, remove }, bystander] = [await furnished(), await furnished()];
    const rowsOf = async (id: string) =>
      (await countResidue(database, id)).filter(({ rows, retained }) => rows > 0 && retained === undefined);
    expect((await rowsOf(tenant.id)).map(({ table }) => table)).toEqual([
      'tenant_contacts',
      'tenant_settings_versions',
      'users',
    ]);
    expect([await remove(), await remove()]).toEqual([true, false]);
    expect(await rowsOf(tenant.id)).toEqual([]);
    expect(await assertTenantGone(database, tenant.id)).toContainEqual({
      table: 'tenant_history',
      rows: 2,
      retained: RETAINED_TABLES.tenant_history,
    });
    expect(await rowsOf(bystander.tenant.id)).toHaveLength(3);
  });

  it('LIFE-35: the history tells of it afterwards', async () => {
    const { tenant, remove } = await furnished();
    await remove();
    const lines = await doing(({ tx }) => listHistory(tx, tenant.id));
    expect(lines.map((line) => line.operation)).toEqual(['creation_undone', 'created']);
    expect(lines[0]).toMatchObject({ from: { slug: tenant.slug }, to: null });
  });

  it('counts every table that has a tenant_id, so that a new one is either empty or explained', async () => {
    const { tenant } = await furnished();
    const tables = await asSuperuser<{ name: string }>(
      `select distinct table_name as name from information_schema.columns
       where table_schema = 'tenantry' and column_name = 'tenant_id' order by 1`,
    );
    const counted = (await countResidue(database, tenant.id)).map(({ table }) => table);
    expect(counted.toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
  });

  it('deletes nothing when a row would stay behind, and names the table', async () => {
    const { tenant, remove } = await furnished();
    await asSuperuser(
      `create table tenantry.stray (tenant_id uuid); grant select on tenantry.stray to tenantry_operator`,
    );
    await asSuperuser('insert into tenantry.stray values ($1)', [tenant.id]);
    try {
      await expect(remove()).rejects.toMatchObject({
        code: 'tenant.not_empty',
        message: expect.stringContaining('stray (1)'),
      });
      expect(await asSuperuser('select slug from tenantry.tenants where id = $1', [tenant.id])).toEqual([
        { slug: tenant.slug },
      ]);
    } finally {
      await asSuperuser('drop table tenantry.stray');
    }
    expect(await remove()).toBe(true);
  });

  it('a table whose rows no role of ours sees is an error, never a zero (CH-77)', async () => {
    const { tenant } = await furnished();
    await asSuperuser(
      'create table tenantry.hidden (tenant_id uuid); alter table tenantry.hidden enable row level security',
    );
    await asSuperuser('grant select on tenantry.hidden to tenantry_worker, tenantry_app');
    try {
      await expect(countResidue(database, tenant.id)).rejects.toThrow(/the table hidden/);
    } finally {
      await asSuperuser('drop table tenantry.hidden');
    }
  });

  it('leaves a tenant alone that somebody else made', async () => {
    const { tenant } = await furnished();
    const attempt = doing((ctx) => deleteTenantForUndo(ctx, { tenantId: tenant.id, createdKey: 'another' }));
    expect(await attempt).toBe(false);
    expect(await asSuperuser('select id from tenantry.tenants where id = $1', [tenant.id])).toHaveLength(1);
  });

  it('is refused to who may only read', async () => {
    const { tenant, createdKey } = await furnished();
    const attempt = doing((ctx) => deleteTenantForUndo(ctx, { tenantId: tenant.id, createdKey }), { actor: reader });
    await expect(attempt).rejects.toThrow(code('access.forbidden'));
  });
});
