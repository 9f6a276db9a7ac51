/** Worker processes of a suite, started, damaged and ended by their process id. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./control-plane.mjs').PlaneOptions} PlaneOptions */
/** @typedef {Awaited<ReturnType<typeof startWorkerProcess>>} WorkerProcess */
/** @typedef {Omit<PlaneOptions, 'connectors'> & { leaseMs: number, concurrency: number, program?: string }} Settings */

const PROGRAM = fileURLToPath(new URL('./worker-process.mjs', import.meta.url));

/**
 * Resolves when it takes jobs.
 *
 * @param {Settings} settings
 */
export async function startWorkerProcess({ program = PROGRAM, ...settings }) {
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] });
  /** @type {Promise<[number | null, NodeJS.Signals | null]>} */
  const exited = /** @type {never} */ (once(child, 'exit'));
  /** @type {string[]} */
  const log = [];
  child.stdin.on('error', () => undefined);
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (JSON.parse(line).event === 'ready') resolve(undefined);
      else {
        log.push(line);
        // To look at a failure: CRASH_LOG=1 shows what the workers warn of.
        if (process.env.CRASH_LOG === '1') console.error(`worker ${child.pid}: ${line}`);
      }
    });
    child.once('exit', () => reject(new Error('the worker ended before it was ready')));
  });
  return {
    pid: child.pid ?? 0,
    /** What it warned of. */
    log,
    /** Resolves to `[code, signal]`. */
    exited,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    /** @param {string} line */
    tell: (line) => child.stdin.write(`${line}\n`),
    /** @param {NodeJS.Signals} name */
    signal: (name) => child.kill(name),
    /** In good order; it finishes what it has in hand. */
    async stop() {
      child.stdin.write('stop\n');
      await exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/**
 * So many workers on one database, with a new one for each that died.
 *
 * @param {Settings} settings
 * @param {number} size
 */
export async function startFleet(settings, size) {
  const workers = await Promise.all(Array.from({ length: size }, () => startWorkerProcess(settings)));
  return {
    workers,
    /**
     * Whichever reaches the point first dies there. Resolves when one has.
     *
     * @param {string} spec
     */
    async deathAt(spec) {
      const latch = join(settings.directory, `latch-${randomUUID()}`);
      for (const worker of workers) worker.tell(`arm ${spec} ${latch}`);
      await Promise.race(workers.map((worker) => worker.exited));
      for (const worker of workers) worker.tell('disarm');
    },
    /** A new worker in the place of each that is gone. */
    async fill() {
      for (const [index, worker] of workers.entries()) {
        if (!worker.isAlive()) workers[index] = await startWorkerProcess(settings);
      }
    },
    async end() {
      await Promise.all(workers.map((worker) => (worker.isAlive() ? worker.kill() : undefined)));
    },
  };
}
