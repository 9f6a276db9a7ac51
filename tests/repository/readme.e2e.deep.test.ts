import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type ReadmeCommand, readmeCommands } from './readme-commands.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const COMMAND_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 20_000;
/** The first plain address the server prints (an example's own HTTPS has a CA nobody here trusts); it is up once this answers. */
const ADDRESS = /http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]):\d+[^\s"']*/;

const reason = whyNot();
const folder = reason === undefined ? mkdtempSync(join(tmpdir(), 'tenantry-readme-')) : '';
const servers: ChildProcess[] = [];

afterAll(async () => {
  for (const server of servers) await stop(server);
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
}, 2 * STOP_LIMIT_MS);

describe.skipIf(reason !== undefined)(
  `the README's first commands${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    it(
      'work word for word from a fresh clone, and what they started stops when asked',
      async () => {
        const clone = join(folder, 'tenantry');
        execFileSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone]);
        const commands = readmeCommands(readFileSync(join(clone, 'README.md'), 'utf8'));
        expect(commands.filter((command) => command.isServer)).toHaveLength(1);
        for (const command of commands) if (!command.isFetch) await carryOut(command, clone);
        for (const server of servers) expect(await stop(server), 'the server stopped by itself').toBe('by itself');
      },
      3 * COMMAND_LIMIT_MS,
    );
  },
);

/** Why the test cannot run here, if it cannot. */
function whyNot(): string | undefined {
  if (!existsSync(join(ROOT, '.git'))) return 'skipped: this is not a git checkout';
  try {
    execFileSync('git', ['cat-file', '-e', 'HEAD:README.md'], { cwd: ROOT, stdio: 'ignore' });
    return undefined;
  } catch {
    return 'skipped: no README.md is committed';
  }
}

async function carryOut(command: ReadmeCommand, cwd: string): Promise<void> {
  const child = spawn('bash', ['-c', command.text], { cwd, env: environment(), stdio: 'pipe', detached: true });
  let output = '';
  const ended = once(child, 'close').then(([code]) => `ended with ${code}`);
  const answered = new Promise<string>((resolve) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      const address = ADDRESS.exec(output)?.[0];
      if (address !== undefined) resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const limit = AbortSignal.timeout(COMMAND_LIMIT_MS);
  const late = once(limit, 'abort').then(() => `took longer than ${COMMAND_LIMIT_MS / 1000} s`);
  servers.push(child);
  if (!command.isServer) {
    expect(await Promise.race([ended, late]), `${command.text}\n${output}`).toBe('ended with 0');
    return;
  }
  const result = await Promise.race([answered, ended, late]);
  // Ended well counts: where the onboarding is the whole command, nothing has to go on serving.
  if (result === 'ended with 0') return;
  expect(result, `${command.text}\n${output}`).toMatch(ADDRESS);
  const response = await fetch(result, { signal: limit, redirect: 'manual' });
  expect(response.status, `${result} answers`).toBeLessThan(500);
}

/** A newcomer's environment: nothing of the test runner, of npm or of this project's settings. */
function environment(): NodeJS.ProcessEnv {
  const own = /^(?:npm_(?!config_)|npm_config_local_prefix$|INIT_CWD$|TENANTRY_|VITEST|NODE_ENV$|NODE_OPTIONS$|TEST$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** Asks the process group to stop as Ctrl-C does; ends it where it does not listen. */
async function stop(child: ChildProcess): Promise<'by itself' | 'killed'> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return 'by itself';
  const closed = once(child, 'close');
  process.kill(-child.pid, 'SIGINT');
  const limit = once(AbortSignal.timeout(STOP_LIMIT_MS), 'abort').then(() => 'late');
  if ((await Promise.race([closed, limit])) !== 'late') return 'by itself';
  process.kill(-child.pid, 'SIGKILL');
  await closed;
  return 'killed';
}
