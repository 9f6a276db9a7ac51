/** Runs that wait for people, written as rows: a hundred thousand of them through the engine would take minutes. */
import { ADA } from '../../tests/crash/control-plane.mjs';
import { RUNBOOK } from './idle-connector.mjs';

/** @typedef {import('../../tests/crash/control-plane.mjs').Plane} Plane */

const STEPS_EACH = 5;

const STATEMENTS = [
  `insert into runs (id, runbook_id, runbook_version, title, product_id, tenant_id, tenant_slug, status, revision, facts, phases, started_by, created_at, updated_at)
   select gen_random_uuid(), $2, '1.0', 'Bench: ' || n, 'crash', gen_random_uuid(), 'waiting-' || n, 'waiting', 10,
     jsonb_build_object('intake', jsonb_build_object('slug', 'waiting-' || n, 'text', repeat('x', 400))), '{"work": {"status": "open", "round": 1}}',
     jsonb_build_object('id', $3::text, 'name', 'Ada'), now() - n * interval '1 minute', now() - n * interval '1 second'
   from generate_series(1, $1::int) as n`,
  `insert into run_steps (run_id, step_id, position, status, waiting_for, state, updated_at)
   select id, 'step_' || n, n, case n when ${STEPS_EACH} then 'waiting' else 'passed' end, case n when ${STEPS_EACH} then 'person' end,
     '{"status": "passed", "round": 1, "tries": 1, "acts": [], "faults": 0, "made": 0}', now()
   from runs, generate_series(1, ${STEPS_EACH}) as n`,
  `insert into engine_timers (owner, key, due_at, task, payload)
   select id, 'escalate:step_${STEPS_EACH}', now() + interval '30 days', 'run.timer', jsonb_build_object('run', id, 'key', 'x') from runs`,
];

/**
 * Each with a step that waits for a person and a timer that is due in a month.
 *
 * @param {Plane} plane
 * @param {number} count
 */
export async function insertWaitingRuns(plane, count) {
  const [runs = '', ...rest] = STATEMENTS;
  await plane.database.transaction(
    'operator',
    async (tx) => {
      await tx.query(runs, [count, RUNBOOK, ADA.id]);
      for (const statement of rest) await tx.query(statement);
    },
    { timeoutMs: 0 },
  );
  for (const table of ['runs', 'run_steps', 'engine_timers']) {
    await plane.database.transaction('owner', (tx) => tx.query(`analyze ${table}`), { timeoutMs: 0 });
  }
}
