/** Rows of an export brought into the databases of a product: all of them, for a tenant that has none yet, or nothing. */
import { createHash } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import type pg from 'pg';
import { type Catalogue, readCatalogue } from './database/catalogue.ts';
import { beginRestore, closeClient, cutOnAbort } from './database/snapshot.ts';
import { columnList, quoteName, quoteTable } from './database/sql-names.ts';
import { type SelectedTable, type Selection, selectTables } from './database/tenant-tables.ts';
import { countOf } from './restoring.ts';
import type { SourceDatabase } from './sources.ts';
import { rowsOf } from './tenant-rows.ts';

export interface ImportedTable {
  /** `schema.table`. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns the export has left out: secrets. They begin as the schema has them begin. */
  readonly leftOut: readonly string[];
  /** Rows as `TableRows.lines` gives them, under the id of the tenant they go to. */
  lines(): AsyncIterable<Buffer>;
}

export interface ImportInput {
  readonly tenantId: string;
  readonly databases: readonly { readonly source: SourceDatabase; readonly tables: readonly ImportedTable[] }[];
  readonly signal?: AbortSignal;
  /** The last that may fail: nothing was committed yet. */
  readonly beforeCommit: () => Promise<void>;
}

interface Open {
  readonly source: SourceDatabase;
  readonly client: pg.Client;
  readonly selection: Selection;
  readonly catalogue: Catalogue;
  readonly tables: readonly ImportedTable[];
}

/**
 * Every database is filled and read back before the first is committed.
 *
 * @returns SHA-256 of the rows of each table as they stand now, under `DATABASE.TABLE`
 * @throws export.archive_refused for another schema or ids that are taken; tenant.not_empty; connector.*
 */
export async function importTenantRows(input: ImportInput): Promise<ReadonlyMap<string, string>> {
  const { databases, signal, tenantId, beforeCommit } = input;
  const open: Open[] = [];
  const clients: pg.Client[] = [];
  const uncut: (() => void)[] = [];
  const hashes = new Map<string, string>();
  try {
    for (const { source, tables } of databases) {
      const client = await source.connect(signal);
      clients.push(client);
      uncut.push(cutOnAbort(client, signal));
      open.push(await faulty(source, signal, () => begin(source, client, tables, tenantId)));
    }
    for (const one of open) await faulty(one.source, signal, () => fill(one, tenantId, hashes));
    await beforeCommit();
    for (const { client, source } of open) {
      await client.query('commit').catch((error: unknown) => {
        throw source.fault(error, signal, true);
      });
    }
    return hashes;
  } finally {
    for (const undo of uncut) undo();
    // Whatever was not committed goes with the connection.
    await Promise.all(clients.map(closeClient));
  }
}

async function faulty<T>(source: SourceDatabase, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw clash(error, source) ?? source.fault(error, signal);
  }
}

/** 23505: an id or a name of a row belongs to somebody else here. */
function clash(error: unknown, { name }: SourceDatabase): TenantryError | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === '23505')) return undefined;
  const where = 'table' in error ? `${name}.${String(error.table)}` : name;
  return new TenantryError('export.archive_refused', `Rows with the same ids or names are in ${where} already.`, {
    facts: { where, constraint: 'constraint' in error ? String(error.constraint) : null },
    next: 'Nothing was written. Import where the tenant of the archive is not, or delete that first.',
    cause: error,
  });
}

async function begin(
  source: SourceDatabase,
  client: pg.Client,
  tables: readonly ImportedTable[],
  tenantId: string,
): Promise<Open> {
  await beginRestore(client);
  await client.query(`select pg_advisory_xact_lock(hashtextextended('tenantry-restore', 0))`);
  const catalogue = await readCatalogue(client);
  const selection = selectTables(source, catalogue, 'tenant');
  assertFits(source, selection, tables);
  const full = [...(await countOf(client, selection.tables, tenantId))].filter(([, rows]) => rows > 0);
  if (full.length > 0) {
    const where = full.map(([table, rows]) => `${source.name}: ${table} (${rows})`);
    throw new TenantryError('tenant.not_empty', `The tenant has rows in ${where.join(', ')}.`, {
      facts: { where },
      next: 'Nothing was written. An archive goes into a tenant that has none: create a new one.',
    });
  }
  return { source, client, selection, catalogue, tables };
}

/** The same tables with the same columns; what was left out must be able to begin empty. */
function assertFits({ name }: SourceDatabase, { tables: live }: Selection, tables: readonly ImportedTable[]): void {
  const faults: { path: string; message: string }[] = [];
  const byName = new Map(tables.map((table) => [table.name, table]));
  for (const table of live) {
    const given = byName.get(table.name);
    byName.delete(table.name);
    faults.push(...(given === undefined ? [missing(table)] : misfits(table, given)));
  }
  for (const { name: path } of byName.values()) faults.push({ path, message: 'is not here' });
  if (faults.length === 0) return;
  throw new TenantryError(
    'export.archive_refused',
    `The archive was taken from another schema than ${name} has: ${faults[0]?.path} ${faults[0]?.message}.`,
    { faults, next: 'Nothing was written. Bring the application to the release the archive was taken from.' },
  );
}

const missing = ({ name }: SelectedTable) => ({ path: name, message: 'is not in the archive' });

function misfits(
  { name, columns, optional }: SelectedTable,
  given: ImportedTable,
): { path: string; message: string }[] {
  const live = columns.map((column) => column.name);
  const all = [...given.columns, ...given.leftOut];
  return [
    ...live
      .filter((column) => !all.includes(column))
      .map((column) => ({ path: name, message: `has a column ${column}` })),
    ...all
      .filter((column) => !live.includes(column))
      .map((column) => ({ path: name, message: `has no column ${column}` })),
    ...given.leftOut
      .filter((column) => live.includes(column) && !optional.includes(column))
      .map((column) => ({
        path: name,
        message: `cannot begin without ${column}, which is a secret and in no archive`,
      })),
  ];
}

const BATCH_ROWS = 500;

async function fill(
  { source, client, selection, catalogue, tables }: Open,
  tenantId: string,
  hashes: Map<string, string>,
) {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const expected = new Map<string, string>();
  // Triggers of the application find their own tables again.
  await client.query('set local search_path to default');
  for (const { name } of selection.tables) {
    const table = byName.get(name);
    if (table !== undefined) expected.set(name, await insertRows(client, table));
  }
  await client.query('set local search_path = pg_catalog');
  for (const live of selection.tables) {
    const columns = byName.get(live.name)?.columns ?? [];
    const hash = createHash('sha256');
    for await (const piece of rowsOf(client, live, tenantId).lines(columns)) hash.update(piece);
    const found = hash.digest('hex');
    if (found !== expected.get(live.name)) throw altered(source, live.name);
    hashes.set(`${source.name}.${live.name}`, found);
  }
  await raiseSequences(client, selection, catalogue);
}

const altered = ({ name }: SourceDatabase, table: string): TenantryError =>
  new TenantryError(
    'export.archive_refused',
    `After the import ${table} of ${name} would hold other rows than the archive.`,
    {
      facts: { table },
      next: 'Nothing was written. Look for a trigger that changes rows, or a key that orders them otherwise here.',
    },
  );

/** @returns SHA-256 of the lines that were read */
async function insertRows(client: pg.Client, { name, columns, lines }: ImportedTable): Promise<string> {
  const hash = createHash('sha256');
  const list = columnList(columns.map((column) => ({ name: column })));
  const insert = `insert into ${quoteTable(name)} (${list}) overriding system value
    select ${list} from json_populate_recordset(null::${quoteTable(name)}, $1::json)`;
  for await (const piece of lines()) {
    hash.update(piece);
    const rows = piece.toString('utf8').split('\n').slice(0, -1);
    for (let at = 0; at < rows.length; at += BATCH_ROWS) {
      await client.query(insert, [`[${rows.slice(at, at + BATCH_ROWS).join(',')}]`]);
    }
  }
  return hash.digest('hex');
}

/** A sequence goes on behind the highest number that came, and never back. */
async function raiseSequences(client: pg.Client, { tables }: Selection, { sequences }: Catalogue): Promise<void> {
  const ours = new Set(tables.map(({ name }) => name));
  for (const { name, table, column, mayRead, maySet } of sequences) {
    if (table === null || column === null || !ours.has(table) || !mayRead || !maySet) continue;
    await client.query(
      `select setval($1::regclass, m) from (select max(${quoteName(column)})::bigint as m from ${quoteTable(table)}) x
       where m > (select last_value from ${quoteTable(name)})`,
      [quoteTable(name)],
    );
  }
}
