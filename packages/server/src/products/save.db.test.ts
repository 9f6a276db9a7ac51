import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { act, cutlistProfile, reader, storeCutlist } from '../tenants/testing/registry.ts';
import { loadEnvironment, loadProduct, saveEnvironment, saveProduct } from './index.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);

describe('a product profile', () => {
  it('comes back as it was stored', async () => {
    expect((await doing(({ tx }) => loadProduct(tx, 'cutlist'))).profile).toEqual(cutlistProfile());
  });

  it('counts its changes, and the same profile again is none', async () => {
    const wood = { ...cutlistProfile(), product: 'wood' };
    const save = (name: string) => doing((ctx) => saveProduct(ctx, { ...wood, name }));
    expect([(await save('Wood')).version, (await save('Wood')).version, (await save('Timber')).version]).toEqual([
      1, 1, 2,
    ]);
    const audit = await asSuperuser<{ action: string }>(
      "select action from tenantry.audit_log where subject_id = 'wood' order by seq",
    );
    expect(audit.map((row) => row.action)).toEqual(['product.created', 'product.changed']);
  });

  it('is refused from who may not write runbooks, and unknown ones are named', async () => {
    await expect(doing((ctx) => saveProduct(ctx, cutlistProfile()), { actor: reader })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    await expect(doing(({ tx }) => loadProduct(tx, 'nothing'))).rejects.toMatchObject({ code: 'product.not_found' });
  });
});

describe('an environment', () => {
  const production = {
    productId: 'cutlist',
    name: 'production',
    connections: { postgres: { app: { host: 'db', password: { $secret: 'entry_1' } } } },
    settings: { region: 'eu' },
  };
  const save = (overrides = {}) => doing((ctx) => saveEnvironment(ctx, { ...production, ...overrides }));

  it('comes back as it was stored; the same again is no change, other connections are one', async () => {
    await save();
    expect(await save()).toMatchObject({ ...production, version: 1 });
    expect(await save({ settings: { region: 'us' } })).toMatchObject({ version: 2 });
    const found = await doing(({ tx }) => loadEnvironment(tx, 'cutlist', 'production'));
    expect(found).toMatchObject({ connections: production.connections, settings: { region: 'us' } });
  });

  it('with a secret written out is refused, and no row has it', async () => {
    const connections = { smtp: { mail: { password: 'hunter2' } } };
    await expect(save({ name: 'staging', connections })).rejects.toMatchObject({ code: 'request.invalid' });
    expect(await asSuperuser("select id from tenantry.environments where name = 'staging'")).toEqual([]);
  });

  it('of an unknown product is refused', async () => {
    await expect(save({ productId: 'nothing' })).rejects.toMatchObject({ code: 'product.not_found' });
  });
});
