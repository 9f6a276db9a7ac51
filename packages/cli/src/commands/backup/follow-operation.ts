import { setTimeout as sleep } from 'node:timers/promises';
import { type BackupOperationView, backupOperationSchema, isErrorCode, TenantryError } from '@tenantry/contract';
import type { Client } from '../../client.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Task } from '../../session.ts';

const ASK_EVERY_MS = 250;

/**
 * Waits for work on a backup and shows how far it is. Ctrl-C ends the waiting, and the work goes on. Answers undefined
 * then.
 *
 * @throws the error the work ended with
 */
export async function followOperation(
  task: Task,
  client: Client,
  started: BackupOperationView,
): Promise<BackupOperationView | undefined> {
  const stop = new AbortController();
  const release = task.io.onInterrupt(() => stop.abort());
  try {
    for (let now = started; ; now = await ask(client, now.id)) {
      if (now.status === 'done' || now.status === 'failed') return ended(now);
      task.io.err.status(progressText(now));
      await sleep(ASK_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      if (!stop.signal.aborted) continue;
      task.remark(`\nThe work goes on without you; it is ${now.id}.`);
      task.end(EXIT.interrupted);
      return undefined;
    }
  } finally {
    task.io.err.status(undefined);
    release();
  }
}

const ask = (client: Client, id: string): Promise<BackupOperationView> =>
  client.get(`/api/v1/backup-operations/${id}`, backupOperationSchema);

const progressText = ({ status, progress }: BackupOperationView): string =>
  progress === null
    ? status === 'queued'
      ? 'Waiting for a worker …'
      : 'Working …'
    : `${progress.database}: ${progress.table} (${progress.done + 1} of ${progress.of})`;

function ended(operation: BackupOperationView): BackupOperationView {
  const { failure } = operation;
  if (failure === null) return operation;
  throw errorOf(failure);
}

function errorOf({ code, message, next, faults }: NonNullable<BackupOperationView['failure']>): TenantryError {
  return new TenantryError(isErrorCode(code) ? code : 'internal.bug', message, {
    faults,
    ...(next === null ? {} : { next }),
  });
}
