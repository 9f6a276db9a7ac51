import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ConnectionSettings } from '../connection.ts';
import { embeddedPostgres } from '../embedded/embedded.ts';
import { signal } from '../embedded/postmaster.ts';
import type { SupervisorStatus } from '../embedded/supervisor.ts';
import { migrate } from '../migrate.ts';
import { FAST_PARAMETERS, makeTestDirectory, quietLog } from './test-cluster.ts';

/** A cluster of one test's own, for what the shared one must not suffer: outages, crashes, a full disk. */
export interface PrivateCluster {
  /** Stays the same through stops, starts and crashes. */
  readonly connection: Exclude<ConnectionSettings, { url: string }>;
  status(): SupervisorStatus;
  /** An orderly end: clients are disconnected, new ones refused. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** The power cut: SIGKILL of the server, which its supervisor then restarts by itself. */
  kill(): void;
  /** The server stops answering and closes nothing, as behind a broken network. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
}

/** Starts, migrates and hands over a new cluster; about a second. The caller disposes of it. */
export const startPrivateCluster = async (
  parameters: Readonly<Record<string, string>> = {},
): Promise<PrivateCluster> => {
  const directory = await makeTestDirectory();
  const supervisor = embeddedPostgres({
    dataDir: join(directory, 'postgres'),
    log: quietLog,
    parameters: { ...FAST_PARAMETERS, ...parameters },
    handleSignals: false,
  });
  const connection = await supervisor.start();
  if ('url' in connection) throw new Error('The embedded cluster answered with a URL.');
  await migrate({ connection });
  const postmaster = (): number => {
    const { pid } = supervisor.status();
    if (pid === undefined) throw new Error('The private cluster is not running.');
    return pid;
  };
  const signalAll = async (name: NodeJS.Signals): Promise<void> => {
    for (const pid of [postmaster(), ...(await childrenOf(postmaster()))]) signal(pid, name);
  };
  return {
    connection,
    status: () => supervisor.status(),
    stop: () => supervisor.stop(),
    start: async () => {
      await supervisor.start();
    },
    kill: () => signal(postmaster(), 'SIGKILL'),
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    dispose: async () => {
      // A frozen server would only hear of its end after half a minute.
      if (supervisor.status().pid !== undefined) await signalAll('SIGCONT');
      await supervisor.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

const childrenOf = async (parent: number): Promise<readonly number[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : []));
};
