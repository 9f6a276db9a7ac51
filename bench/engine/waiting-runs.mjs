/** Runs that wait for people, written as rows: a hundred thousand of them through the engine would take minutes. */
import { RUNBOOK } from './idle-connector.mjs';

/** @typedef {import('../../tests/crash/control-plane.mjs').Plane} Plane */

const STEPS_EACH = 3;

/** A row like another, but for some of its columns. */
const COPIES = [
  `insert into runs select copy.* from runs r, generate_series(1, $2::int) as n,
     jsonb_populate_record(null::runs, to_jsonb(r) || jsonb_build_object(
       'id', gen_random_uuid(), 'tenant_id', gen_random_uuid(), 'tenant_slug', 'waiting-' || n, 'status', 'waiting',
       'created_at', now() - n * interval '1 minute', 'updated_at', now() - n * interval '1 second')) as copy
   where r.id = $1`,
  `insert into run_steps select copy.* from run_steps s, runs r,
     jsonb_populate_record(null::run_steps, to_jsonb(s) || jsonb_build_object('run_id', r.id) ||
       case s.position when 0 then '{"status": "waiting", "waiting_for": "person"}'::jsonb else '{}' end) as copy
   where s.run_id = $1 and s.position < ${STEPS_EACH} and r.id <> $1`,
  `insert into engine_timers (owner, key, due_at, task, payload)
   select id, 'escalate:step_0', now() + interval '30 days', 'run.timer', jsonb_build_object('run', id, 'key', 'escalate:step_0')
   from runs where id <> $1`,
];

/**
 * Each with a step that waits for a person and a timer that is due in a month.
 *
 * @param {Plane} plane
 * @param {number} count
 */
export async function insertWaitingRuns(plane, count) {
  const [runs = '', ...rest] = COPIES;
  // Nobody works yet, so this one stays as it began.
  const { id } = await plane.start(RUNBOOK, { slug: 'first' });
  await plane.database.transaction(
    'operator',
    async (tx) => {
      await tx.query(runs, [id, count]);
      for (const statement of rest) await tx.query(statement, [id]);
    },
    { timeoutMs: 0 },
  );
  for (const table of ['runs', 'run_steps', 'engine_timers']) {
    await plane.database.transaction('owner', (tx) => tx.query(`analyze ${table}`), { timeoutMs: 0 });
  }
}
