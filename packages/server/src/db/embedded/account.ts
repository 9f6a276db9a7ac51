import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { TenantryError } from '@tenantry/contract';

/** Who PostgreSQL runs as: nothing set means "as this process". Fits the options of `spawn`. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root, so root hands it to the first of these accounts that exists. */
const UNPRIVILEGED_NAMES = ['tenantry', 'postgres', 'nobody'];

const run = promisify(execFile);

/** Keeps the user's PG* variables and locale out of every program of PostgreSQL. */
export const CLEAN_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const lookUp = async (name: string): Promise<Account | undefined> => {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
    );
    return uid === undefined || gid === undefined || !(uid > 0) ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
};

export const isRoot = (): boolean => process.getuid?.() === 0;

/** The owner of an existing data directory, else an unprivileged account when this process is root. */
export const chooseAccount = async (dataDir: string): Promise<Account> => {
  if (!isRoot()) return {};
  const existing = await stat(dataDir).catch(() => undefined);
  if (existing !== undefined && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  for (const name of UNPRIVILEGED_NAMES) {
    const account = await lookUp(name);
    if (account !== undefined) return account;
  }
  throw new TenantryError(
    'database.start_failed',
    'PostgreSQL refuses to run as root, and there is no unprivileged user to run it as.',
    { next: 'Create one (`useradd --system tenantry`), run as an ordinary user, or give --database-url.' },
  );
};

/** `initdb` needs the name of its user, which a container with an arbitrary user id does not have. */
export const assertHasName = (account: Account): void => {
  if (account.uid !== undefined) return;
  try {
    userInfo();
  } catch (cause) {
    throw new TenantryError(
      'database.start_failed',
      `This process runs as user id ${process.getuid?.()}, which has no entry in /etc/passwd, and PostgreSQL cannot create its data directory without one.`,
      { cause, next: 'Run as a user with an entry, add one for this id, or give --database-url.' },
    );
  }
};

/** Whether the account can walk down to a directory; asked of the system, so that ACLs count as well. */
export const canReach = async (account: Account, directory: string): Promise<boolean> => {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { ...account, cwd: '/', env: CLEAN_ENVIRONMENT });
    return true;
  } catch {
    return false;
  }
};
