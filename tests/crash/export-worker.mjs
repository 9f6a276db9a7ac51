/** A worker that writes exports and deletes the data of tenants that have left; its options are the first argument, as JSON. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reach } from '../../packages/server/dist/engine/index.js';
import { exportJobs } from '../../packages/server/dist/export/index.js';
import { keepDeletions } from '../../packages/server/dist/tenants/index.js';
import { createExportPlane } from './export-plane.mjs';
import { runWorker } from './run-worker.mjs';

const LOOK_EVERY_MS = 100;

const { leaseMs, concurrency, ...options } = JSON.parse(process.argv[2] ?? '{}');
const plane = createExportPlane(options);
const { parts } = plane.deletion;

/**
 * Dies when the work of a step is done and nothing of it is written down yet.
 *
 * @template {readonly unknown[]} Args
 * @template T
 * @param {string} step
 * @param {(...args: Args) => Promise<T>} work
 * @returns {(...args: Args) => Promise<T>}
 */
const mortal =
  (step, work) =>
  async (...args) => {
    const done = await work(...args);
    reach('after_call', `deletion.${step}`);
    return done;
  };

const deletion = {
  ...plane.deletion,
  parts: {
    ...parts,
    backUp: mortal('backup', parts.backUp),
    deleteProductRows: mortal('product', parts.deleteProductRows),
    destroySecrets: mortal('registry', parts.destroySecrets),
    removeExports: mortal('proof', parts.removeExports),
  },
  reached: (/** @type {string} */ step) => reach('after_commit', `deletion.${step}`),
};

await runWorker(plane, { leaseMs, concurrency }, exportJobs(plane.exports));
for (;;) {
  await keepDeletions(deletion).catch(() => undefined);
  await sleep(LOOK_EVERY_MS);
}
