/** One LISTEN for the whole process, fanned out to whoever watches a run. */
import type pg from 'pg';
import { type ConnectionSettings, openSessionPool } from '../../db/index.ts';
import { RUN_CHANNEL } from './commit-run.ts';

export interface RunWatch {
  /** Calls back, soon, whenever the run may have moved; spurious calls are possible, missed ones are not. */
  onMove(runId: string, call: () => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;

export function watchRuns(connection: ConnectionSettings): RunWatch {
  const watchers = new Map<string, Set<() => void>>();
  const pool = openSessionPool(connection, 'operator', { applicationName: 'tenantry:watch', max: 1 });
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let listening: pg.PoolClient | undefined;

  const listen = async (): Promise<void> => {
    if (closed) return;
    let client: pg.PoolClient | undefined;
    try {
      client = await pool.connect();
      const held = client;
      listening = held;
      held.on('notification', (message) => callAll(watchers.get(message.payload ?? '')));
      held.once('error', () => again(held));
      held.once('end', () => again(held));
      await held.query(`listen ${RUN_CHANNEL}`);
      // Whatever was missed while nobody listened is looked up now.
      for (const calls of watchers.values()) callAll(calls);
    } catch {
      again(client);
    }
  };
  const drop = (client: pg.PoolClient | undefined): void => {
    client?.removeAllListeners('end');
    client?.removeAllListeners('notification');
    client?.release(true);
  };
  const again = (client: pg.PoolClient | undefined): void => {
    if (client !== undefined && client !== listening) return;
    listening = undefined;
    drop(client);
    if (!closed && timer === undefined) {
      timer = setTimeout(() => {
        timer = undefined;
        void listen();
      }, RECONNECT_MS);
    }
  };
  void listen();

  return {
    onMove: (runId, call) => {
      const calls = watchers.get(runId) ?? new Set();
      calls.add(call);
      watchers.set(runId, calls);
      return () => {
        calls.delete(call);
        if (calls.size === 0) watchers.delete(runId);
      };
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      // The pool waits for clients that are out, and this one is out for as long as it listens.
      drop(listening);
      listening = undefined;
      await pool.end();
    },
  };
}

function callAll(calls: ReadonlySet<() => void> | undefined): void {
  for (const call of calls ?? []) call();
}
