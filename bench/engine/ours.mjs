/** Our side: runs of steps that do nothing, through the whole path of state, evidence and audit. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startRun } from '../../packages/server/dist/runbooks/runs/index.js';
import { ADA, clientFileOf, createPlane } from '../../tests/crash/control-plane.mjs';
import { startWorkerProcess } from '../../tests/crash/workers.mjs';
import { idleConnector, RUNBOOK, runbookOf } from './idle-connector.mjs';

/** @typedef {import('./cluster.mjs').Connection} Connection */

const PROGRAM = fileURLToPath(new URL('./worker-process.mjs', import.meta.url));
const LEASE_MS = 5_000;
const POLL_MS = 2;

/**
 * @param {Connection} connection
 * @param {string} directory
 * @param {number} steps of each run
 */
export async function openOurs(connection, directory, steps) {
  const plane = createPlane({ connection, directory, connectors: [idleConnector()] });
  await plane.prepare();
  await plane.publish(runbookOf(steps));
  /** @type {import('../../tests/crash/workers.mjs').WorkerProcess[]} */
  const workers = [];
  return {
    plane,
    workers,
    /**
     * @param {number} count
     * @param {number} concurrency of each
     */
    async work(count, concurrency) {
      while (workers.length > count) await workers.pop()?.stop();
      while (workers.length < count) {
        workers.push(
          await startWorkerProcess({ program: PROGRAM, connection, directory, leaseMs: LEASE_MS, concurrency }),
        );
      }
    },
    /**
     * Starts so many runs in one transaction and waits until all are completed; answers their ids.
     *
     * @param {number} runs
     */
    async drain(runs) {
      const ids = await plane.as(ADA, async (ctx) => {
        const started = [];
        for (let run = 0; run < runs; run++) {
          const file = clientFileOf(RUNBOOK, { slug: `b-${randomUUID().slice(0, 13)}` });
          started.push((await startRun(ctx, file, { keyring: plane.keyring, mode: 'production' })).id);
        }
        return started;
      });
      const startedAt = performance.now();
      for (;;) {
        const [row] = await plane.rows(
          "select count(*)::int as open from runs where id = any($1) and status <> 'completed'",
          [ids],
        );
        if (row?.open === 0) return { ids, seconds: (performance.now() - startedAt) / 1000 };
        await sleep(POLL_MS);
      }
    },
    /**
     * Milliseconds from each recorded result of a run to its next.
     *
     * @param {readonly string[]} ids
     */
    async gaps(ids) {
      const rows = await plane.rows(
        `select extract(epoch from at - lag(at) over (partition by run_id order by revision)) * 1000 as gap
         from run_events where run_id = any($1) and event ->> 'type' = 'attempt_passed'`,
        [ids],
      );
      return rows.flatMap((row) => (row.gap === null ? [] : [Number(row.gap)]));
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await plane.close();
    },
  };
}
