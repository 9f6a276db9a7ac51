/** A whole development installation as a user starts it, in a folder of its own, and the command line beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'packages/cli/bin/tenantry.js');

export interface Installation {
  readonly folder: string;
  readonly url: string;
  /** Everything `up` has printed. */
  output(): string;
  /** Waits until `up` has printed this. */
  printed(text: string | RegExp, withinMs?: number): Promise<void>;
  /** Runs the command line in the installation's folder. */
  tenantry(...args: readonly string[]): Promise<CommandResult>;
  /** As `tenantry … -o json`, parsed; fails with what was printed unless the command succeeded. */
  json(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<number | null>;
  remove(): void;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const BOOT_MS = 60_000;

export interface InstallationOptions {
  /** Take up the data of an earlier one. */
  readonly folder?: string;
  readonly port?: number;
  readonly args?: readonly string[];
  /** Without stand-ins for people, mailbox and generated keys. */
  readonly production?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const folder = options.folder ?? makeFolder();
  const port = options.port ?? (await freePort());
  const up = [
    'up',
    ...(options.production === true ? [] : ['--development']),
    '--data-dir',
    join(folder, '.tenantry'),
    '--port',
    String(port),
    ...(options.args ?? []),
  ];
  const child = spawn(process.execPath, [BIN, ...up], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const installation: Installation = {
    folder,
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    printed: (text, withinMs = BOOT_MS) => waitFor(child, () => output, text, withinMs),
    tenantry: (...args) => runTenantry(folder, args),
    json: async (...args) => {
      const result = await runTenantry(folder, [...args, '-o', 'json']);
      if (result.code !== 0)
        throw new Error(`tenantry ${args.join(' ')} ended with ${String(result.code)}: ${result.stderr}`);
      return JSON.parse(result.stdout) as Readonly<Record<string, unknown>>;
    },
    stop: () => stop(child),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  return installation;
}

/** Open to PostgreSQL's own account, which tests run as root need. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-e2e-'));
  chmodSync(folder, 0o755);
  return folder;
}

async function waitFor(
  child: ChildProcess,
  output: () => string,
  text: string | RegExp,
  withinMs: number,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  const has = (): boolean => (typeof text === 'string' ? output().includes(text) : text.test(output()));
  while (!has()) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${output()}`);
    if (Date.now() > deadline) throw new Error(`not printed within ${withinMs} ms: ${String(text)}\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function runTenantry(cwd: string, args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const code = await ended;
  clearTimeout(force);
  return code;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
