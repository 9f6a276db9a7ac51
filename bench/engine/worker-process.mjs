/** Our worker with an action that does nothing; its options are the first argument, as JSON. */
import { createPlane } from '../../tests/crash/control-plane.mjs';
import { runWorker } from '../../tests/crash/run-worker.mjs';
import { idleConnector } from './idle-connector.mjs';

const { leaseMs, concurrency, ...options } = JSON.parse(process.argv[2] ?? '{}');
const plane = createPlane({ ...options, poolMax: concurrency + 4, connectors: [idleConnector()] });
await runWorker(plane, { leaseMs, concurrency });
