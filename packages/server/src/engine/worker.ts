/**
 * Takes jobs until stopped. The queue library gives up its pool when PostgreSQL stays away; this starts it
 * again for as long as the process lives, so an outage ends by itself.
 */
import { EventEmitter, setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTenantryError } from '@tenantry/contract';
import {
  Logger,
  makeWorkerUtils,
  type Runner,
  run,
  runMigrations,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import type pg from 'pg';
import { type ConnectionSettings, type Database, openSessionPool } from '../db/index.ts';
import { type Executor, openExecutor } from './executor.ts';
import { reapDead } from './reaper.ts';
import { sweepTimers } from './timers.ts';
import { openWitness } from './witness.ts';

export type JobHandler = (payload: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<void>;

export interface WorkerOptions {
  readonly database: Database;
  /** Session mode: the queue listens on it. */
  readonly connection: ConnectionSettings;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  /** Jobs at the same time. */
  readonly concurrency: number;
  /** A silent executor's jobs are released after this long. */
  readonly leaseMs: number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts?: Readonly<Record<string, unknown>>) => void;
  readonly now: () => Date;
}

export interface Worker {
  readonly bootId: string;
  /** Finishes the jobs in hand, then ends. */
  stop(): Promise<void>;
}

const RESTART_DELAY_MS = 500;
const SWEEP_EVERY_MS = 500;
const OUTAGE_WAIT_MS = 500;

/** Installs or upgrades the queue's own schema; safe from any number of processes at once. */
export async function migrateQueue(connection: ConnectionSettings): Promise<void> {
  const pool = openSessionPool(connection, 'owner', { applicationName: 'tenantry:queue-migrate', max: 1 });
  try {
    await runMigrations({ pgPool: pool, logger: silent() });
  } finally {
    await pool.end();
  }
}

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const executor = await openExecutor(options.database);
  const pool = openSessionPool(options.connection, 'owner', {
    applicationName: 'tenantry:queue',
    max: options.concurrency + 2,
  });
  const [stopping, finished] = [new AbortController(), new AbortController()];
  // Every job in hand listens to it.
  setMaxListeners(0, stopping.signal);
  const witness = openWitness(options.leaseMs);
  const queue = keepRunning(options, executor, pool, stopping.signal);
  const upkeep = [
    every(options.leaseMs / 4, finished.signal, () => witness.watch(() => executor.beat())),
    every(options.leaseMs / 2, finished.signal, async () => {
      if (witness.isFit()) await reap(options, pool);
    }),
    every(SWEEP_EVERY_MS, stopping.signal, () => sweepAll(options)),
  ];
  return {
    bootId: executor.bootId,
    stop: async () => {
      stopping.abort();
      await queue;
      // Only now: a worker that finishes what it has in hand is alive.
      finished.abort();
      await Promise.all(upkeep);
      await executor.retire().catch(() => undefined);
      await pool.end();
    },
  };
}

/** Runs the queue's workers, and runs them again whenever they end while we do not. */
async function keepRunning(
  options: WorkerOptions,
  executor: Executor,
  pool: pg.Pool,
  signal: AbortSignal,
): Promise<void> {
  /** Pools that have ended and may have left jobs locked: under our own lease, so nobody else would release them. */
  let ended: readonly string[] = [];
  while (!signal.aborted) {
    try {
      if (ended.length > 0) await releasePools(pool, ended);
      ended = [];
      const events: WorkerEvents = new EventEmitter();
      const recorded = new Promise<string>((resolve) =>
        events.on('pool:create', ({ workerPool }) => resolve(workerPool.id)),
      );
      const runner = await runQueue(options, executor, pool, events, recorded, signal);
      ended = [await recorded];
      const stop = (): void => void runner.stop().catch(() => undefined);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      await runner.promise.finally(() => signal.removeEventListener('abort', stop));
      ended = [];
    } catch (error) {
      if (!signal.aborted) options.log('warn', 'The job queue stopped and is started again.', { error: String(error) });
    }
    if (!signal.aborted) await sleep(RESTART_DELAY_MS, undefined, { signal }).catch(() => undefined);
  }
  if (ended.length > 0) await releasePools(pool, ended).catch(() => undefined);
}

async function runQueue(
  options: WorkerOptions,
  executor: Executor,
  pgPool: pg.Pool,
  events: WorkerEvents,
  poolId: Promise<string>,
  signal: AbortSignal,
): Promise<Runner> {
  const taskList: TaskList = Object.fromEntries(
    Object.entries(options.handlers).map(([task, handler]) => [
      task,
      (payload: unknown) => throughOutages(() => handler(payload as Readonly<Record<string, unknown>>, signal), signal),
    ]),
  );
  let pending: Promise<void> | undefined;
  return run({
    pgPool,
    taskList,
    events,
    logger: silent(),
    noHandleSignals: true,
    preset: {
      // Ends of jobs go through the library's batcher, at once: outside it, one that finds the database gone is a
      // rejected promise nobody holds, which ends the process.
      worker: {
        concurrentJobs: options.concurrency,
        pollInterval: 1_000,
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
      plugins: [
        {
          name: 'record-pool',
          version: '1.0.0',
          worker: {
            hooks: {
              // Runs before the first fetch of each worker: a lock can only be taken by a pool that is written down.
              // The queue would go on without it after a fault, so it does not end with one.
              startWorker: async () => {
                pending ??= poolId.then((id) => insist(signal, () => executor.recordPool(id)));
                await pending;
              },
            },
          },
        },
      ],
    },
  });
}

/**
 * A job that met an outage of our own database is done again as soon as that is back. Left to the queue it would wait
 * e, e², e³ … seconds: after a few short outages a timer that was due is minutes late.
 */
async function throughOutages(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isTenantryError(error) || error.code !== 'database.unavailable' || signal.aborted) throw error;
      await sleep(OUTAGE_WAIT_MS, undefined, { signal });
    }
  }
}

async function reap(options: WorkerOptions, pool: pg.Pool): Promise<void> {
  const dead = await reapDead(options.database, options.leaseMs, (pools) => releasePools(pool, pools));
  for (const bootId of dead) options.log('warn', 'An executor went silent; its jobs go to others.', { bootId });
}

async function releasePools(pgPool: pg.Pool, pools: readonly string[]): Promise<void> {
  const utils = await makeWorkerUtils({ pgPool, logger: silent() });
  try {
    await utils.forceUnlockWorkers([...pools]);
  } finally {
    await utils.release();
  }
}

async function sweepAll(options: WorkerOptions): Promise<void> {
  while ((await sweepTimers(options.database, options.now())).more);
}

/** Repeats what has failed until it succeeds or the worker stops. */
async function insist(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      await sleep(RESTART_DELAY_MS, undefined, { signal });
    }
  }
}

/** Repeats until stopped; a fault (the database is away) is only a missed beat. */
async function every(periodMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work().catch(() => undefined);
    await sleep(periodMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The queue's own log repeats what ours says, with job payloads in it. */
const silent = (): Logger => new Logger(() => () => undefined);
