/** What every restore shares: a transaction on each database, its checks before and after, and the deleting. */
import { TenantryError } from '@tenantry/contract';
import type pg from 'pg';
import type { Manifest, RestoredTable, TableEntry } from './core/manifest.ts';
import { misfits, schemaHash } from './core/manifest.ts';
import { type Catalogue, readCatalogue } from './database/catalogue.ts';
import { hashRows, rowsQuery, sequencesOf } from './database/copy-out.ts';
import { beginRestore, closeClient, cutOnAbort, tenantLiteral } from './database/snapshot.ts';
import { quoteName, quoteTable } from './database/sql-names.ts';
import { type SelectedTable, type Selection, selectTables } from './database/tenant-tables.ts';
import type { WorkOptions } from './deps.ts';
import type { CheckedFile } from './open-backup.ts';
import type { Source, SourceDatabase, Tombstone } from './sources.ts';

export interface Restored {
  readonly tables: readonly RestoredTable[];
  /** Erased tenants that the backup held, and that were left out. */
  readonly erased: readonly string[];
}

export interface RestoreOptions {
  readonly work: WorkOptions;
  /** Asked for last, so that an erasure meanwhile counts. */
  readonly tombstones: () => Promise<readonly Tombstone[]>;
}

/** One database with a transaction open on it. */
export interface Restoring {
  readonly source: SourceDatabase;
  readonly file: CheckedFile;
  readonly client: pg.Client;
  readonly catalogue: Catalogue;
  readonly selection: Selection;
}

/** Every database is restored before the first is committed: one that fails takes the others with it. */
export async function inEach<T>(
  { databases }: Source,
  files: readonly CheckedFile[],
  scope: 'tenant' | 'set',
  { work }: RestoreOptions,
  restore: (one: Restoring) => Promise<T>,
  beforeCommit: (all: readonly Restoring[]) => Promise<void>,
): Promise<readonly T[]> {
  const open: Restoring[] = [];
  const clients: pg.Client[] = [];
  const uncut: (() => void)[] = [];
  try {
    const results: T[] = [];
    for (const file of files) {
      const source = databases.find(({ name }) => name === file.entry.database);
      if (source === undefined) throw noDatabase(file.entry.database);
      const client = await (scope === 'set' ? source.connectToRestore(work.signal) : source.connect(work.signal));
      clients.push(client);
      uncut.push(cutOnAbort(client, work.signal));
      open.push(await begin({ source, file, client }, scope, work));
    }
    for (const one of open) {
      results.push(await restore(one).catch((error: unknown) => rethrow(one.source, error, work)));
    }
    await beforeCommit(open);
    for (const { client, source } of open) {
      await client.query('commit').catch((error: unknown) => {
        throw source.fault(error, work.signal, true);
      });
    }
    return results;
  } finally {
    for (const undo of uncut) undo();
    // Whatever was not committed goes with the connection.
    await Promise.all(clients.map(closeClient));
  }
}

function rethrow(source: SourceDatabase, error: unknown, work: WorkOptions): never {
  throw source.fault(error, work.signal);
}

async function begin(
  { source, file, client }: Pick<Restoring, 'source' | 'file' | 'client'>,
  scope: 'tenant' | 'set',
  work: WorkOptions,
): Promise<Restoring> {
  try {
    await beginRestore(client);
    const catalogue = await readCatalogue(client);
    assertFits(file.manifest, catalogue, source);
    const selection = selectTables(source, catalogue, scope);
    if (scope === 'set') assertSame(file.manifest, selection, source);
    assertMayWrite(file.manifest, selection, scope, catalogue, source);
    // One restore of a database at a time, whatever process it comes from; the later waits, and not for long.
    await client.query(`select pg_advisory_xact_lock(hashtextextended('tenantry-restore', 0))`);
    return { source, file, client, catalogue, selection };
  } catch (error) {
    return rethrow(source, error, work);
  }
}

function assertFits(manifest: Manifest, catalogue: Catalogue, source: SourceDatabase): void {
  const faults = misfits(manifest.tables, catalogue.tables).map((message) => ({ path: source.name, message }));
  if (faults.length === 0) return;
  throw new TenantryError(
    'backup.mismatch',
    `The backup was taken from another schema than ${source.name} has: ${faults[0]?.message}.`,
    {
      faults,
      next: 'Nothing was touched. Bring the application and its schema to the release of the backup, then restore.',
    },
  );
}

/**
 * Whole databases hold what the application remembers of its schema: brought back from before a change, it would make
 * that change again.
 */
function assertSame(manifest: Manifest, { tables }: Selection, source: SourceDatabase): void {
  if (schemaHash(tables) === manifest.schema_sha256) return;
  throw new TenantryError('backup.mismatch', `The schema of ${source.name} was changed since the backup was taken.`, {
    facts: { database: source.name },
    next: 'Nothing was touched. Bring the application and its schema to the release of the backup, restore, and upgrade.',
  });
}

function assertMayWrite(
  manifest: Manifest,
  selection: Selection,
  scope: 'tenant' | 'set',
  { role }: Catalogue,
  source: SourceDatabase,
): void {
  const restored = new Set(manifest.tables.map(({ name }) => name));
  const faults = selection.tables
    .filter(({ name }) => restored.has(name))
    .flatMap((table) =>
      [
        table.mayInsert ? [] : [`grant insert on ${table.name} to ${quoteName(role)}`],
        table.writesAll ? [] : [`a policy refuses rows of it to ${role}`],
        scope === 'tenant' || table.mayTruncate ? [] : [`grant truncate on ${table.name} to ${quoteName(role)}`],
      ]
        .flat()
        .map((message) => ({ path: table.name, message })),
    );
  if (faults.length === 0) return;
  throw new TenantryError(
    'backup.refused',
    `The role ${role} may not restore ${source.name}: ${faults[0]?.path}: ${faults[0]?.message}.`,
    {
      faults,
      facts: { database: source.name, role },
      next: 'Nothing was touched. Grant what the faults name; docs/guide/backups.md says which role restores.',
    },
  );
}

export const noDatabase = (name: string): TenantryError =>
  new TenantryError('backup.mismatch', `The product has no database ${name} any more.`, {
    next: 'Nothing was touched. Name it in the profile of the product again.',
  });

export function inOrder(
  selection: Selection,
  tables: readonly TableEntry[],
): readonly (readonly [TableEntry, number])[] {
  const places = new Map(tables.map((table, index) => [table.name, [table, index] as const]));
  return selection.tables.flatMap(({ name }) => {
    const place = places.get(name);
    return place === undefined ? [] : [place];
  });
}

export async function countOf(
  client: pg.Client,
  tables: readonly SelectedTable[],
  tenantId: string,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { name, tenantColumn } of tables) {
    if (tenantColumn === undefined) continue;
    const { rows } = await client.query<{ n: string }>(
      `select count(*)::text as n from ${quoteTable(name)} where ${quoteName(tenantColumn)} = ${tenantLiteral(tenantId)}`,
    );
    counts.set(name, Number(rows[0]?.n));
  }
  return counts;
}

/**
 * Every row of the tenant, last filled first emptied. What our role may not delete from itself goes with the rows it
 * hangs on, or the restore is refused.
 */
export async function deleteRows(
  { client, selection, catalogue }: Pick<Restoring, 'client' | 'selection' | 'catalogue'>,
  tenantId: string,
): Promise<void> {
  for (const { name, tenantColumn, mayDelete } of selection.tables.toReversed()) {
    if (tenantColumn === undefined || !mayDelete) continue;
    await client.query(`delete from ${quoteTable(name)} where ${quoteName(tenantColumn)} = ${tenantLiteral(tenantId)}`);
  }
  const left = [...(await countOf(client, selection.tables, tenantId))].find(([, rows]) => rows > 0);
  if (left === undefined) return;
  throw new TenantryError(
    'backup.refused',
    `The role ${catalogue.role} may not delete from ${left[0]}, and its rows hang on nothing that was deleted.`,
    {
      facts: { table: left[0], rows: left[1] },
      next: `Everything is as it was. Grant delete on ${left[0]} to ${quoteName(catalogue.role)}.`,
    },
  );
}

/** What stands in the tables now must be, byte for byte, what the backup says it holds. */
export async function compare(
  { client, file, selection, source }: Restoring,
  tenantId: string | undefined,
): Promise<void> {
  const byName = new Map(selection.tables.map((table) => [table.name, table]));
  for (const entry of file.manifest.tables) {
    const table = byName.get(entry.name);
    if (table === undefined) continue;
    const found = await hashRows(
      client,
      rowsQuery({ table: { ...table, columns: entry.columns, key: entry.key }, tenantId }),
    );
    if (found.rows === entry.rows && found.sha256 === entry.sha256) continue;
    throw new TenantryError(
      'backup.refused',
      `After the restore ${entry.name} of ${source.name} would not hold what the backup does (${found.rows} rows, ${entry.rows} in the backup).`,
      {
        facts: { table: entry.name, rows: found.rows, expected: entry.rows },
        next: 'Everything is as it was. Look for a trigger that changes rows, or for somebody who writes meanwhile: suspend the tenant first.',
      },
    );
  }
}

/**
 * A sequence never goes back for one tenant, since the others draw from it too. One our role may not read is left: it
 * has only ever gone on since the backup.
 */
export async function raiseSequences(
  { client, file, selection, catalogue }: Restoring,
  how: 'at least' | 'exactly',
): Promise<void> {
  const ours = new Map(sequencesOf(selection, catalogue).map((sequence) => [sequence.name, sequence]));
  for (const { name, value, called } of file.manifest.sequences) {
    const sequence = ours.get(name);
    if (sequence === undefined || (how === 'at least' && !sequence.mayRead)) continue;
    if (how === 'at least') {
      const { rows } = await client.query<{ behind: boolean }>(
        `select last_value < $1::bigint as behind from ${quoteTable(name)}`,
        [value],
      );
      if (rows[0]?.behind !== true) continue;
    }
    await client.query('select setval($1::regclass, $2::bigint, $3)', [quoteTable(name), value, called]);
  }
}

/** Tables that came after the backup are named as well: what the tenant had in them is gone. */
export function reportOf({ source, file, selection }: Restoring, before: ReadonlyMap<string, number>): RestoredTable[] {
  const after = new Map(file.manifest.tables.map(({ name, rows }) => [name, rows]));
  return selection.tables.map(({ name }) => ({
    database: source.name,
    table: name,
    before: before.get(name) ?? 0,
    after: after.get(name) ?? 0,
  }));
}
