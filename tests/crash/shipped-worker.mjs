/** A worker that carries out the shipped actions; its options are the first argument, as JSON. */
import { runWorker } from './run-worker.mjs';
import { createShippedPlane } from './shipped-plane.mjs';

const { leaseMs, concurrency, ...options } = JSON.parse(process.argv[2] ?? '{}');
await runWorker(createShippedPlane(options), { leaseMs, concurrency });
