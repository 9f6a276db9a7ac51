import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TenantryError } from '@tenantry/contract';
import { type Account, assertHasName, CLEAN_ENVIRONMENT } from './account.ts';
import type { Binaries } from './binaries.ts';
import { giveTo } from './places.ts';
import { isAlive } from './processes.ts';
import { startFailure } from './start-failure.ts';

const run = promisify(execFile);

/** The superuser of the embedded cluster; only this folder connects as it. */
export const SUPERUSER = 'postgres';

export interface ClusterOptions {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly account: Account;
  /** False for a cluster that need not survive a power cut. */
  readonly durable: boolean;
}

/** Makes the cluster unless it is there, and refuses one of another major version. */
export const ensureCluster = async (options: ClusterOptions): Promise<void> => {
  const { dataDir, binaries } = options;
  const found = await majorOf(dataDir);
  if (found === binaries.major) return;
  if (found !== undefined) throw wrongMajor(dataDir, found, binaries.major);
  await createCluster(options);
};

const majorOf = async (dataDir: string): Promise<string | undefined> => {
  try {
    return (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TenantryError('database.start_failed', `The data directory ${dataDir} cannot be read.`, {
      cause,
      next: 'Start as the user who owns it, or choose another --data-dir.',
    });
  }
};

const wrongMajor = (dataDir: string, found: string, ours: string): TenantryError =>
  new TenantryError(
    'database.start_failed',
    `The data directory ${dataDir} was written by PostgreSQL ${found}; this release brings PostgreSQL ${ours}.`,
    {
      facts: { found, ours },
      next: `Start the earlier release, make a backup with it, and restore that into a new --data-dir of this release; or run PostgreSQL ${found} on the directory yourself and give --database-url.`,
    },
  );

/**
 * `initdb` works in a directory beside the final one, and a rename puts it in place: a crash leaves nothing half made,
 * and of two processes that start at once one wins.
 */
const createCluster = async (options: ClusterOptions): Promise<void> => {
  const { dataDir, account } = options;
  assertHasName(account);
  await removeAbandoned(dataDir);
  const fresh = `${dataDir}.new-${process.pid}`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { mode: 0o700 });
    await giveTo(account, fresh);
    await initdb(fresh, options);
    await rename(fresh, dataDir);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if ((code === 'ENOTEMPTY' || code === 'EEXIST') && (await majorOf(dataDir)) !== undefined) return;
    if (error instanceof TenantryError) throw error;
    throw notCreated(dataDir, error);
  } finally {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
  }
};

const initdb = async (directory: string, { binaries, account, durable }: ClusterOptions): Promise<void> => {
  const flags = [
    // The built-in locale sorts alike on every system and never asks for a reindex after an upgrade of libc.
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    // Only the socket's directory, closed to other users, leads to the server.
    ...['--auth=trust', `--username=${SUPERUSER}`, '--no-instructions', `--pgdata=${directory}`],
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await run(binaries.initdb, flags, { ...account, cwd: '/', env: CLEAN_ENVIRONMENT });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    if (stdout === '' && stderr === '') throw error;
    throw startFailure(`${stdout}\n${stderr}`);
  }
};

const notCreated = (dataDir: string, cause: unknown): TenantryError =>
  new TenantryError('database.start_failed', `The data directory ${dataDir} cannot be created.`, {
    cause,
    detail: cause instanceof Error ? cause.message : String(cause),
    next: 'Choose an empty or new, writable --data-dir, or give --database-url.',
  });

/** What processes that died inside `initdb` left beside the data directory. */
const removeAbandoned = async (dataDir: string): Promise<void> => {
  const prefix = `${basename(dataDir)}.new-`;
  const names = (await readdir(dirname(dataDir))).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    if (!(await isAlive(Number(name.slice(prefix.length))))) {
      await rm(join(dirname(dataDir), name), { recursive: true, force: true });
    }
  }
};
