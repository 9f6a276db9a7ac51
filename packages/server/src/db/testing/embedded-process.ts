import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConnectionSettings } from '../connection.ts';
import type { EmbeddedOptions } from '../embedded/embedded.ts';
import type { SupervisorStatus } from '../embedded/supervisor.ts';

interface Running {
  readonly connection: Exclude<ConnectionSettings, { url: string }>;
  readonly status: SupervisorStatus;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** Another process with an embedded PostgreSQL, to be killed. */
export interface EmbeddedProcess {
  readonly pid: number;
  /** Resolves when its server runs; rejects with what `start` threw there. */
  readonly running: Promise<Running>;
  /** Resolves to what `start` threw there. */
  readonly refused: Promise<Refusal>;
  /** Hands it a line: `stop` or `exit`. */
  tell(line: 'stop' | 'exit'): void;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<unknown>;
}

export interface EmbeddedProcessOptions extends Omit<EmbeddedOptions, 'log'> {
  /** Run the process as this user; only root may ask. */
  readonly uid?: number;
}

const PROGRAM = fileURLToPath(new URL('./run-embedded.mjs', import.meta.url));

type Event =
  | ({ event: 'running' } & Running)
  | ({ event: 'failed' } & Refusal)
  | { event: 'log' }
  | { event: 'stopped' };

export const startEmbeddedProcess = ({ uid, ...options }: EmbeddedProcessOptions): EmbeddedProcess => {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const ended = once(child, 'exit');
  const outcome = new Promise<Running | Refusal>((resolve, reject) => {
    const { stdout } = child;
    if (stdout === null) throw new Error('The process has no standard output.');
    createInterface({ input: stdout }).on('line', (line) => {
      const event: Event = JSON.parse(line);
      if (event.event === 'running' || event.event === 'failed') resolve(event);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error('The process ended before its server ran.')));
  });
  outcome.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    get running() {
      return outcome.then((event) => {
        if ('code' in event) throw new Error(`${event.code}: ${event.message}`);
        return event;
      });
    },
    get refused() {
      return outcome.then((event) => {
        if ('code' in event) return event;
        throw new Error('The server started.');
      });
    },
    tell: (line) => {
      child.stdin?.write(`${line}\n`);
    },
    signal: (name) => {
      child.kill(name);
    },
    ended,
  };
};
