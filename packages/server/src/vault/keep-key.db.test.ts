import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import {
  copyDataKeys,
  dataKeysMark,
  keepKey,
  openKeptKey,
  openWithMaster,
  sealWithMaster,
  shredTenantKeys,
} from './index.ts';
import { makeKeyring, vaultHarness } from './testing/fixtures.ts';

const { database } = await cloneDatabase();
const keyring = makeKeyring();
const { as } = vaultHarness(database, keyring);
const key = randomBytes(32);

describe('a key that the vault keeps for somebody', () => {
  it('opens beside the values it was kept with, and beside no others', async () => {
    const tenantId = randomUUID();
    const kept = await as((ctx) => keepKey(ctx, { tenantId, key, context: ['backup', 1] }));
    expect(await as((ctx) => openKeptKey(ctx, kept, ['backup', 1]))).toEqual(key);
    await expect(as((ctx) => openKeptKey(ctx, kept, ['backup', 2]))).rejects.toMatchObject({
      code: 'vault.unreadable',
    });
    const strange = { ...kept, dataKeyId: randomUUID() };
    await expect(as((ctx) => openKeptKey(ctx, strange, ['backup', 1]))).rejects.toMatchObject({
      code: 'vault.unreadable',
    });
  });

  it('is gone with the data key of its tenant, and the copy of the data keys has that key no more', async () => {
    const [tenantId, other] = [randomUUID(), randomUUID()];
    const kept = await as((ctx) => keepKey(ctx, { tenantId, key, context: [] }));
    await as((ctx) => keepKey(ctx, { tenantId: other, key, context: [] }));
    const before = await as(({ tx }) => dataKeysMark(tx));
    expect((await as(({ tx }) => copyDataKeys(tx))).map(({ id }) => id)).toContain(kept.dataKeyId);
    await as((ctx) => shredTenantKeys(ctx, { tenantId, reason: 'erased' }));
    await expect(as((ctx) => openKeptKey(ctx, kept, []))).rejects.toMatchObject({ code: 'vault.unreadable' });
    const left = await as(({ tx }) => copyDataKeys(tx));
    expect(left.map(({ tenant_id }) => tenant_id)).toContain(other);
    expect(left.map(({ id }) => id)).not.toContain(kept.dataKeyId);
    expect(await as(({ tx }) => dataKeysMark(tx))).not.toBe(before);
  });
});

describe('bytes sealed under a master key', () => {
  it('open with that key and for that use only', () => {
    const sealed = sealWithMaster(keyring, key, ['this']);
    expect(openWithMaster(keyring, sealed, ['this'])).toEqual(key);
    expect(() => openWithMaster(keyring, sealed, ['that'])).toThrow(
      expect.objectContaining({ code: 'vault.unreadable' }),
    );
    expect(() => openWithMaster(makeKeyring('k2'), sealed, ['this'])).toThrow(
      expect.objectContaining({ code: 'vault.key_missing' }),
    );
  });
});
