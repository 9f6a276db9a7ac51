import { TenantryError } from '@tenantry/contract';
import { afterAll, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { enqueue } from './jobs.ts';
import { migrateQueue, startWorker } from './worker.ts';

const test = await cloneDatabase();
// A clone keeps no privileges of its template's database.
await test.asSuperuser(`grant create on database ${test.name} to tenantry_owner`);
await migrateQueue(test.connection);
afterAll(() => test.database.close());

it('does a job that met an outage again at once, however often, and does not put it off', async () => {
  let calls = 0;
  const worker = await startWorker({
    database: test.database,
    connection: test.connection,
    concurrency: 1,
    leaseMs: 10_000,
    now: () => new Date(),
    log: () => undefined,
    handlers: {
      'test.outage': async () => {
        calls += 1;
        // Left to the queue, the fourth call would come after half a minute.
        if (calls < 4) throw new TenantryError('database.unavailable', 'PostgreSQL cannot be reached right now.');
      },
    },
  });
  try {
    await test.database.transaction('worker', (tx) => enqueue(tx, [{ task: 'test.outage', payload: {} }]));
    await expect.poll(() => calls, { timeout: 10_000 }).toBe(4);
    const left = () => test.asSuperuser('select 1 from graphile_worker._private_jobs');
    await expect.poll(left, { timeout: 5_000 }).toEqual([]);
  } finally {
    await worker.stop();
  }
});
