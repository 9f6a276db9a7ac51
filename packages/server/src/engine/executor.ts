/**
 * One process boot that takes jobs. Its lease is a heartbeat row; the pools it fetches jobs under are written
 * down before any of them can take one, so that whoever outlives it knows which locks to release.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '../db/index.ts';

export interface Executor {
  readonly bootId: string;
  /** Before a pool may fetch: from here on its locks can be released by others. */
  recordPool(poolId: string): Promise<void>;
  beat(): Promise<void>;
  /** After a clean stop: nothing of this boot is left to release. */
  retire(): Promise<void>;
}

export async function openExecutor(database: Database): Promise<Executor> {
  const bootId = randomUUID();
  const pools: string[] = [];
  await database.transaction('worker', (tx) =>
    tx.query('insert into engine_executors (boot_id, host, pid) values ($1, $2, $3)', [
      bootId,
      hostname(),
      process.pid,
    ]),
  );
  return {
    bootId,
    recordPool: async (poolId) => {
      pools.push(poolId);
      await database.transaction('worker', (tx) =>
        tx.query(
          'update engine_executors set pools = array_append(pools, $2), heartbeat_at = now() where boot_id = $1',
          [bootId, poolId],
        ),
      );
    },
    beat: async () => {
      await database.transaction('worker', async (tx) => {
        const beat = await tx.query(
          { name: 'executor_beat', text: 'update engine_executors set heartbeat_at = now() where boot_id = $1' },
          [bootId],
        );
        // A process that slept past its lease was declared dead and its jobs given away; it goes on taking new
        // ones under the same pools, so these are written down again.
        if (beat.rowCount > 0) return;
        await tx.query('insert into engine_executors (boot_id, host, pid, pools) values ($1, $2, $3, $4)', [
          bootId,
          hostname(),
          process.pid,
          pools,
        ]);
      });
    },
    retire: async () => {
      await database.transaction('worker', (tx) =>
        tx.query('delete from engine_executors where boot_id = $1', [bootId]),
      );
    },
  };
}
