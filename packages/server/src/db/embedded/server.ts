import type { ChildProcess } from 'node:child_process';
import { TenantryError } from '@tenantry/contract';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { clusterNameOf } from './login.ts';
import { chooseSocketDir } from './places.ts';
import {
  adoptServer,
  becomesReady,
  findRunning,
  hasOtherOwner,
  logFileOf,
  type PostmasterFile,
  readPostmasterFile,
  spawnPostmaster,
} from './postmaster.ts';
import { delay, isServerOf, until } from './processes.ts';
import { startFailure } from './start-failure.ts';
import type { Ownership, SupervisorLog } from './supervisor.ts';

export interface Server {
  readonly ownership: Ownership;
  readonly pid: number;
  readonly socketDir: string;
  /** The signature of the process that spawned it. */
  readonly clusterName?: string;
  /** Only of a server this process spawned. */
  readonly child?: ChildProcess;
}

export interface ObtainOptions {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly parameters: Readonly<Record<string, string>>;
  readonly log: SupervisorLog;
}

/** After a SIGKILL of the server its last children hold the shared memory for about a second. */
const LINGER_MS = 5_000;
const LINGER_PAUSE_MS = 100;

const LOST_THE_RACE = /lock file "postmaster\.pid" already exists|lock file "postmaster\.pid" is empty/;
const STILL_LINGERING = /pre-existing shared memory block|lock file ".*\.lock" already exists/;
const NO_SOCKET_HERE = /could not (?:bind|create|listen on|set permissions of) .*(?:Unix|socket)/i;

/**
 * The server of a data directory: the one that runs, or a new one. Never two: PostgreSQL's own lock file decides
 * between processes that try at once, and the loser uses the winner's server.
 */
export const obtainServer = async (options: ObtainOptions): Promise<Server> => {
  const deadline = performance.now() + LINGER_MS;
  let avoidDataDir = false;
  for (;;) {
    const running = await findRunning(options.dataDir);
    const server = running === undefined ? undefined : await attach(options, running);
    if (server !== undefined) return server;

    const socketDir = await chooseSocketDir(options.dataDir, options.account, avoidDataDir);
    const postmaster = await spawnPostmaster({ ...options, socketDir });
    if (await becomesReady(options.dataDir, postmaster.pid)) {
      return { ownership: 'started', pid: postmaster.pid, socketDir, child: postmaster.child };
    }
    const written = await postmaster.log();
    const mayPass = LOST_THE_RACE.test(written) || STILL_LINGERING.test(written);
    const mayMove = NO_SOCKET_HERE.test(written) && socketDir === options.dataDir;
    if (mayMove) avoidDataDir = true;
    if (!(mayMove || mayPass) || performance.now() > deadline) throw startFailure(written, logFileOf(options.dataDir));
    if (mayPass) await delay(LINGER_PAUSE_MS);
  }
};

/** Takes up a server that runs already, or undefined when it ended instead. */
const attach = async (options: ObtainOptions, file: PostmasterFile): Promise<Server | undefined> => {
  const { dataDir, log } = options;
  // It may be starting, recovering or stopping: either way it ends up ready or gone.
  if (!(await becomesReady(dataDir, file.pid))) return undefined;
  const { pid, socketDir } = (await readPostmasterFile(dataDir)) ?? file;
  const clusterName = await askWhileAlive(dataDir, pid, socketDir);
  if (clusterName === undefined) return undefined;
  if (await hasOtherOwner(dataDir, clusterName)) {
    log.info(`PostgreSQL (process ${pid}) was started by another process on ${dataDir}; using it.`);
    return { ownership: 'guest', pid, socketDir, clusterName };
  }
  await adoptServer(dataDir);
  log.info(`PostgreSQL (process ${pid}) was left behind by a process that died; adopted it.`);
  return { ownership: 'adopted', pid, socketDir, clusterName };
};

/** Longer than an orderly stop may take. */
const ANSWER_TIMEOUT_MS = 35_000;

/** The signature of its spawner, or undefined when the server ended instead of answering. */
const askWhileAlive = async (dataDir: string, pid: number, socketDir: string): Promise<string | undefined> => {
  let clusterName: string | undefined;
  let problem: unknown;
  // One that was just killed or is stopping looks alive a moment longer than it answers.
  const settled = await until(async () => {
    try {
      clusterName = await clusterNameOf(socketDir);
      return true;
    } catch (error) {
      problem = error;
      return !(await isServerOf(pid, dataDir));
    }
  }, ANSWER_TIMEOUT_MS);
  if (!settled) throw cannotAttach(dataDir, pid, problem);
  return clusterName;
};

const cannotAttach = (dataDir: string, pid: number, cause: unknown): TenantryError =>
  new TenantryError(
    'database.start_failed',
    `A PostgreSQL (process ${pid}) runs on ${dataDir}, but it does not take our connection.`,
    {
      cause,
      detail: cause instanceof Error ? cause.message : String(cause),
      next: `Stop it with \`kill -INT ${pid}\` and start again.`,
    },
  );
