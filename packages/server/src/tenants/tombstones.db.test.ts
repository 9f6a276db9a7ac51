import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { listTombstones, recordTombstone } from './index.ts';
import { act, NOW, reader } from './testing/registry.ts';

const { database, asSuperuser } = await cloneDatabase();
const doing = act(database);
const mark = (tenantId: string, productId = 'cutlist') => ({ tenantId, productId, reason: 'contract ended' });

describe('a tombstone', () => {
  it('marks an erased tenant once, with an audit row, and lists it by product', async () => {
    const tenantId = randomUUID();
    expect(await doing((ctx) => recordTombstone(ctx, mark(tenantId)))).toBe(true);
    expect(await doing((ctx) => recordTombstone(ctx, mark(tenantId)))).toBe(false);
    await doing((ctx) => recordTombstone(ctx, mark(randomUUID(), 'other')));
    expect(await doing(({ tx }) => listTombstones(tx, 'cutlist'))).toEqual([
      { tenantId, productId: 'cutlist', erasedAt: NOW },
    ]);
    expect(await doing(({ tx }) => listTombstones(tx))).toHaveLength(2);
    const rows = await asSuperuser('select 1 from tenantry.audit_log where action = $1 and tenant_id = $2', [
      'tenant.entombed',
      tenantId,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('is refused from who may only look', async () => {
    await expect(doing((ctx) => recordTombstone(ctx, mark(randomUUID())), { actor: reader })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
  });

  it('can be taken back by no role, and is invisible to the application role', async () => {
    const tenantId = randomUUID();
    await doing((ctx) => recordTombstone(ctx, mark(tenantId)));
    await expect(doing(({ tx }) => tx.query('delete from tenant_tombstones'))).rejects.toThrow();
    await expect(
      database.tenantTransaction(tenantId, (tx) => tx.query('select * from tenant_tombstones')),
    ).rejects.toThrow();
  });
});
