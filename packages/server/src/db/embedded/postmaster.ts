import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import type { Account } from './account.ts';
import { CLEAN_ENVIRONMENT } from './account.ts';
import type { Binaries } from './binaries.ts';
import { identityOf, isAlive, isServerOf, until } from './processes.ts';

export const PORT = 5432;

/** What a running server says about itself in `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly dataDir: string;
  readonly port: number;
  readonly socketDir: string;
  readonly ready: boolean;
}

/** Undefined when there is no such file, or one that is being written. */
export const readPostmasterFile = async (dataDir: string): Promise<PostmasterFile | undefined> => {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const [pid, directory, , port, socketDir, , , status] = (text ?? '').split('\n');
  if (pid === undefined || directory === undefined || !(Number(pid) > 0)) return undefined;
  return {
    pid: Number(pid),
    dataDir: directory,
    port: Number(port ?? PORT),
    socketDir: (socketDir ?? '').trim(),
    ready: status?.trim() === 'ready',
  };
};

/**
 * The living server of a data directory. A file whose process is gone, or is another program because the id was given
 * away after a crash, is removed: PostgreSQL itself would refuse to start over the latter.
 */
export const findRunning = async (dataDir: string): Promise<PostmasterFile | undefined> => {
  const file = await readPostmasterFile(dataDir);
  if (file === undefined) return undefined;
  if (await isServerOf(file.pid, dataDir)) return file;
  if (await isListening(file)) throw ranElsewhere(dataDir);
  const again = await readPostmasterFile(dataDir);
  if (again?.pid === file.pid) await rm(join(dataDir, 'postmaster.pid'), { force: true });
  return undefined;
};

/** Containers that share a volume do not see each other's processes, but they do see each other's sockets. */
const isListening = ({ socketDir, port }: PostmasterFile): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(join(socketDir, `.s.PGSQL.${port}`));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const ranElsewhere = (dataDir: string): TenantryError =>
  new TenantryError('database.start_failed', `A PostgreSQL outside this container already runs on ${dataDir}.`, {
    next: 'Stop the other container, or give both the same --database-url.',
  });

export interface SpawnOptions {
  readonly dataDir: string;
  readonly socketDir: string;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Postmaster {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What the server has written since it was spawned. */
  readonly log: () => Promise<string>;
}

export const logFileOf = (dataDir: string): string => join(dataDir, 'server.log');

const LOG_BYTES_MAX = 8 * 1024 * 1024;

const DEFAULT_PARAMETERS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: String(PORT),
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // The log must not collect what tenants store: no statements, and no DETAIL lines, which quote key values.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
} as const;

/**
 * Spawns the server itself. Not through `pg_ctl`, which would hide its exit, nor through the package's own class,
 * which rejects with `undefined`, runs as one fixed user and listens on TCP. It gets a session of its own, so that
 * Ctrl-C in a terminal reaches this process alone, and logs to a file, which an orphan can go on writing to.
 */
export const spawnPostmaster = async (options: SpawnOptions): Promise<Postmaster> => {
  const { dataDir, socketDir, binaries, account } = options;
  const logFile = logFileOf(dataDir);
  const size = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  const handle = await open(logFile, size > LOG_BYTES_MAX ? 'w' : 'a', 0o600);
  try {
    const start = size > LOG_BYTES_MAX ? 0 : size;
    const quoted = `"${socketDir.replaceAll('"', '""')}"`;
    const parameters = {
      ...DEFAULT_PARAMETERS,
      unix_socket_directories: quoted,
      cluster_name: (await signatureOf(process.pid)) ?? '',
      ...options.parameters,
    };
    const flags = Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(binaries.postgres, ['-D', dataDir, ...flags], {
      ...account,
      cwd: '/',
      env: CLEAN_ENVIRONMENT,
      detached: true,
      stdio: ['ignore', handle.fd, handle.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.on('error', () => undefined);
    child.unref();
    return {
      child,
      pid: child.pid ?? 0,
      log: async () => (await readFile(logFile)).subarray(start).toString('utf8'),
    };
  } finally {
    await handle.close();
  }
};

/** Recovery after a crash can take minutes on a large cluster; nothing is wrong as long as the server is alive. */
const READY_TIMEOUT_MS = 300_000;

/** Resolves true once the server takes connections, false when it ended before that. */
export const becomesReady = async (dataDir: string, pid: number): Promise<boolean> => {
  let ready = false;
  await until(async () => {
    const file = await readPostmasterFile(dataDir);
    ready = file?.pid === pid && file.ready;
    return ready || !(await isAlive(pid));
  }, READY_TIMEOUT_MS);
  return ready;
};

const FAST_STOP_MS = 30_000;
const IMMEDIATE_STOP_MS = 5_000;

/** Disconnects everybody, writes everything down and waits for the end; past half a minute, without writing it down. */
export const stopPostmaster = async (pid: number): Promise<void> => {
  const ended = async (): Promise<boolean> => !(await isAlive(pid));
  signal(pid, 'SIGINT');
  if (await until(ended, FAST_STOP_MS)) return;
  signal(pid, 'SIGQUIT');
  await until(ended, IMMEDIATE_STOP_MS);
};

/** Sends a signal to a server that may be gone already. */
export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // Gone, which is what the signal was for.
  }
};

/** A process that can be told from a later one with the same id. Also the `cluster_name` of a server it spawned. */
const signatureOf = async (pid: number): Promise<string | undefined> => {
  const identity = await identityOf(pid);
  return identity === undefined
    ? undefined
    : `tenantry:${pid}:${identity.replaceAll(/[^0-9a-zA-Z:]/g, '_')}`.slice(0, 63);
};

const isSignatureAlive = async (signature: string): Promise<boolean> => {
  const pid = Number(/^tenantry:(\d+):/.exec(signature)?.[1]);
  return pid > 0 && (await signatureOf(pid)) === signature;
};

const adopterFile = (dataDir: string): string => join(dataDir, 'tenantry-adopter');

/** Whether another living process spawned the server or adopted it since. */
export const hasOtherOwner = async (dataDir: string, clusterName: string): Promise<boolean> => {
  const own = await signatureOf(process.pid);
  const adopter = await readFile(adopterFile(dataDir), 'utf8').catch(() => '');
  for (const signature of [clusterName, adopter]) {
    if (signature !== own && (await isSignatureAlive(signature))) return true;
  }
  return false;
};

/** Records that this process stops the server from now on. */
export const adoptServer = async (dataDir: string): Promise<void> =>
  writeFile(adopterFile(dataDir), (await signatureOf(process.pid)) ?? '', { mode: 0o600 });
