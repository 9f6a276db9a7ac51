/** The server under test with its own cluster, and the accounts that people log in to. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */
/** @typedef {{ tenant: string, email: string, address: string }} Account `address`: where its user sits */

const PROGRAM = fileURLToPath(new URL('./server-process.mjs', import.meta.url));
const TENANTS = 20;
const USERS_EACH = 10;

export const PASSWORD = 'correct horse battery staple';

export async function startServer() {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  // Root's unprivileged PostgreSQL user has to get in.
  await chmod(directory, 0o755);
  const options = { dataDir: directory, tenants: TENANTS, usersEach: USERS_EACH, password: PASSWORD };
  // Its log is written as ever, to nobody.
  const child = fork(PROGRAM, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.connected) child.disconnect();
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const ended = exited.then(() => {
    throw new Error('the server ended before it was ready');
  });
  try {
    const [{ url, key, slugs, passwordHash }] = await Promise.race([once(child, 'message'), ended]);
    return {
      url: String(url),
      key: String(key),
      passwordHash: String(passwordHash),
      accounts: accountsOf(slugs),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    ended.catch(() => undefined);
  }
}

/**
 * Neighbours in the list belong to different tenants, and no two sit at one address.
 *
 * @param {readonly string[]} slugs
 * @returns {Account[]}
 */
const accountsOf = (slugs) =>
  Array.from({ length: USERS_EACH }, (_, user) =>
    slugs.map((tenant, place) => ({
      tenant,
      email: `user-${user}@client.example`,
      address: `10.${user}.${place}.1`,
    })),
  ).flat();
