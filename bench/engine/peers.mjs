/** What stands beside us: job queues on the same cluster whose jobs do nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import PgBoss from 'pg-boss';
import { startWorkerProcess } from '../../tests/crash/workers.mjs';

/** @typedef {import('./cluster.mjs').Connection} Connection */
/** @typedef {import('../../tests/crash/workers.mjs').WorkerProcess} WorkerProcess */

const POLL_MS = 2;

/**
 * @param {Connection} connection
 * @param {string} program
 */
function fleetOf(connection, program) {
  /** @type {WorkerProcess[]} */
  const workers = [];
  const path = fileURLToPath(new URL(program, import.meta.url));
  return {
    /**
     * @param {number} count
     * @param {number} concurrency
     */
    async work(count, concurrency) {
      while (workers.length > count) await workers.pop()?.stop();
      while (workers.length < count) {
        workers.push(await startWorkerProcess({ program: path, connection, directory: '', leaseMs: 0, concurrency }));
      }
    },
    stop: () => Promise.all(workers.map((worker) => worker.stop())),
  };
}

/**
 * Jobs per second: all of them are put in at once, the clock runs until none is left.
 *
 * @param {pg.Pool} pool
 * @param {{ add: string, left: string, jobs: number }} work
 */
async function drain(pool, { add, left, jobs }) {
  await pool.query(add, [jobs]);
  const startedAt = performance.now();
  while ((await pool.query(left)).rows[0].left > 0) await sleep(POLL_MS);
  return jobs / ((performance.now() - startedAt) / 1000);
}

/** @param {Connection} connection */
function poolOf(connection) {
  const pool = new pg.Pool({ ...connection, max: 2 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** @param {Connection} connection */
export async function openGraphile(connection) {
  const pool = poolOf(connection);
  await runMigrations({ pgPool: pool });
  const fleet = fleetOf(connection, './graphile-process.mjs');
  return {
    work: fleet.work,
    /** @param {number} jobs */
    drain: (jobs) =>
      drain(pool, {
        jobs,
        add: `select count(*) from graphile_worker.add_jobs((select array_agg(row(
                'nothing', '{}'::json, null, null, null, null, null, null)::graphile_worker.job_spec)
              from generate_series(1, $1)))`,
        left: 'select count(*)::int as left from graphile_worker._private_jobs',
      }),
    async close() {
      await fleet.stop();
      await pool.end();
    },
  };
}

/** @param {Connection} connection */
export async function openBoss(connection) {
  const boss = new PgBoss({ ...connection, max: 2 });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('nothing');
  const pool = poolOf(connection);
  const fleet = fleetOf(connection, './boss-process.mjs');
  return {
    work: fleet.work,
    /** @param {number} jobs */
    async drain(jobs) {
      await pool.query("delete from pgboss.job where name = 'nothing'");
      return drain(pool, {
        jobs,
        add: "insert into pgboss.job (name) select 'nothing' from generate_series(1, $1)",
        left: "select count(*)::int as left from pgboss.job where name = 'nothing' and state < 'completed'",
      });
    },
    async close() {
      await fleet.stop();
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}
