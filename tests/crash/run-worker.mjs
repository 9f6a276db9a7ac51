/**
 * The body of a worker in a process of its own, to be killed, stopped and woken. It writes a line of JSON when it
 * takes jobs and for each warning, and reads `arm SPEC LATCH`, `disarm` and `stop`.
 */
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { armKillPoint, startWorker } from '../../packages/server/dist/engine/index.js';
import { tenantTexts } from '../../packages/server/dist/identity/index.js';
import { runJobs } from '../../packages/server/dist/runbooks/index.js';

/** @typedef {import('./control-plane.mjs').Plane} Plane */

/**
 * @param {Plane} plane
 * @param {{ leaseMs: number, concurrency: number }} settings
 * @param {Readonly<Record<string, import('../../packages/server/dist/engine/index.js').JobHandler>>} more beside runs
 */
export async function runWorker({ database, keyring, registry, connection }, { leaseMs, concurrency }, more = {}) {
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
      ...runJobs({
        database,
        keyring,
        registry,
        tenantTexts,
        now,
        bootId: () => bootId,
        log,
        mode: 'development',
      }),
      ...more,
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
}

/** @param {object} event */
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

/**
 * @param {string} level
 * @param {string} message
 * @param {object} [facts]
 */
const log = (level, message, facts) => say({ event: 'log', level, message, ...facts });

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
