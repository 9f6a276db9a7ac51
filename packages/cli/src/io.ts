import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { type Environment, readSettings, type Settings } from './settings.ts';
import { openTerminal, type Terminal } from './terminal/terminal.ts';

/** Everything of the process a command may touch, so that tests run commands without one. */
export interface Io {
  readonly cwd: string;
  readonly settings: Settings;
  /** Results. */
  readonly out: Terminal;
  /** Faults, warnings and questions. */
  readonly err: Terminal;
  /** Asks a person; undefined when nobody is at the terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly now: () => Date;
  /** A new UUID, for Idempotency-Key. */
  readonly newId: () => string;
  /** Calls back on Ctrl-C in place of ending the process; gives the way to stop that. */
  onInterrupt(call: () => void): () => void;
}

/** The real process. `env` comes from the only file that may read it. */
export function processIo(env: Environment): Io {
  const settings = readSettings(env);
  const atTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    cwd: process.cwd(),
    settings,
    out: openTerminal(process.stdout, settings),
    err: openTerminal(process.stderr, settings),
    ask: atTerminal ? askPerson : undefined,
    now: () => new Date(),
    newId: randomUUID,
    onInterrupt: (call) => {
      process.on('SIGINT', call);
      return () => process.off('SIGINT', call);
    },
  };
}

/** Questions go to stderr, so that stdout holds results only. Ctrl-C and Ctrl-D answer nothing. */
async function askPerson(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => prompt.once('close', () => resolve('')));
  try {
    return (await Promise.race([prompt.question(question), closed])).trim();
  } finally {
    prompt.close();
  }
}
