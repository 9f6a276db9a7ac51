import { expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { keepBulk, loadBulk, startBulk } from './index.ts';
import { insertTenants } from './testing/many.ts';
import { act, NOW, storeCutlist } from './testing/registry.ts';

const test = await cloneDatabase();
const { database, asSuperuser } = test;
await storeCutlist(database);
const doing = act(database);

it('LIFE-08: ten thousand tenants are suspended at once, each of them, beside one that cannot be', async () => {
  const ids = await insertTenants(test, 10_000);
  await asSuperuser(`update tenantry.tenants set status = 'offboarded' where id = $1`, [ids[0]]);
  const { id } = await doing((ctx) =>
    startBulk(ctx, {
      act: { kind: 'suspend', cause: 'payment_failure', reason: 'The bank was down' },
      tenants: ids,
      expect: 10_000,
    }),
  );
  const startedAt = performance.now();
  while ((await keepBulk(database, () => NOW)) > 0);
  const seconds = (performance.now() - startedAt) / 1_000;
  expect((await doing((ctx) => loadBulk(ctx, id))).counts).toEqual({ waiting: 0, done: 9_999, refused: 1, skipped: 0 });
  const [row] = await asSuperuser<{ n: number }>(
    `select count(*)::int as n from tenantry.tenants where id = any ($1) and status = 'suspended' and access_mode = 'read-only'`,
    [[...ids]],
  );
  expect(row?.n).toBe(9_999);
  // For whoever runs it: the figure is that of this machine.
  process.stdout.write(`10,000 tenants suspended in ${seconds.toFixed(0)} s\n`);
}, 1_200_000);
