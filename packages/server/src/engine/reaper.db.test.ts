import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { signal } from '../http/testing/signal.ts';
import { reapDead } from './reaper.ts';

const test = await cloneDatabase();
afterAll(() => test.database.close());

const LEASE_MS = 1_000;
const die = (bootId: string, pool: string) =>
  test.asSuperuser(
    `insert into tenantry.engine_executors (boot_id, host, pid, pools, heartbeat_at)
     values ($1, 'nowhere', 1, array[$2], now() - interval '1 hour')`,
    [bootId, pool],
  );

describe('reaping', () => {
  it('goes on when the one who reaps is frozen in the middle of it', async () => {
    await die('00000000-0000-4000-8000-000000000001', 'pool-of-the-dead');
    const [thawed, entered] = [signal(), signal()];
    const frozen = reapDead(
      test.database,
      LEASE_MS,
      () => {
        entered.give();
        return thawed.promise;
      },
      200,
    );
    const ended = expect(frozen).rejects.toMatchObject({ code: 'database.unavailable' });
    await entered.promise;
    expect(await reapDead(test.database, LEASE_MS, async () => undefined)).toEqual([]);
    const released: string[] = [];
    await expect
      .poll(() => reapDead(test.database, LEASE_MS, async (pools) => void released.push(...pools)), { timeout: 10_000 })
      .toHaveLength(1);
    expect(released).toEqual(['pool-of-the-dead']);
    thawed.give();
    await ended;
  });
});
