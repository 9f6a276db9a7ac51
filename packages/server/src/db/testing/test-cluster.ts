import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type ConnectionSettings, clientConfig } from '../connection.ts';
import { embeddedPostgres } from '../embedded/embedded.ts';
import { findRunning, stopPostmaster } from '../embedded/postmaster.ts';
import { isAlive } from '../embedded/processes.ts';
import { migrate } from '../migrate.ts';
import { readMigrations } from '../migrations.ts';

/** No test data outlives the run, so nothing waits for the disk. */
export const FAST_PARAMETERS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '64MB',
  max_connections: '300',
} as const;

const PREFIX = 'tenantry-test-';

export const quietLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A directory that root's unprivileged PostgreSQL user can enter too. Its name says whose it is. */
export const makeTestDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  await chmod(directory, 0o755);
  return directory;
};

/** Stops and removes what runs that were killed have left. */
export const sweepAbandoned = async (): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (!(pid > 0) || (await isAlive(pid))) continue;
    const directory = join(tmpdir(), name);
    const server = await findRunning(join(directory, 'postgres')).catch(() => undefined);
    if (server !== undefined) await stopPostmaster(server.pid);
    await rm(directory, { recursive: true, force: true });
  }
};

/** What a test file is told about the shared cluster. */
export interface ClusterAnswer {
  readonly host: string;
  readonly port: number;
  readonly template: string;
}

export interface TestCluster {
  /** Socket that answers each connection with a `ClusterAnswer`, or `{ error }`, in one line of JSON. */
  readonly control: string;
  stop(): Promise<void>;
}

/**
 * The one cluster of a test run. Nothing starts until the first test file asks, so a run of pure tests pays nothing.
 * The template is looked for by the checksum of all migrations, so an edited migration gets a new one in watch mode.
 */
export const serveTestCluster = async (): Promise<TestCluster> => {
  await sweepAbandoned();
  const directory = await makeTestDirectory();
  const supervisor = embeddedPostgres({
    dataDir: join(directory, 'postgres'),
    log: quietLog,
    parameters: FAST_PARAMETERS,
    handleSignals: false,
  });
  let started: Promise<ConnectionSettings> | undefined;
  const templates = new Map<string, Promise<string>>();

  const answer = async (): Promise<ClusterAnswer> => {
    started ??= supervisor.start();
    const connection = await started;
    if ('url' in connection) throw new Error('The embedded cluster answered with a URL.');
    const name = await templateName();
    const template = templates.get(name) ?? makeTemplate(connection, name);
    templates.set(name, template);
    return { host: connection.host, port: connection.port, template: await template };
  };

  const control = join(directory, 'control.sock');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void reply(socket, answer);
  });
  await new Promise<void>((resolve) => server.listen(control, resolve));
  return {
    control,
    stop: async () => {
      await closeServer(server);
      await started?.catch(() => undefined);
      await supervisor.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

const reply = async (socket: Socket, answer: () => Promise<ClusterAnswer>): Promise<void> => {
  const text = await answer().then(
    (value) => JSON.stringify(value),
    (error: unknown) =>
      JSON.stringify({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  socket.end(`${text}\n`);
};

const closeServer = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const templateName = async (): Promise<string> => {
  const migrations = await readMigrations();
  return `template_${migrations
    .map((migration) => migration.sha256.slice(0, 6))
    .join('')
    .slice(-48)}`;
};

const makeTemplate = async (
  connection: Exclude<ConnectionSettings, { url: string }>,
  name: string,
): Promise<string> => {
  const client = new pg.Client(clientConfig(connection, 'test-template'));
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  await migrate({ connection: { ...connection, database: name } });
  return name;
};
