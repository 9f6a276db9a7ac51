import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import {
  type BulkInput,
  keepBulk,
  listBulk,
  listBulkItems,
  listOpenSuspensions,
  loadBulk,
  loadTenant,
  startBulk,
  stopBulk,
} from './index.ts';
import { insertTenants } from './testing/many.ts';
import { act, clientPerson, makeTenant, NOW, operator, reader, storeCutlist } from './testing/registry.ts';

const test = await cloneDatabase();
const { database, asSuperuser } = test;
await storeCutlist(database);
const doing = act(database);

const suspend = { kind: 'suspend', cause: 'terms_violation', reason: 'They resell it' } as const;
const start = (input: Omit<BulkInput, 'act'> & Partial<BulkInput>, actor = operator) =>
  doing((ctx) => startBulk(ctx, { act: suspend, ...input }), { actor });
const until = async (): Promise<void> => {
  while ((await keepBulk(database, () => NOW)) > 0);
};
const countsOf = async (id: string) => (await doing((ctx) => loadBulk(ctx, id))).counts;
const refusedOf = (id: string) => doing((ctx) => listBulkItems(ctx, id, { state: 'refused', limit: 200 }));
const code = (value: string) => expect.objectContaining({ code: value });

describe('an act on many tenants', () => {
  it('LIFE-08: suspends each for itself; one that cannot be says why and stops no other', async () => {
    const ids = await insertTenants(test, 50);
    await asSuperuser(`update tenantry.tenants set status = 'offboarded' where id = any ($1)`, [ids.slice(0, 2)]);
    const { id, counts } = await start({ tenants: ids, expect: 50 });
    expect(counts).toMatchObject({ waiting: 50 });
    await until();
    const ended = await doing((ctx) => loadBulk(ctx, id));
    expect(ended).toMatchObject({ counts: { waiting: 0, done: 48, refused: 2 }, endedAt: NOW });
    const refused = await refusedOf(id);
    expect(refused.map((item) => item.id).sort()).toEqual([...ids.slice(0, 2)].sort());
    expect(refused[0]?.error).toMatchObject({ code: 'tenant.illegal_transition' });
    const [audited] = await asSuperuser<{ n: number }>(
      `select count(*)::int as n from tenantry.audit_log where action = 'tenant.status_changed' and actor_id = $1 and tenant_id = any ($2)`,
      [operator.id, [...ids]],
    );
    expect(audited?.n).toBe(48);
  });

  it('goes on where it was broken off, in whichever process, and nobody is done twice', async () => {
    const ids = await insertTenants(test, 30);
    const { id } = await start({ tenants: ids });
    // The process that was at work is gone with its transactions; part of the rows are decided.
    await asSuperuser(
      `update tenantry.bulk_items set state = 'skipped', decided_at = now() where operation_id = $1 and tenant_id = any ($2)`,
      [id, ids.slice(0, 10)],
    );
    await Promise.all([until(), until(), until()]);
    expect(await countsOf(id)).toEqual({ waiting: 0, done: 20, refused: 0, skipped: 10 });
    const rows = await asSuperuser<{ n: number }>(
      'select count(*)::int as n from tenantry.tenant_suspensions where tenant_id = any ($1) group by tenant_id',
      [[...ids]],
    );
    expect(rows.map(({ n }) => n)).toEqual(Array(20).fill(1));
  });

  it('LIFE-10: reinstates those of a cause, and leaves other causes', async () => {
    const both = (await makeTenant(database, { status: 'active' })).tenant;
    const one = (await makeTenant(database, { status: 'active' })).tenant;
    const causes = (cause: 'terms_violation' | 'payment_failure', tenants: readonly string[]) =>
      start({ act: { kind: 'suspend', cause, reason: 'r' }, tenants });
    await causes('terms_violation', [both.id, one.slug]);
    await causes('payment_failure', [both.slug]);
    await until();
    const resolved = { kind: 'reinstate', cause: 'terms_violation', resolution: 'They stopped' } as const;
    await start({ act: resolved, tenants: [both.slug, one.id] });
    await until();
    expect(await doing(({ tx }) => loadTenant(tx, one.id))).toMatchObject({ status: 'active' });
    expect((await doing(({ tx }) => listOpenSuspensions(tx, both.id))).map(({ cause }) => cause)).toEqual([
      'payment_failure',
    ]);
  });

  it('stopped, leaves everybody as they are who has not been reached', async () => {
    const ids = await insertTenants(test, 5);
    const { id } = await start({ tenants: ids });
    await doing((ctx) => stopBulk(ctx, id, 'The wrong list'));
    await until();
    expect(await doing((ctx) => loadBulk(ctx, id))).toMatchObject({
      counts: { skipped: 5, done: 0 },
      stoppedBy: 'Olive Operator',
    });
    expect(await doing(({ tx }) => loadTenant(tx, ids[0] ?? ''))).toMatchObject({ status: 'active' });
  });

  it('is shown to whoever asked and to who reaches everybody, and to nobody else', async () => {
    const { tenant } = await makeTenant(database, { status: 'active' });
    const engineerOf = (id: string, name: string): typeof operator => ({
      ...operator,
      id,
      name,
      grants: [{ role: 'engineer', productId: 'cutlist', clientId: null }],
    });
    const [asker, other] = [
      engineerOf('7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a02', 'Ed'),
      engineerOf('7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a03', 'Eve'),
    ];
    const { id } = await start({ tenants: [tenant.id] }, asker);
    const seenBy = async (actor: typeof operator) =>
      (await doing((ctx) => listBulk(ctx), { actor })).some((operation) => operation.id === id);
    expect([await seenBy(asker), await seenBy(operator), await seenBy(other)]).toEqual([true, true, false]);
    for (const peek of [
      () => doing((ctx) => loadBulk(ctx, id), { actor: other }),
      () => doing((ctx) => listBulkItems(ctx, id, { limit: 10 }), { actor: other }),
      () => doing((ctx) => stopBulk(ctx, id, 'r'), { actor: other }),
    ]) {
      await expect(peek()).rejects.toEqual(code('tenant.bulk_not_found'));
    }
    expect(await countsOf(id)).toMatchObject({ waiting: 1 });
    await until();
  });

  it('is refused as a whole for names that are none, a number that is wrong, nobody, and to who may not', async () => {
    const [id = ''] = await insertTenants(test, 1);
    await expect(start({ tenants: [id, 'nobody', 'no-one'] })).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining('nobody, no-one'),
    });
    await expect(start({ tenants: [id], expect: 2 })).rejects.toEqual(code('request.invalid'));
    await expect(start({})).rejects.toEqual(code('request.invalid'));
    await expect(start({ productId: 'nothing' })).rejects.toEqual(code('request.invalid'));
    await expect(start({ act: { ...suspend, reason: ' ' }, tenants: [id] })).rejects.toEqual(code('request.invalid'));
    await expect(start({ tenants: [id] }, reader)).rejects.toEqual(code('access.forbidden'));
    await expect(start({ tenants: [id] }, clientPerson('11111111-1111-4111-8111-111111111111'))).rejects.toEqual(
      code('request.invalid'),
    );
    await expect(doing((ctx) => loadBulk(ctx, 'none'))).rejects.toEqual(code('tenant.bulk_not_found'));
    expect(await doing(({ tx }) => loadTenant(tx, id))).toMatchObject({ status: 'active' });
  });
});
