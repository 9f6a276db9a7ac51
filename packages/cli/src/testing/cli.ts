import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { runCli } from '../run-cli.ts';
import { readSettings } from '../settings.ts';
import { writtenTerminal } from './written-terminal.ts';

export interface CliResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON. */
  json(): unknown;
  /** stderr as a problem document. */
  problem(): { readonly code: string; readonly exit_code: number; readonly detail: string };
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Answers questions: somebody is at the terminal. */
  readonly ask?: (question: string) => Promise<string>;
  readonly onInterrupt?: Io['onInterrupt'];
  readonly isTTY?: boolean;
  /** Told what is written to stderr, as it is written. */
  readonly onErr?: (text: string) => void;
}

export const NOW = new Date('2026-11-20T08:05:00.000Z');

/** Runs one command line in this process. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const isTTY = options.isTTY ?? false;
  const [out, err] = [writtenTerminal({ isTTY }), writtenTerminal({ isTTY, onWrite: options.onErr })];
  const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9].values();
  const io: Io = {
    cwd: options.cwd ?? tmpdir(),
    // Never the files of whoever runs the tests.
    settings: readSettings({ XDG_CONFIG_HOME: join(tmpdir(), 'tenantry-cli-no-config'), ...options.env }),
    out: out.terminal,
    err: err.terminal,
    ask: options.ask,
    now: () => NOW,
    newId: () => `id-${ids.next().value}`,
    onInterrupt: options.onInterrupt ?? (() => () => undefined),
  };
  const code = await runCli(argv, io);
  return {
    code,
    stdout: out.text(),
    stderr: err.text(),
    json: () => JSON.parse(out.text()),
    problem: () => JSON.parse(err.text()),
  };
}

/** A folder of its own, gone when the test is over. */
export async function scratchFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
