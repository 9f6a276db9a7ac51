/** One LISTEN for the whole process, fanned out to whoever watches a run. */
import { type ConnectionSettings, listen } from '../../db/index.ts';
import { RUN_CHANNEL } from './commit-run.ts';

export interface RunWatch {
  /** Calls back, soon, whenever the run may have moved; spurious calls are possible, missed ones are not. */
  onMove(runId: string, call: () => void): () => void;
  close(): Promise<void>;
}

export function watchRuns(connection: ConnectionSettings): RunWatch {
  const watchers = new Map<string, Set<() => void>>();
  const listener = listen(connection, {
    applicationName: 'tenantry:watch',
    channel: RUN_CHANNEL,
    onMessage: (runId) => {
      if (runId !== undefined) return callAll(watchers.get(runId));
      // Whatever was missed while nobody listened is looked up now.
      for (const calls of watchers.values()) callAll(calls);
    },
  });
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
    close: () => listener.close(),
  };
}

function callAll(calls: ReadonlySet<() => void> | undefined): void {
  for (const call of calls ?? []) call();
}
