/**
 * A worker in a process of its own, to be killed, stopped and woken. Its options are the first argument, as JSON.
 * It writes a line of JSON when it takes jobs and for each warning, and reads `arm SPEC LATCH`, `disarm` and `stop`.
 */
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { armKillPoint, startWorker } from '../../packages/server/dist/engine/index.js';
import { executeAttempt } from '../../packages/server/dist/runbooks/execution/index.js';
import { ATTEMPT_TASK, fireTimer, TIMER_TASK } from '../../packages/server/dist/runbooks/runs/index.js';
import { createPlane } from './control-plane.mjs';

/** @typedef {import('./control-plane.mjs').PlaneOptions} PlaneOptions */
/** @typedef {{ leaseMs: number, concurrency: number }} WorkerSettings */

/** @param {object} event */
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
/**
 * @param {string} level
 * @param {string} message
 * @param {object} [facts]
 */
const log = (level, message, facts) => say({ event: 'log', level, message, ...facts });

/** @type {PlaneOptions & WorkerSettings} */
const { leaseMs, concurrency, ...options } = JSON.parse(process.argv[2] ?? '{}');
const { database, keyring, registry, connection } = createPlane(options);
const now = () => new Date();
let bootId = '';
const worker = await startWorker({
  database,
  connection,
  concurrency,
  leaseMs,
  now,
  log,
  handlers: {
    [ATTEMPT_TASK]: (payload, signal) =>
      executeAttempt(
        { database, keyring, registry, now, bootId: () => bootId, log },
        {
          run: String(payload['run']),
          step: String(payload['step']),
          round: Number(payload['round']),
          try: Number(payload['try']),
        },
        signal,
      ),
    [TIMER_TASK]: (payload) =>
      fireTimer(
        { database, now },
        String(payload['run']),
        /** @type {import('@tenantry/runbook').TimerKey} */ (String(payload['key'])),
      ),
  },
});
bootId = worker.bootId;

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [verb, spec = '', latch = ''] = line.split(' ');
    if (verb === 'arm') armKillPoint(spec, () => isFirst(latch));
    if (verb === 'disarm') armKillPoint('never');
    if (verb === 'stop') void stop();
  })
  // Whoever started it is gone.
  .once('close', () => process.exit());
say({ event: 'ready', bootId: worker.bootId });

async function stop() {
  await worker.stop();
  await database.close();
  process.exit();
}

/**
 * One process of several dies at a point, whichever comes first: the others find the latch taken.
 *
 * @param {string} latch
 */
function isFirst(latch) {
  try {
    closeSync(openSync(latch, 'wx'));
    return true;
  } catch {
    return false;
  }
}
