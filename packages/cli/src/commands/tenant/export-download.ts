import { setTimeout as sleep } from 'node:timers/promises';
import { isTenantryError, type TenantExportView, TenantryError } from '@tenantry/contract';
import type { Client } from '../../client.ts';
import type { Task } from '../../session.ts';
import { sizeText } from '../backup/backup-lines.ts';
import type { Target } from './export-target.ts';

/** A connection that is silent for so long is as good as cut. */
const SILENT_MS = 30_000;
const TRIES_MAX = 8;
const WAIT_MS = 250;
const WAIT_MAX_MS = 10_000;

interface DownloadParts {
  readonly ready: TenantExportView;
  readonly target: Target;
  /** The export as it is now, with a link that is good now. */
  readonly again: () => Promise<TenantExportView>;
}

/**
 * Brings the archive, going on where a connection broke off, and compares its SHA-256. No more of it is in memory than
 * one piece.
 *
 * @throws command.unreachable after many tries in a row that brought nothing; file.unreadable for other content
 */
export async function downloadArchive(
  task: Task,
  client: Client,
  { ready, target, again }: DownloadParts,
): Promise<void> {
  const { bytes, sha256 } = ready;
  if (bytes === null || sha256 === null) throw gone(ready.id);
  let [view, failures] = [ready, 0];
  try {
    // A rest of something else, or of a file that was written to by somebody else.
    if (target.size() > bytes) await target.restart();
    while (target.size() < bytes) {
      const before = target.size();
      try {
        await bringRest(task, client, { path: pathOf(view), etag: `"${sha256}"`, target, bytes });
      } catch (error) {
        if (isTenantryError(error) && !MEND.has(error.code)) throw error;
        failures = target.size() > before ? 1 : failures + 1;
        if (failures >= TRIES_MAX) throw error;
        await sleep(Math.min(WAIT_MAX_MS, WAIT_MS * 2 ** failures));
        if (isTenantryError(error) && error.code === 'export.link_refused') view = await again();
      }
    }
    await target.finish(sha256);
  } finally {
    task.io.err.status(undefined);
  }
}

/** What may be over the next time; anything else is an answer. */
const MEND: ReadonlySet<string> = new Set([
  'command.unreachable',
  'request.throttled',
  'export.link_refused',
  'database.unavailable',
]);

interface Rest {
  readonly path: string;
  readonly etag: string;
  readonly target: Target;
  readonly bytes: number;
}

async function bringRest(task: Task, client: Client, { path, etag, target, bytes }: Rest): Promise<void> {
  const silence = new AbortController();
  const watch = setTimeout(() => silence.abort(new Error('nothing came any more')), SILENT_MS);
  try {
    const { from, body } = await client.openBytes(path, { from: target.size(), etag, signal: silence.signal });
    // Another version is sent whole.
    if (from !== target.size()) await target.restart();
    for await (const piece of body) {
      watch.refresh();
      await target.write(piece);
      task.io.err.status(`Downloading … ${sizeText(target.size())} of ${sizeText(bytes)}`);
    }
  } finally {
    clearTimeout(watch);
    silence.abort();
  }
}

/** Of the link only what follows the control plane's own address: we may reach it under another. */
function pathOf({ id, download }: TenantExportView): string {
  const at = download?.url.indexOf('/api/v1/exports/') ?? -1;
  if (download === null || at === -1) throw gone(id);
  return download.url.slice(at);
}

const gone = (id: string): TenantryError =>
  new TenantryError('export.not_found', `The archive of ${id} is not there any more.`, {
    next: 'Ask for a new one: tenantry tenant export TENANT.',
  });
