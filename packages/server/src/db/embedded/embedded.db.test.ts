import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectionSettings, clientConfig } from '../connection.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../testing/embedded-process.ts';
import { makeTestDirectory } from '../testing/index.ts';
import { FAST_PARAMETERS } from '../testing/test-cluster.ts';
import { canReach, isRoot } from './account.ts';
import { locateBinaries } from './binaries.ts';
import { type EmbeddedOptions, embeddedPostgres } from './embedded.ts';
import { readPostmasterFile } from './postmaster.ts';
import { isAlive } from './processes.ts';
import type { PostgresSupervisor } from './supervisor.ts';

const NOBODY = 65_534;

/** Root can start the sources as another user only where that user can read them. */
const canBecomeOthers = isRoot() && (await canReach({ uid: NOBODY, gid: NOBODY }, import.meta.dirname));

let made: string;
let directory: string;
let lines: string[];
let supervisors: PostgresSupervisor[];
let processes: EmbeddedProcess[];

// One `initdb` for the tests that are about something else.
beforeAll(async () => {
  made = await makeTestDirectory();
  directory = made;
  const supervisor = embeddedPostgres({ ...options(), log });
  await supervisor.start();
  await supervisor.stop();
});

afterAll(() => rm(made, { recursive: true, force: true }));

const startFromMadeCluster = async (): Promise<void> => {
  await promisify(execFile)('cp', ['-a', join(made, 'postgres'), join(directory, 'postgres')]);
};

beforeEach(async () => {
  directory = await makeTestDirectory();
  lines = [];
  supervisors = [];
  processes = [];
});

afterEach(async () => {
  for (const process of processes) process.signal('SIGTERM');
  await Promise.all(processes.map((process) => process.ended));
  await Promise.all(supervisors.map((supervisor) => supervisor.stop()));
  const left = await readPostmasterFile(join(directory, 'postgres'));
  await rm(directory, { recursive: true, force: true });
  if (left !== undefined && (await isAlive(left.pid))) throw new Error(`PostgreSQL ${left.pid} was left running.`);
});

const log = {
  info: (message: string) => lines.push(message),
  warn: (message: string) => lines.push(message),
  error: (message: string) => lines.push(message),
};

const options = (more: Partial<EmbeddedOptions> = {}) => ({
  dataDir: join(directory, 'postgres'),
  sharedRoot: join(directory, 'shared'),
  parameters: FAST_PARAMETERS,
  handleSignals: false,
  ...more,
});

const supervise = (more: Partial<EmbeddedOptions> = {}): PostgresSupervisor => {
  const supervisor = embeddedPostgres({ ...options(more), log });
  supervisors.push(supervisor);
  return supervisor;
};

const startElsewhere = (more: Parameters<typeof startEmbeddedProcess>[0] | object = {}): EmbeddedProcess => {
  const other = startEmbeddedProcess({ ...options(), handleSignals: true, ...more });
  processes.push(other);
  return other;
};

const query = async (connection: ConnectionSettings, text: string): Promise<unknown[]> => {
  const client = new pg.Client(clientConfig(connection, 'embedded-test'));
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end().catch(() => undefined);
  }
};

const pidOf = (supervisor: PostgresSupervisor): number => supervisor.status().pid ?? 0;

describe('start and stop', () => {
  it('makes a cluster on first start, keeps its data, and leaves no process behind', async () => {
    const supervisor = supervise();
    const connection = await supervisor.start();
    const pid = pidOf(supervisor);
    expect(supervisor.status()).toMatchObject({
      kind: 'embedded',
      state: 'running',
      ownership: 'started',
      restarts: 0,
    });
    await query(connection, 'create table kept as select 42 as answer');
    await supervisor.stop();
    await supervisor.stop();
    expect(await isAlive(pid)).toBe(false);
    expect(await query(await supervisor.start(), 'select answer from kept')).toEqual([42]);
  });

  it('hands out a login that is no superuser, and listens on no network', async () => {
    await startFromMadeCluster();
    const connection = await supervise().start();
    expect(
      await query(
        connection,
        "select rolsuper, current_setting('listen_addresses') from pg_roles where rolname = current_user",
      ),
    ).toEqual([false, '']);
  });

  it('works below a path with spaces, quotes and commas', async () => {
    const dataDir = join(directory, `a path, "quoted" with spaces`, 'postgres');
    await mkdir(dirname(dataDir), { mode: 0o755 });
    expect(await query(await supervise({ dataDir }).start(), 'select 1')).toEqual([1]);
  });

  it('puts the socket elsewhere when the path is too long for one, and takes it away again', async () => {
    const dataDir = join(directory, 'd'.repeat(60), 'e'.repeat(60), 'postgres');
    await mkdir(dirname(dataDir), { recursive: true, mode: 0o755 });
    const supervisor = supervise({ dataDir });
    const connection = await supervisor.start();
    expect(await query(connection, 'select 1')).toEqual([1]);
    const host = 'host' in connection ? connection.host : '';
    expect(Buffer.byteLength(host)).toBeLessThan(90);
    expect((await stat(host)).mode & 0o77).toBe(0);
    await supervisor.stop();
    await expect(stat(host)).rejects.toThrow('ENOENT');
  });

  it('keeps what tenants store out of the log of the server', async () => {
    await startFromMadeCluster();
    const connection = await supervise().start();
    await query(connection, 'create table person (email text constraint one unique)');
    await query(connection, "insert into person values ('ada@example.com')");
    await expect(query(connection, "insert into person values ('ada@example.com')")).rejects.toThrow('duplicate key');
    const written = await readFile(join(directory, 'postgres', 'server.log'), 'utf8');
    expect(written).toContain('duplicate key');
    expect(written).not.toContain('ada@example.com');
  });
});

describe('crashes', () => {
  beforeEach(startFromMadeCluster);

  it('restarts a server that was killed, on the same socket, with its data', async () => {
    const supervisor = supervise({ parameters: {} });
    const connection = await supervisor.start();
    await query(connection, 'create table kept as select 42 as answer');
    process.kill(pidOf(supervisor), 'SIGKILL');
    await expect
      .poll(() => query(connection, 'select answer from kept').catch(() => []), { timeout: 20_000 })
      .toEqual([42]);
    await expect.poll(() => supervisor.status()).toMatchObject({ state: 'running', restarts: 1 });
  });

  it('gives up on a server that dies again and again, and says so', async () => {
    const supervisor = supervise();
    await supervisor.start();
    const killed = new Set<number>();
    await expect
      .poll(
        () => {
          const { state, pid } = supervisor.status();
          if (state === 'running' && pid !== undefined && !killed.has(pid)) {
            killed.add(pid);
            process.kill(pid, 'SIGKILL');
          }
          return state;
        },
        { timeout: 25_000, interval: 10 },
      )
      .toBe('failed');
    expect(lines.at(-1)).toContain('not restarted any more');
  });

  it('adopts the server of a process that was killed, and stops it in the end', async () => {
    const other = startElsewhere();
    const { status, connection } = await other.running;
    await query(connection, 'create table kept as select 42 as answer');
    other.signal('SIGKILL');
    await other.ended;
    expect(await isAlive(status.pid ?? 0)).toBe(true);

    const supervisor = supervise();
    expect(await query(await supervisor.start(), 'select answer from kept')).toEqual([42]);
    expect(supervisor.status()).toMatchObject({ ownership: 'adopted', pid: status.pid });
    await supervisor.stop();
    expect(await isAlive(status.pid ?? 0)).toBe(false);
  });

  it('restarts an adopted server too', async () => {
    const other = startElsewhere();
    await other.running;
    other.signal('SIGKILL');
    await other.ended;
    const supervisor = supervise();
    const connection = await supervisor.start();
    process.kill(pidOf(supervisor), 'SIGKILL');
    await expect.poll(() => query(connection, 'select 1').catch(() => []), { timeout: 20_000 }).toEqual([1]);
    await expect.poll(() => supervisor.status()).toMatchObject({ ownership: 'started', restarts: 1 });
  });

  it('starts at once after both were killed: stale and lingering locks are no obstacle', async () => {
    const other = startElsewhere();
    const { status } = await other.running;
    other.signal('SIGKILL');
    await other.ended;
    process.kill(status.pid ?? 0, 'SIGKILL');
    expect(await query(await supervise().start(), 'select 1')).toEqual([1]);
  });

  it('starts over a lock file whose process id belongs to another program by now', async () => {
    const supervisor = supervise();
    await supervisor.start();
    const lock = join(directory, 'postgres', 'postmaster.pid');
    const content = await readFile(lock, 'utf8');
    await supervisor.stop();
    await writeFile(lock, content.replace(/^\d+/, String(process.pid)));
    expect(await query(await supervisor.start(), 'select 1')).toEqual([1]);
  });
});

describe('several processes on one data directory', () => {
  it('start one server between them, whoever comes first', async () => {
    const others = [startElsewhere(), startElsewhere()];
    const supervisor = supervise();
    await supervisor.start();
    const statuses = [
      supervisor.status(),
      ...(await Promise.all(others.map(async (other) => (await other.running).status))),
    ];
    expect(new Set(statuses.map((status) => status.pid)).size).toBe(1);
    expect(statuses.map((status) => status.ownership).sort()).toEqual(['guest', 'guest', 'started']);
  });

  it('refuse a server that they can hear but not see, as of another container on the same volume', async () => {
    await startFromMadeCluster();
    const owner = supervise();
    await owner.start();
    const lock = join(directory, 'postgres', 'postmaster.pid');
    const content = await readFile(lock, 'utf8');
    await writeFile(lock, content.replace(/^\d+/, String(process.pid)));
    await expect(supervise().start()).rejects.toMatchObject({
      code: 'database.start_failed',
      message: expect.stringContaining('outside this container'),
    });
    await writeFile(lock, content);
  });

  it('a guest that stops leaves the server to its owner', async () => {
    await startFromMadeCluster();
    const owner = startElsewhere();
    const { connection } = await owner.running;
    const guest = supervise();
    await guest.start();
    expect(guest.status().ownership).toBe('guest');
    await guest.stop();
    expect(await query(connection, 'select 1')).toEqual([1]);
  });

  it('a guest whose owner was killed stops the server that is left', async () => {
    await startFromMadeCluster();
    const owner = startElsewhere();
    const { status } = await owner.running;
    const guest = supervise();
    await guest.start();
    owner.signal('SIGKILL');
    await owner.ended;
    await guest.stop();
    expect(await isAlive(status.pid ?? 0)).toBe(false);
  });

  it('a guest takes over when the owner and its server are gone', async () => {
    await startFromMadeCluster();
    const owner = startElsewhere();
    await owner.running;
    const guest = supervise();
    const connection = await guest.start();
    owner.signal('SIGTERM');
    await owner.ended;
    await expect.poll(() => query(connection, 'select 1').catch(() => []), { timeout: 20_000 }).toEqual([1]);
    await expect.poll(() => guest.status()).toMatchObject({ state: 'running', ownership: 'started' });
  });
});

describe('the end of the process', () => {
  beforeEach(startFromMadeCluster);

  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops the server cleanly', async (name) => {
    const other = startElsewhere();
    const { status } = await other.running;
    other.signal(name);
    expect(await other.ended).toEqual([null, name]);
    expect(await isAlive(status.pid ?? 0)).toBe(false);
    expect(await readdir(join(directory, 'postgres'))).not.toContain('postmaster.pid');
  });

  it('a plain exit stops the server as well', async () => {
    const other = startElsewhere();
    const { status } = await other.running;
    other.tell('exit');
    await other.ended;
    await expect.poll(() => isAlive(status.pid ?? 0), { timeout: 10_000 }).toBe(false);
  });
});

describe('what cannot work is told in one sentence', () => {
  it('a cluster of another major version', async () => {
    await mkdir(join(directory, 'postgres'), { mode: 0o700 });
    await writeFile(join(directory, 'postgres', 'PG_VERSION'), '16\n');
    await expect(supervise().start()).rejects.toMatchObject({
      code: 'database.start_failed',
      message: expect.stringContaining('was written by PostgreSQL 16; this release brings PostgreSQL 18'),
      next: expect.stringContaining('make a backup'),
    });
  });

  it('a data directory with other files in it', async () => {
    await mkdir(join(directory, 'postgres'), { mode: 0o700 });
    await writeFile(join(directory, 'postgres', 'thesis.txt'), 'not yours');
    await expect(supervise().start()).rejects.toMatchObject({
      code: 'database.start_failed',
      message: expect.stringContaining('cannot be created'),
    });
    expect(await readdir(join(directory, 'postgres'))).toEqual(['thesis.txt']);
  });

  it('a server that ends at once: the line of its log that matters', async () => {
    await startFromMadeCluster();
    const supervisor = supervise({ parameters: { shared_preload_libraries: 'no_such_library' } });
    await expect(supervisor.start()).rejects.toMatchObject({
      code: 'database.start_failed',
      message: expect.stringContaining('could not access file "no_such_library"'),
      next: expect.stringContaining('server.log'),
    });
    expect(supervisor.status()).toMatchObject({ state: 'stopped' });
  });

  it.runIf(canBecomeOthers)('an arbitrary user id without a name (needs root to become one)', async () => {
    const home = join(directory, 'arbitrary');
    await mkdir(home);
    await chmod(home, 0o777);
    const other = startElsewhere({ dataDir: join(home, 'postgres'), uid: 54_321 });
    expect(await other.refused).toMatchObject({
      code: 'database.start_failed',
      message: expect.stringContaining('runs as user id 54321, which has no entry in /etc/passwd'),
    });
  });
});

describe('the installed binaries', () => {
  const libraryLinks = async (native: string): Promise<readonly string[]> => {
    const list: { target: string }[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
    return list.map(({ target }) => basename(target));
  };

  /** An install whose scripts were blocked: the libraries are there, the links with their other names are not. */
  const installWithoutScripts = async (parent: string): Promise<string> => {
    const real = locateBinaries();
    const native = join(parent, 'native');
    const missing = await libraryLinks(real);
    const isShipped = (path: string): boolean => !path.endsWith('.a') && !missing.includes(basename(path));
    await cp(real, native, { recursive: true, filter: isShipped });
    return native;
  };

  it('get the library links back that a blocked install script left out', async () => {
    await startFromMadeCluster();
    const native = await installWithoutScripts(directory);
    expect(await query(await supervise({ native }).start(), 'select 1')).toEqual([1]);
    expect(await readdir(join(native, 'lib'))).toEqual(expect.arrayContaining([...(await libraryLinks(native))]));
  });

  it.runIf(isRoot())(
    'and the data go to a reachable place when root runs from a closed directory (needs root)',
    async () => {
      const home = join(directory, 'home');
      await mkdir(home, { mode: 0o700 });
      const native = await installWithoutScripts(home);
      const dataDir = join(home, '.tenantry', 'postgres');
      const first = supervise({ native, dataDir });
      await query(await first.start(), 'create table kept as select 42 as answer');
      expect(first.status().dataDir).toMatch(join(directory, 'shared'));
      expect(lines.filter((line) => line.includes('its data is in'))).toHaveLength(1);
      expect(lines.filter((line) => line.includes('using a copy in'))).toHaveLength(1);
      await first.stop();
      expect(await query(await supervise({ native, dataDir }).start(), 'select answer from kept')).toEqual([42]);
    },
  );

  it.runIf(canBecomeOthers)('serve an ordinary user (needs root to become one)', async () => {
    const home = join(directory, 'nobody');
    await mkdir(home);
    await chmod(home, 0o777);
    const other = startElsewhere({ dataDir: join(home, 'postgres'), uid: NOBODY });
    const { connection } = await other.running;
    expect(await query(connection, 'select 1')).toEqual([1]);
    expect((await stat(join(home, 'postgres'))).uid).toBe(NOBODY);
  });
});
