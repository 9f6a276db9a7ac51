import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import type pg from 'pg';
import type { Actor, Ctx } from '../access/index.ts';
import { auditBackup } from './backup-rows.ts';
import { misfits, type TableEntry } from './core/manifest.ts';
import { type ForeignKey, readCatalogue } from './database/catalogue.ts';
import { hashRows, rowsQuery } from './database/copy-out.ts';
import { readArchive } from './database/pg-restore.ts';
import { beginRestore, closeClient, cutOnAbort } from './database/snapshot.ts';
import { quoteName } from './database/sql-names.ts';
import { loadRows, makeStages, stageName } from './database/staging.ts';
import type { BackupDeps, WorkOptions } from './deps.ts';
import { type Failure, failureOf } from './failure.ts';
import { framesIn } from './file/read-file.ts';
import { type Backup, loadBackup, permitSubject, subjectOf } from './load.ts';
import { type CheckedFile, checkFiles } from './open-backup.ts';
import type { Source, SourceDatabase } from './sources.ts';
import { backups } from './tables.ts';

/** `files`: they are whole, unaltered and open. `restore`: their rows were loaded, counted and compared as well. */
export type VerifyDepth = 'files' | 'restore';

export interface VerifyInput {
  readonly backupId: string;
  readonly depth: VerifyDepth;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly depth: VerifyDepth;
  readonly tables: readonly { readonly database: string; readonly table: string; readonly rows: number }[];
  readonly failure: Failure | null;
}

/**
 * Proves a backup. The restore test loads every table into temporary ones with the same columns, checks, indexes and
 * foreign keys, reads them back and compares; nothing of the application is touched, and nothing stays (RBK-27).
 * A backup that fails is a result and is written down, not an error.
 *
 * @throws access.forbidden, backup.not_found, and what keeps the test from being made at all (connector.*)
 */
export async function verifyBackup(
  deps: BackupDeps,
  actor: Actor,
  { backupId, depth }: VerifyInput,
  work: WorkOptions = {},
): Promise<VerifyReport> {
  const { backup, source } = await deps.database.transaction('worker', (tx) =>
    look(deps, { tx, actor, now: deps.now() }, backupId),
  );
  const report = await prove(deps, actor, backup, source, depth, work);
  await deps.database.transaction('worker', async (tx) => {
    const now = deps.now();
    await tx.orm
      .update(backups)
      .set({ verifiedAt: now, verifiedByRestore: report.depth === 'restore', verification: { ...report } })
      .where(eq(backups.id, backup.id));
    await auditBackup({ tx, actor, now }, report.ok ? 'backup.verified' : 'backup.found_bad', backup, {
      depth,
      ...(report.failure === null ? {} : { code: report.failure.code }),
    });
  });
  return report;
}

async function look(deps: BackupDeps, ctx: Ctx, backupId: string): Promise<{ backup: Backup; source: Source }> {
  const backup = await loadBackup(ctx.tx, backupId);
  await permitSubject(ctx, deps.sources, 'backups:write', subjectOf(backup));
  if (backup.status !== 'ready') {
    throw new TenantryError('backup.not_found', `The backup ${backup.stamp} has no files to verify.`, {
      next: 'List them: tenantry backup list.',
    });
  }
  const request = { product: backup.productId ?? '', environment: backup.environment ?? '' };
  const names = backup.files.map(({ database }) => database);
  return { backup, source: await deps.sources.open(ctx, request, names) };
}

async function prove(
  deps: BackupDeps,
  actor: Actor,
  backup: Backup,
  source: Source,
  depth: VerifyDepth,
  work: WorkOptions,
): Promise<VerifyReport> {
  try {
    const files = await checkFiles(deps, { actor, now: deps.now() }, backup);
    if (depth === 'restore') {
      for (const file of files) await tryOut(deps, source, file, backup.tenantId ?? undefined, work);
    }
    const tables = files.flatMap(({ entry }) =>
      entry.tables.map(({ name, rows }) => ({ database: entry.database, table: name, rows })),
    );
    // An archive of pg_dump was read by pg_restore, and not loaded anywhere: it says no more than it is.
    const loaded = files.every(({ opened }) => opened.header.payload !== 'pgdump');
    return { ok: true, depth: loaded ? depth : 'files', tables, failure: null };
  } catch (error) {
    const failure = failureOf(error);
    // A server that cannot be asked says nothing about the backup.
    if (!BAD.has(failure.code)) throw error;
    return { ok: false, depth, tables: [], failure };
  }
}

const BAD = new Set(['backup.unreadable', 'backup.mismatch', 'vault.unreadable']);

async function tryOut(
  { toolsFolder }: BackupDeps,
  source: Source,
  file: CheckedFile,
  tenantId: string | undefined,
  work: WorkOptions,
): Promise<void> {
  const database = source.databases.find(({ name }) => name === file.entry.database);
  if (database === undefined) throw notFitting(file.entry.database, ['the product has no such database any more']);
  if (file.opened.header.payload === 'pgdump') return readArchive(toolsFolder, file);
  const client = await database.connectToTest(work.signal);
  const undo = cutOnAbort(client, work.signal);
  try {
    await beginRestore(client);
    await loadAndCompare(client, database, file, tenantId);
    await client.query('rollback');
  } catch (error) {
    throw ofRows(error, file, database, work);
  } finally {
    undo();
    await closeClient(client);
  }
}

async function loadAndCompare(
  client: pg.Client,
  database: SourceDatabase,
  file: CheckedFile,
  tenantId: string | undefined,
): Promise<void> {
  const { tables } = file.manifest;
  const catalogue = await readCatalogue(client);
  const faults = misfits(tables, catalogue.tables);
  if (faults.length > 0) throw notFitting(database.name, faults);
  await makeStages(client, tables, { proving: true });
  await loadRows(client, framesIn(file.opened, file.dataKey), tables, (_table, index) => stageName(index));
  await pointAtEachOther(client, tables, catalogue.references);
  const collated = new Map(catalogue.tables.map((table) => [table.name, table.collated]));
  for (const [index, table] of tables.entries()) {
    const stage = { ...table, collated: collated.get(table.name) ?? [], partitioned: false, tenantColumn: undefined };
    const found = await hashRows(client, rowsQuery({ table: stage, from: stageName(index), tenantId }));
    if (found.rows === table.rows && found.sha256 === table.sha256) continue;
    throw notFitting(database.name, [`${table.name} came back with ${found.rows} rows of ${table.rows}, or others`]);
  }
}

/** Foreign keys between tables of the backup; what they point at outside of it is not there to be looked at. */
async function pointAtEachOther(
  client: pg.Client,
  tables: readonly TableEntry[],
  references: readonly ForeignKey[],
): Promise<void> {
  const places = new Map(tables.map(({ name }, index) => [name, index]));
  const names = (columns: readonly string[]): string => columns.map(quoteName).join(', ');
  for (const { from, to, columns, targets } of references) {
    const [own, other] = [places.get(from), places.get(to)];
    if (own === undefined || other === undefined) continue;
    await client.query(
      `alter table ${stageName(own)} add foreign key (${names(columns)}) references ${stageName(other)} (${names(targets)})`,
    );
  }
}

const notFitting = (database: string, faults: readonly string[]): TenantryError =>
  new TenantryError('backup.mismatch', `The backup does not restore into ${database}: ${faults[0]}.`, {
    faults: faults.map((message) => ({ path: database, message })),
    next: 'Take a new backup, and find out what became of this one.',
  });

/** Rows that the tables refuse are a fault of the backup; everything else is one of the server. */
function ofRows(error: unknown, file: CheckedFile, database: SourceDatabase, work: WorkOptions): unknown {
  const state = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^2[23]/.test(state)) return database.fault(error, work.signal);
  return notFitting(file.entry.database, [error instanceof Error ? error.message : 'a row is refused']);
}
