/**
 * Releases the jobs of executors whose lease has passed. Every worker runs it, for ever: a fault that hits the
 * one process that would have looked must not leave a run standing.
 */
import type { Database } from '../db/index.ts';

const REAP_LOCK = 0x72656170;

/**
 * Pool ids whose jobs may be taken by others, of executors silent for longer than the lease. Their rows are
 * removed in the same transaction; `release` must therefore be called inside it.
 */
export async function reapDead(
  database: Database,
  leaseMs: number,
  release: (pools: readonly string[]) => Promise<void>,
): Promise<readonly string[]> {
  return database.transaction('worker', async (tx) => {
    const lock = await tx.query<{ taken: boolean }>(
      { name: 'reap_lock', text: 'select pg_try_advisory_xact_lock($1) as taken' },
      [REAP_LOCK],
    );
    if (lock.rows[0]?.taken !== true) return [];
    const dead = await tx.query<{ boot_id: string; pools: string[] }>(
      {
        name: 'reap_dead',
        text: `select boot_id, pools from engine_executors where heartbeat_at < now() - make_interval(secs => $1::double precision / 1000) for update`,
      },
      [leaseMs],
    );
    if (dead.rows.length === 0) return [];
    const pools = dead.rows.flatMap((row) => row.pools);
    if (pools.length > 0) await release(pools);
    await tx.query('delete from engine_executors where boot_id = any($1::uuid[])', [
      dead.rows.map((row) => row.boot_id),
    ]);
    return dead.rows.map((row) => row.boot_id);
  });
}
