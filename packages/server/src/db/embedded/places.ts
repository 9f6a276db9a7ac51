import { createHash } from 'node:crypto';
import { access, chmod, chown, lstat, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { type Account, canReach, isRoot } from './account.ts';
import type { SupervisorLog } from './supervisor.ts';

const hashOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 12);

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export interface PlacesOptions {
  /** Where the cluster was asked to be. */
  readonly wanted: string;
  readonly account: Account;
  /** Root's place for what an unprivileged account must reach. */
  readonly sharedRoot: string;
  readonly log: SupervisorLog;
}

export interface Places {
  readonly dataDir: string;
  /** Parent of copies of the binaries. */
  readonly copiesDir: string;
}

/**
 * Decides where the cluster lies. As root, PostgreSQL runs under another account; when that account cannot enter the
 * directory that was asked for (a clone below a 0700 home), the data goes to a place of the same name every time.
 */
export const choosePlaces = async ({ wanted, account, sharedRoot, log }: PlacesOptions): Promise<Places> => {
  const dataDir = resolve(wanted);
  const parent = dirname(dataDir);
  try {
    const moved = join(sharedRoot, hashOf(dataDir));
    if (!isRoot()) {
      await mkdir(parent, { recursive: true, mode: 0o700 });
      return { dataDir, copiesDir: parent };
    }
    await mkdir(parent, { recursive: true });
    const stayed = await exists(join(dataDir, 'PG_VERSION'));
    const movedBefore = !stayed && (await exists(join(moved, 'postgres', 'PG_VERSION')));
    if (!movedBefore && (await canReach(account, parent))) return { dataDir, copiesDir: sharedRoot };
    await mkdir(moved, { recursive: true });
    // Whatever the umask: its account has to pass through both.
    for (const directory of [sharedRoot, moved]) await chmod(directory, 0o755);
    log.info(
      `PostgreSQL cannot run as root and its user cannot enter ${parent}; its data is in ${join(moved, 'postgres')}.`,
    );
    return { dataDir: join(moved, 'postgres'), copiesDir: sharedRoot };
  } catch (cause) {
    throw new TenantryError('database.start_failed', `The data directory ${dataDir} cannot be created.`, {
      cause,
      detail: cause instanceof Error ? cause.message : String(cause),
      next: 'Choose a writable --data-dir, or give --database-url.',
    });
  }
};

/** Longest socket path that Linux (107 bytes) and macOS (103) both take, less the file name. */
const SOCKET_DIR_BYTES_MAX = 103 - '/.s.PGSQL.5432'.length;

const fits = (directory: string): boolean => Buffer.byteLength(directory) <= SOCKET_DIR_BYTES_MAX;

/**
 * Where the socket goes: inside the data directory, which nobody else may enter, or, where that path is too long or
 * its file system takes no sockets, in a private directory of a short temporary one.
 */
export const chooseSocketDir = async (dataDir: string, account: Account, avoidDataDir: boolean): Promise<string> => {
  if (!avoidDataDir && fits(dataDir)) return dataDir;
  const uid = account.uid ?? process.getuid?.() ?? 0;
  const name = `tenantry-${hashOf(dataDir)}`;
  const parent = fits(join(tmpdir(), name)) ? tmpdir() : '/tmp';
  const directory = join(parent, name);
  // The same name each time, so that connections survive a restart; unless somebody else took the name.
  await mkdir(directory, { mode: 0o700 }).catch(() => undefined);
  const found = await lstat(directory).catch(() => undefined);
  const mine =
    found?.isDirectory() === true &&
    (found.uid === uid || found.uid === process.getuid?.()) &&
    (found.mode & 0o77) === 0;
  const chosen = mine ? directory : await mkdtemp(`${directory}-`);
  await giveTo(account, chosen);
  return chosen;
};

/** Hands a directory to the account when root made it. */
export const giveTo = async (account: Account, directory: string): Promise<void> => {
  if (account.uid !== undefined && account.gid !== undefined) await chown(directory, account.uid, account.gid);
};
