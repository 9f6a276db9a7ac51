/**
 * Waits are rows. A timer belongs to an owner (a run) and has a key within it; a sweep turns the timers that
 * are due into jobs, in one statement, so that a crash neither loses nor doubles one.
 */
import type { Database, Tx } from '../db/index.ts';

export interface Timer {
  readonly owner: string;
  readonly key: string;
  readonly dueAt: Date;
  readonly task: string;
  readonly payload: Readonly<Record<string, string | number | boolean>>;
}

export async function setTimers(tx: Tx, timers: readonly Timer[]): Promise<void> {
  if (timers.length === 0) return;
  await tx.query(
    {
      name: 'set_timers',
      text: `insert into engine_timers (owner, key, due_at, task, payload)
             select (timer ->> 'owner')::uuid, timer ->> 'key', (timer ->> 'dueAt')::timestamptz, timer ->> 'task', timer -> 'payload'
             from jsonb_array_elements($1::jsonb) as timer
             on conflict (owner, key) do update set due_at = excluded.due_at, task = excluded.task, payload = excluded.payload`,
    },
    [JSON.stringify(timers)],
  );
}

/** Keeps the one that stands under this owner and key, whenever it is due: what comes meanwhile goes with it. */
export async function setTimerOnce(tx: Tx, { owner, key, dueAt, task, payload }: Timer): Promise<void> {
  await tx.query(
    {
      name: 'set_timer_once',
      text: `insert into engine_timers (owner, key, due_at, task, payload) values ($1, $2, $3, $4, $5)
             on conflict (owner, key) do nothing`,
    },
    [owner, key, dueAt, task, JSON.stringify(payload)],
  );
}

export async function clearTimers(tx: Tx, owner: string, keys: readonly string[] | 'all'): Promise<void> {
  if (keys === 'all')
    await tx.query({ name: 'clear_all_timers', text: 'delete from engine_timers where owner = $1' }, [owner]);
  else if (keys.length > 0) {
    await tx.query({ name: 'clear_timers', text: 'delete from engine_timers where owner = $1 and key = any($2)' }, [
      owner,
      keys,
    ]);
  }
}

const SWEEP_MAX = 500;

/** How many timers were due and became jobs; callers sweep again at once when it was a full batch. */
export async function sweepTimers(
  database: Database,
  now: Date,
): Promise<{ readonly fired: number; readonly more: boolean }> {
  const fired = await database.transaction('worker', async (tx) => {
    const { rows } = await tx.query<{ fired: number }>(
      {
        name: 'sweep_timers',
        text: `with due as (
                 delete from engine_timers where (owner, key) in (
                   select owner, key from engine_timers where due_at <= $1 order by due_at limit ${SWEEP_MAX} for update skip locked
                 ) returning task, payload
               )
               select count(*)::int as fired, tenantry.enqueue_jobs(jsonb_agg(jsonb_build_object('task', task, 'payload', payload)))
               from due having count(*) > 0`,
      },
      [now],
    );
    return rows[0]?.fired ?? 0;
  });
  return { fired, more: fired === SWEEP_MAX };
}
