import { setTimeout as sleep } from 'node:timers/promises';
import { isErrorCode, type TenantExportView, TenantryError } from '@tenantry/contract';
import { EXIT } from '../../exit-codes.ts';
import type { Task } from '../../session.ts';
import { sizeText } from '../backup/backup-lines.ts';

const ASK_FIRST_MS = 100;
const ASK_EVERY_MS = 1_000;

/**
 * Waits until an export is ready and shows how far it is. Ctrl-C ends the waiting, and the work goes on; answers
 * undefined then.
 *
 * @throws the error it ended with; export.not_found when it was called off meanwhile
 */
export async function followExport(
  task: Task,
  see: () => Promise<TenantExportView>,
  asked: TenantExportView,
): Promise<TenantExportView | undefined> {
  const stop = new AbortController();
  const release = task.io.onInterrupt(() => stop.abort());
  try {
    for (let [now, waitMs] = [asked, ASK_FIRST_MS]; ; now = await see()) {
      // What was ready when it was asked for came without a link.
      if (now.status === 'ready' && now.download !== null) return now;
      assertGoesOn(now);
      task.io.err.status(progressText(now));
      await sleep(waitMs, undefined, { signal: stop.signal }).catch(() => undefined);
      waitMs = Math.min(ASK_EVERY_MS, waitMs * 2);
      if (!stop.signal.aborted) continue;
      task.remark(`\nIt is written without you. Take it with --id ${now.id}.`);
      task.end(EXIT.interrupted);
      return undefined;
    }
  } finally {
    task.io.err.status(undefined);
    release();
  }
}

function assertGoesOn({ id, status, failure }: TenantExportView): void {
  if (status === 'queued' || status === 'running' || status === 'ready') return;
  if (failure !== null) {
    const code = isErrorCode(failure.code) ? failure.code : 'internal.bug';
    throw new TenantryError(code, failure.message, failure.next === null ? {} : { next: failure.next });
  }
  throw new TenantryError(
    'export.not_found',
    `The export ${id} was ${status === 'expired' ? 'kept for its time' : 'removed'}.`,
    {
      next: 'Ask for a new one: tenantry tenant export TENANT.',
    },
  );
}

const progressText = ({ status, progress, attempts }: TenantExportView): string => {
  if (status === 'queued') return 'Waiting for a worker …';
  const again = attempts > 1 ? `, begun anew ${attempts - 1}x` : '';
  if (progress === null) return `Reading …${again}`;
  const { database, table, rows, bytes } = progress;
  return `${database}.${table}: ${rows} rows, ${sizeText(bytes)}${again}`;
};
