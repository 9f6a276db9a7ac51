/**
 * `npm run soak -- [--seconds N] [--seed N]`: runs go through workers that are killed, paused and cut off from their
 * database at random, while people complete, approve, retry, override and roll back. Then everything is left alone,
 * and what must hold is looked at. Ends by itself; with 1 when something does not hold. 30 minutes unless told.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isTenantryError } from '@tenantry/contract';
import { startCluster } from '../bench/engine/cluster.mjs';
import {
  cancelRun,
  completeTask,
  decide,
  overrideStep,
  resolveStep,
  retryStep,
  rollBackRun,
} from '../packages/server/dist/runbooks/runs/index.js';
import { ADA, BOB, createPlane, ignoreOutage } from '../tests/crash/control-plane.mjs';
import { faultsOfAudit, faultsOfRun } from '../tests/crash/proofs.mjs';
import { ACTION_OF, SAMPLE, SAMPLE_SOURCE, STEP_OF } from '../tests/crash/sample-runbook.mjs';
import { startFleet } from '../tests/crash/workers.mjs';

/** @typedef {import('../tests/crash/control-plane.mjs').RunRecord} RunRecord */

const DEFAULT_SECONDS = 1_800;
const WORKERS = 3;
const LEASE_MS = 1_000;
const OPEN_RUNS_MAX = 40;
/** A server that dies more often is given up by its supervisor. */
const CRASH_EVERY_MS = 20_000;
/** After the last disturbance, for runs to come to rest. */
const REST_MS = 60_000;
const AT_REST = ['completed', 'rolled_back', 'cancelled', 'waiting', 'halted', 'rollback_blocked'];
const POINTS = ['after_intent', 'after_call', 'before_commit', 'after_commit'];
const NAMES = [...Object.values(ACTION_OF), 'outside.probe', ...Object.values(ACTION_OF).map((name) => `${name}:undo`)];

const { values } = parseArgs({ options: { seconds: { type: 'string', default: String(DEFAULT_SECONDS) } } });
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new RangeError('--seconds takes a number above 0');
const endsAt = Date.now() + seconds * 1_000;

const cluster = await startCluster();
const connection = await cluster.makeDatabase('soak', { migrated: true });
const settings = { connection, directory: cluster.directory };
const plane = createPlane(settings);
await plane.prepare();
await plane.publish(SAMPLE_SOURCE);
const fleet = await startFleet({ ...settings, leaseMs: LEASE_MS, concurrency: 4 }, WORKERS);
/** @type {string[]} */
const started = [];
/** @type {Record<string, number>} */
const tally = {};
let failed = 0;
try {
  await Promise.all([disturb(), startRuns(), act()]);
  await fill();
  failed = await judge();
} finally {
  await fleet.end();
  await plane.close();
  await cluster.stop();
}
console.log(
  Object.entries(tally)
    .map(([what, count]) => `${count} ${what}`)
    .join(', '),
);
console.log(`${started.length + 1 - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

/** @param {string} what */
function count(what) {
  tally[what] = (tally[what] ?? 0) + 1;
}

/**
 * @template T
 * @param {readonly T[]} items
 * @returns {T}
 */
function pick(items) {
  return /** @type {T} */ (items[randomInt(items.length)]);
}

/** One thing after another happens to the workers and their database. */
async function disturb() {
  let crashAfter = 0;
  while (Date.now() < endsAt) {
    await sleep(randomInt(200, 1_500));
    const worker = pick(fleet.workers);
    const crash = Date.now() > crashAfter ? ['crash of the database'] : [];
    const what = pick(['kill', 'kill at a point', 'pause', 'pause past the lease', 'stop', 'outage', ...crash]);
    if (what === 'crash of the database') crashAfter = Date.now() + CRASH_EVERY_MS;
    count(what);
    if (what === 'kill') await worker.kill();
    if (what === 'kill at a point') {
      const death = fleet.deathAt(`${pick(POINTS)}@${pick(NAMES)}`);
      await Promise.race([death, sleep(3_000)]);
    }
    if (what.startsWith('pause')) {
      worker.signal('SIGSTOP');
      await sleep(what === 'pause' ? randomInt(50, 800) : randomInt(1_500, 4_000));
      worker.signal('SIGCONT');
    }
    if (what === 'stop') await worker.stop();
    if (what === 'outage') await cluster.outage(randomInt(100, 4_000));
    if (what === 'crash of the database') cluster.crash();
    await fill();
  }
}

/** A worker does not start while its database is away. */
async function fill() {
  const deadline = Date.now() + REST_MS;
  while ((await plane.rows('select 1 as one').catch(ignoreOutage)) === undefined) {
    if (Date.now() > deadline) throw new Error('PostgreSQL did not come back');
    await sleep(100);
  }
  await fleet.fill();
}

async function startRuns() {
  while (Date.now() < endsAt) {
    await sleep(randomInt(20, 200));
    const open = await openRuns().catch(ignoreOutage);
    if (open === undefined || open.length >= OPEN_RUNS_MAX) continue;
    const intake = { slug: `s-${randomUUID().slice(0, 13)}`, fault: pick(['none', 'none', 'flaky', 'broken']) };
    const run = await plane.start(SAMPLE, intake).catch(ignoreOutage);
    if (run !== undefined) started.push(run.id);
  }
}

async function openRuns() {
  return plane.rows(
    "select id, status from runs where status not in ('completed', 'rolled_back', 'cancelled') order by random()",
  );
}

/** People act on whatever waits for them. */
async function act() {
  while (Date.now() < endsAt) {
    await sleep(randomInt(20, 200));
    const open = await openRuns().catch(ignoreOutage);
    for (const { id } of (open ?? []).slice(0, 5)) {
      const record = await plane.load(id).catch(ignoreOutage);
      if (record !== undefined) await actOn(record).catch(ignoreRefusal);
    }
  }
}

/** @param {RunRecord} record */
async function actOn(record) {
  const { id, state } = record;
  const reason = 'soak';
  if (state.status === 'waiting') {
    const what = pick(['go on', 'go on', 'go on', 'go on', 'roll back', 'cancel']);
    if (what === 'roll back') await plane.as(BOB, (ctx) => rollBackRun(ctx, id, { reason }));
    else if (what === 'cancel') await plane.as(BOB, (ctx) => cancelRun(ctx, id, { reason, undo: randomInt(2) === 0 }));
    else if (state.steps.look?.status === 'waiting')
      await plane.as(ADA, (ctx) => completeTask(ctx, id, { step: 'look', note: 'fine' }));
    else {
      const [who, role] = pick([/** @type {const} */ ([ADA, 'engineer']), /** @type {const} */ ([BOB, 'client'])]);
      await plane.as(who, (ctx) => decide(ctx, id, { step: 'signed', role, decision: 'yes' }));
    }
    count(`people: ${what}`);
    return;
  }
  for (const [step, { status }] of Object.entries(state.steps)) {
    if (status === 'uncertain') {
      const thing = thingsOf(record, step)[0];
      const outcome = thing === undefined ? 'did_not_happen' : 'happened';
      const output = thing === undefined ? {} : { id: thing.id, name: thing.name };
      await plane.as(BOB, (ctx) => resolveStep(ctx, id, { step, outcome, output, reason }));
      count('people: resolve');
    } else if (status === 'failed') {
      if (randomInt(2) === 0) await plane.as(ADA, (ctx) => retryStep(ctx, id, { step }));
      else await plane.as(BOB, (ctx) => overrideStep(ctx, id, { step, reason }));
      count('people: retry or override');
    }
  }
}

/** @param {unknown} error what a person is told when the run has moved on meanwhile, or when PostgreSQL is away */
function ignoreRefusal(error) {
  if (isTenantryError(error) && error.kind === 'refusal') return;
  ignoreOutage(error);
}

/** Everything has been left alone; answers how many runs are not as they should be, the audit log being one more. */
async function judge() {
  const restBy = Date.now() + REST_MS;
  for (;;) {
    const moving = await plane
      .rows('select id, status from runs where not (status = any($1))', [AT_REST])
      .catch(ignoreOutage);
    if (moving?.length === 0) break;
    if (Date.now() > restBy) break;
    await sleep(100);
  }
  let bad = 0;
  for (const id of started) {
    const faults = await faultsOf(id);
    if (faults.length === 0) continue;
    bad += 1;
    console.log(`failed: run ${id}: ${faults.join('; ')}`);
  }
  const audit = await faultsOfAudit(plane);
  if (audit.length > 0) console.log(`failed: audit: ${audit.join('; ')}`);
  return bad + (audit.length === 0 ? 0 : 1);
}

/** @param {string} id */
async function faultsOf(id) {
  const record = await plane.load(id);
  const { state } = record;
  count(`runs ${state.status}`);
  const faults = [...(await faultsOfRun(plane, id, { single: [STEP_OF.idempotent] }))];
  if (!AT_REST.includes(state.status)) {
    const steps = Object.entries(state.steps).map(([step, held]) => `${step}=${held.status}`);
    const [timers, jobs] = await Promise.all([
      plane.rows('select key, due_at, task from engine_timers where owner = $1', [id]),
      plane
        .rows(
          `select t.identifier, j.payload, j.attempts, j.last_error, j.run_at, j.locked_by, j.locked_at
         from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
         where j.payload::text like '%' || $1 || '%'`,
          [id],
        )
        .catch((error) => [String(error)]),
    ]);
    const left = JSON.stringify({ now: new Date(), timers, jobs, steps: state.steps });
    faults.push(`it does not come to rest: ${state.status}, ${steps.join(', ')}; what would move it: ${left}`);
  }
  const things = thingsOf(record, STEP_OF.idempotent).length;
  if (state.steps[STEP_OF.idempotent]?.status === 'passed' && things !== 1)
    faults.push(`${things} things of a passed step`);
  if (state.status === 'rolled_back' && things > 0) faults.push(`${things} things were left behind`);
  return faults;
}

/**
 * @param {RunRecord} record
 * @param {string} step
 */
function thingsOf({ id, state }, step) {
  return plane.outside.things(String(state.facts.intake.slug)).filter(({ key }) => key.startsWith(`${id}/${step}/`));
}
