import type { RunView } from '@tenantry/contract';
import type { Client } from '../../client.ts';
import { commandLine, nameOf } from '../../command-text.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { type FollowOptions, followRun, type Progress } from '../../progress.ts';
import type { Task } from '../../session.ts';

/** What following a run ends a command with: a run that stopped short is no success for a script. */
export function exitCodeOfRun(run: RunView, wanted?: RunView['status']): ExitCode {
  if (run.status === wanted) return EXIT.ok;
  const stopped = ['halted', 'rollback_blocked', 'cancelled', 'rolled_back'].includes(run.status);
  return stopped ? EXIT.unexpected : EXIT.ok;
}

export interface FollowHow extends Pick<FollowOptions, 'until' | 'known'> {
  /** An early end that was asked for, and so is a success. */
  readonly wanted?: RunView['status'] | undefined;
}

/**
 * Follows a run in the format asked for. Ctrl-C ends the following and leaves the run going on; the command says so
 * and ends with 130.
 */
export async function followForCommand(
  task: Task,
  client: Client,
  runId: string,
  { wanted, ...how }: FollowHow,
): Promise<void> {
  const stop = new AbortController();
  const release = task.io.onInterrupt(() => stop.abort());
  try {
    const run = await followRun(client, runId, task.io.out, {
      ...how,
      signal: stop.signal,
      now: task.io.now,
      ...viewerOf(task),
    });
    if (task.format !== 'human') task.print(run, () => []);
    if (stop.signal.aborted) return interrupted(task, run);
    task.end(exitCodeOfRun(run, wanted));
  } finally {
    release();
  }
}

/** `json` prints the end only; `jsonl` a line for each change, and the whole run as the last. */
function viewerOf(task: Task): Pick<FollowOptions, 'onView'> {
  if (task.format === 'human') return {};
  return {
    onView: task.format === 'json' ? () => undefined : (progress) => task.print(progressDocument(progress), () => []),
  };
}

const progressDocument = ({ run, settled }: Progress): object => ({
  schema: 'tenantry.progress/1',
  run: run.id,
  revision: run.revision,
  status: run.status,
  settled,
  asks: run.asks.map(({ step, kind, roles }) => ({ step, kind, roles })),
  halts: run.halts,
});

function interrupted(task: Task, run: RunView): void {
  task.remark(`\nThe run goes on without you. To watch it again: ${commandLine('run', 'watch', nameOf(run))}`);
  task.end(EXIT.interrupted);
}
