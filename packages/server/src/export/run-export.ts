/** What a worker does with an export that was asked for. */
import { isTenantryError, TenantryError } from '@tenantry/contract';
import { and, eq, inArray } from 'drizzle-orm';
import { systemActor } from '../access/index.ts';
import { type JobHandler, reach } from '../engine/index.ts';
import { beginArchive, openContents } from './export-tenant.ts';
import { auditExport, EXPORT_TASK } from './request-export.ts';
import type { ExportDeps, ExportPlace, StoredArchive } from './sources.ts';
import { type ExportJob, tenantExports } from './tables.ts';
import type { ArchiveProgress } from './write-archive.ts';

const EXPORTS = systemActor('exports');
/** A worker that dies of an export is not handed the same one for ever. */
const ATTEMPTS_MAX = 5;
const TOLD_EVERY_MS = 500;

export const exportJobs = (deps: ExportDeps): Readonly<Record<string, JobHandler>> => ({
  [EXPORT_TASK]: async (payload, signal) => {
    const job = await take(deps, String(payload.export));
    if (job === undefined) return;
    reach('after_intent', EXPORT_TASK);
    await carryOut(deps, job, signal);
  },
});

/** An attempt begins anew: nothing of the one before is used, and its number is what it writes under. */
const take = ({ database, now }: ExportDeps, id: string): Promise<ExportJob | undefined> =>
  database.transaction('worker', async (tx) => {
    const [row] = await tx.orm
      .select()
      .from(tenantExports)
      .where(and(eq(tenantExports.id, id), inArray(tenantExports.status, ['queued', 'running'])))
      .for('update');
    if (row === undefined) return undefined;
    if (row.attempts >= ATTEMPTS_MAX) {
      await failJob({ tx, actor: EXPORTS, now: now() }, row, diedTooOften());
      return undefined;
    }
    const [taken] = await tx.orm
      .update(tenantExports)
      .set({ status: 'running', attempts: row.attempts + 1, progress: null, startedAt: now() })
      .where(eq(tenantExports.id, id))
      .returning();
    return taken;
  });

const diedTooOften = (): TenantryError =>
  new TenantryError('export.unavailable', `${ATTEMPTS_MAX} workers ended while they wrote this export.`, {
    next: 'Look at the memory and the disk of the workers, then ask for the export again.',
  });

async function carryOut(deps: ExportDeps, job: ExportJob, stopping: AbortSignal): Promise<void> {
  const place = { tenantId: job.tenantId, exportId: job.id, attempt: job.attempts };
  const calledOff = new AbortController();
  const signal = AbortSignal.any([stopping, calledOff.signal]);
  const progress = tellProgress(deps, job, () => calledOff.abort(new Error('the export was called off')));
  try {
    const contents = await openContents(deps, EXPORTS, { tenant: job.tenantId, format: job.format });
    const archive = await deps.store.write(place, beginArchive(deps, contents, progress.tell), signal);
    await progress.done();
    reach('after_call', EXPORT_TASK);
    await finish(deps, job, place, archive, progress.rows());
    reach('after_commit', EXPORT_TASK);
  } catch (error) {
    await progress.done();
    if (calledOff.signal.aborted) return;
    // The process ends, or our own database is away: neither says anything about the export.
    if (stopping.aborted || (isTenantryError(error) && error.code === 'database.unavailable')) throw error;
    await deps.database.transaction('worker', (tx) => failJob({ tx, actor: EXPORTS, now: deps.now() }, job, error));
  }
}

/** Only the attempt that holds the job may end it; the file of another goes. */
async function finish(
  deps: ExportDeps,
  job: ExportJob,
  place: ExportPlace,
  archive: StoredArchive,
  rows: number,
): Promise<void> {
  const now = deps.now();
  const ended = await deps.database.transaction('worker', async (tx) => {
    const [row] = await tx.orm
      .update(tenantExports)
      .set({
        status: 'ready',
        progress: null,
        file: archive.file,
        rowCount: rows,
        bytes: archive.bytes,
        sha256: archive.sha256,
        seal: { ...archive.seal },
        endedAt: now,
        expiresAt: new Date(now.getTime() + deps.limits.keepMs),
      })
      .where(isMine(job))
      .returning();
    if (row === undefined) return undefined;
    // Of a deletion that began meanwhile some databases may have been read after it, and some before.
    await deps.sources.assertWhole(tx, job.tenantId);
    await auditExport({ tx, actor: EXPORTS, now }, 'tenant.exported', job, {
      format: job.format,
      rows,
      bytes: archive.bytes,
      sha256: archive.sha256,
    });
    reach('before_commit', EXPORT_TASK);
    return row;
  });
  if (ended === undefined) await deps.store.remove({ tenantId: place.tenantId, file: archive.file });
}

const isMine = ({ id, attempts }: ExportJob) =>
  and(eq(tenantExports.id, id), eq(tenantExports.attempts, attempts), eq(tenantExports.status, 'running'));

async function failJob(ctx: Parameters<typeof auditExport>[0], job: ExportJob, error: unknown): Promise<void> {
  const known = isTenantryError(error)
    ? error
    : new TenantryError('internal.bug', 'The export broke off.', { cause: error });
  const failure = { code: known.code, message: known.message, next: known.next ?? null };
  const { rowCount } = await ctx.tx.query(
    `update tenant_exports set status = 'failed', progress = null, failure = $3, ended_at = $4
     where id = $1 and attempts = $2 and status in ('queued', 'running')`,
    [job.id, job.attempts, JSON.stringify(failure), ctx.now],
  );
  if (rowCount > 0) await auditExport(ctx, 'tenant.export_failed', job, { code: known.code });
}

/** Writes down how far it is, and so hears that nobody wants it any more. */
function tellProgress({ database }: ExportDeps, job: ExportJob, callOff: () => void) {
  let [rows, bytes, toldAt] = [0, 0, 0];
  let writing: Promise<unknown> = Promise.resolve();
  const save = (now: ArchiveProgress): Promise<void> =>
    database.transaction('worker', async (tx) => {
      const held = await tx.orm
        .update(tenantExports)
        .set({ progress: { database: now.database, table: now.table, rows, bytes } })
        .where(isMine(job))
        .returning({ id: tenantExports.id });
      if (held.length === 0) callOff();
    });
  return {
    tell: (now: ArchiveProgress): void => {
      rows += now.rows;
      bytes += now.bytes;
      // Real time: a clock that is set ahead must not make each piece write a row.
      if (performance.now() - toldAt < TOLD_EVERY_MS) return;
      toldAt = performance.now();
      writing = writing.then(() => save(now).catch(() => undefined));
    },
    rows: () => rows,
    done: () => writing,
  };
}
