/** A worker with the outside system; its options are the first argument, as JSON. */
import { createPlane } from './control-plane.mjs';
import { runWorker } from './run-worker.mjs';

const { leaseMs, concurrency, ...options } = JSON.parse(process.argv[2] ?? '{}');
await runWorker(createPlane(options), { leaseMs, concurrency });
