/** One durable cluster for all sides of the bench, with a database for each. */
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { embeddedPostgres, migrate } from '../../packages/server/dist/db/index.js';

/** @typedef {{ host: string, port: number, user: string, database: string }} Connection */
/** @typedef {Awaited<ReturnType<typeof startCluster>>} Cluster */

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function startCluster() {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  // Root's unprivileged PostgreSQL user has to get in.
  await chmod(directory, 0o755);
  const supervisor = embeddedPostgres({ dataDir: join(directory, 'postgres'), log: silent });
  const connection = /** @type {Connection} */ (await supervisor.start());
  return {
    directory,
    connection,
    pid: () => supervisor.status().pid ?? 0,
    /**
     * A new database; `migrated` for ours.
     *
     * @param {string} name
     * @param {{ migrated: boolean }} options
     */
    async makeDatabase(name, { migrated }) {
      await query(connection, `create database ${name}`);
      const own = { ...connection, database: name };
      if (migrated) await migrate({ connection: own });
      return own;
    },
    /** @param {number} awayMs */
    async outage(awayMs) {
      await supervisor.stop();
      await sleep(awayMs);
      await supervisor.start();
    },
    /** SIGKILL of the server; its supervisor restarts it. */
    crash: () => process.kill(supervisor.status().pid ?? 0, 'SIGKILL'),
    async stop() {
      await supervisor.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * @param {Connection} connection
 * @param {string} text
 * @param {readonly unknown[]} values
 */
export async function query(connection, text, values = []) {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

const TICKS_PER_SECOND = 100;

/**
 * Processor seconds a process and its children have used so far (Linux; 0 elsewhere).
 *
 * @param {number} pid
 */
export async function processorSeconds(pid) {
  let ticks = 0;
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const own = Number(name) === pid;
    if (own || Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12]);
    // Children that have ended: their time is with their parent.
    if (own) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks / TICKS_PER_SECOND;
}

/**
 * Megabytes a process holds in memory (Linux; 0 elsewhere).
 *
 * @param {number} pid
 */
export async function residentMegabytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}
