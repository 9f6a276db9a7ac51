/**
 * Releases the jobs of executors whose lease has passed. Every worker runs it, for ever: a fault that hits the
 * one process that would have looked must not leave a run standing.
 */
import type { Database } from '../db/index.ts';

const REAP_LOCK = 0x72656170;
/** Releasing jobs takes this long at worst, however short the lease. */
const HOLD_MIN_MS = 5_000;

/**
 * Pool ids whose jobs may be taken by others, of executors silent for longer than the lease. Their rows are
 * removed in the same transaction; `release` must therefore be called inside it.
 *
 * @param holdMaxMs how long the lock may be held by a process that does nothing
 * @throws database.unavailable, after the server has ended a session that held it longer
 */
export async function reapDead(
  database: Database,
  leaseMs: number,
  release: (pools: readonly string[]) => Promise<void>,
  holdMaxMs = Math.max(leaseMs, HOLD_MIN_MS),
): Promise<readonly string[]> {
  return database.transaction('worker', async (tx) => {
    // A process that is stopped in here would hold the lock for as long as it sleeps, and nobody else could reap.
    await tx.query(`set local idle_in_transaction_session_timeout = ${Math.ceil(holdMaxMs)}`);
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
