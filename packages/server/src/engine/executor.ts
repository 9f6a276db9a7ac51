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
  // A process that slept past its lease was declared dead, its row removed and its jobs given away. It goes on taking
  // new ones under the same pools, so all of it is written down again.
  const write = async (): Promise<void> => {
    await database.transaction('worker', (tx) =>
      tx.query({ name: 'executor_beat', text: BEAT }, [bootId, hostname(), process.pid, pools]),
    );
  };
  await write();
  return {
    bootId,
    recordPool: async (poolId) => {
      if (!pools.includes(poolId)) pools.push(poolId);
      await write();
    },
    beat: write,
    retire: async () => {
      await database.transaction('worker', (tx) =>
        tx.query('delete from engine_executors where boot_id = $1', [bootId]),
      );
    },
  };
}

const BEAT = `
insert into engine_executors as known (boot_id, host, pid, pools) values ($1, $2, $3, $4)
on conflict (boot_id) do update set heartbeat_at = now(), pools = excluded.pools`;
