/** What must hold of a run whatever happened to the processes that carried it. */
import { isDeepStrictEqual } from 'node:util';
import { advance, plannedState, stepsOf } from '@tenantry/runbook';
import { sealAudit, verifyAudit } from '../../packages/server/dist/audit/index.js';

/** @typedef {import('./control-plane.mjs').Plane} Plane */
/** @typedef {import('@tenantry/runbook').RunEvent} RunEvent */

/**
 * In words, nothing when all holds. `single`: steps whose calls must have had one effect each; all of them when left
 * out.
 *
 * @param {Plane} plane
 * @param {string} runId
 * @param {{ single?: readonly string[] }} options
 * @returns {Promise<readonly string[]>}
 */
export async function faultsOfRun(plane, runId, { single } = {}) {
  return [
    ...(await evidenceFaults(plane, runId)),
    ...(await replayFaults(plane, runId)),
    ...(await effectFaults(plane, runId, single)),
  ];
}

/**
 * Each settled attempt has its evidence, once, and an audit row.
 *
 * @param {Plane} plane
 * @param {string} runId
 */
async function evidenceFaults(plane, runId) {
  const rows = await plane.rows(
    `select a.step_id, a.round, a.try, a.verb, (select count(*)::int from run_evidence e where e.run_id = a.run_id
         and e.step_id = a.step_id and e.round = a.round and e.try = a.try and e.kind not in ('act', 'override')) as evidence,
       (select count(*)::int from audit_log l where l.run_id = a.run_id and l.subject_id = a.run_id || '/' || a.step_id
         and l.action = 'run.attempt_' || a.status) as audited
     from run_attempts a where a.run_id = $1 and a.status <> 'open'`,
    [runId],
  );
  return rows.flatMap((row) => {
    const name = `${row.verb} of ${row.step_id} (${row.round}/${row.try})`;
    return [
      ...(row.evidence === 1 ? [] : [`${name} has ${row.evidence} evidence rows`]),
      ...(row.audited > 0 ? [] : [`${name} has no audit row`]),
    ];
  });
}

/**
 * The recorded events, played again, give the stored state.
 *
 * @param {Plane} plane
 * @param {string} runId
 */
async function replayFaults(plane, runId) {
  const record = await plane.load(runId);
  const events = await plane.rows('select revision, event from run_events where run_id = $1 order by revision', [
    runId,
  ]);
  const empty = plannedState(
    record.state.facts,
    record.runbook.phases.map((phase) => phase.id),
    stepsOf(record.runbook).map((step) => step.id),
  );
  const replayed = events.reduce(
    (state, row) => advance(record.runbook, state, /** @type {RunEvent} */ (row.event)).state,
    empty,
  );
  const gaps = events.filter((row, index) => Number(row.revision) !== index + 1).map((row) => `gap at ${row.revision}`);
  return [...gaps, ...(isDeepStrictEqual(replayed, record.state) ? [] : ['the replay differs from the stored state'])];
}

/**
 * No key has two effects.
 *
 * @param {Plane} plane
 * @param {string} runId
 * @param {readonly string[] | undefined} steps
 */
async function effectFaults(plane, runId, steps) {
  const { state } = await plane.load(runId);
  const keys = plane.outside.things(String(state.facts.intake.slug)).flatMap(({ key }) => {
    const [run, step = ''] = key.split('/');
    return run === runId && (steps === undefined || steps.includes(step)) ? [key] : [];
  });
  return keys.filter((key, index) => keys.indexOf(key) !== index).map((key) => `two effects of ${key}`);
}

/**
 * The audit chain, sealed to its end.
 *
 * @param {Plane} plane
 */
export async function faultsOfAudit(plane) {
  while ((await sealAudit(plane.database)).busy);
  const verdict = await verifyAudit(plane.database);
  return [
    ...verdict.problems.map((problem) => JSON.stringify(problem)),
    ...(verdict.pending === 0 ? [] : [`${verdict.pending} audit rows are not sealed`]),
  ];
}
