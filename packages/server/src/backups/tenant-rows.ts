/** The rows of one tenant in one database of a product: read under one view of it, or deleted, or counted. */
import type pg from 'pg';
import { readCatalogue } from './database/catalogue.ts';
import { rowsQuery } from './database/copy-out.ts';
import { beginRestore, beginSnapshot, closeClient, cutOnAbort } from './database/snapshot.ts';
import { type SelectedTable, type Selection, selectTables } from './database/tenant-tables.ts';
import { countOf, deleteRows } from './restoring.ts';
import type { SourceDatabase } from './sources.ts';

export interface TableRows {
  /** `schema.table`. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Each row as the text of a JSON object, of these columns, in the order of the key. */
  rows(columns: readonly string[]): AsyncIterable<string>;
}

/** @throws connector.*, backup.refused for a table whose rows of the tenant cannot all be seen */
export function withTenantRows<T>(
  source: SourceDatabase,
  { tenantId, signal }: { readonly tenantId: string; readonly signal?: AbortSignal },
  fn: (tables: readonly TableRows[]) => Promise<T>,
): Promise<T> {
  return onDatabase(source, signal, async (client) => {
    await beginSnapshot(client);
    const { tables } = selectTables(source, await readCatalogue(client), 'tenant');
    const result = await fn(tables.map((table, index) => rowsOf(client, table, tenantId, index)));
    await client.query('rollback');
    return result;
  });
}

const BATCH = 500;

const rowsOf = (client: pg.Client, table: SelectedTable, tenantId: string, index: number): TableRows => ({
  name: table.name,
  columns: table.columns.map(({ name }) => name),
  async *rows(wanted) {
    const kept = table.columns.filter(({ name }) => wanted.includes(name));
    const query = rowsQuery({ table: { ...table, columns: kept }, tenantId });
    const cursor = `export_${index}`;
    await client.query(`declare ${cursor} no scroll cursor for select row_to_json(x)::text as row from (${query}) x`);
    for (;;) {
      const { rows } = await client.query<{ row: string }>(`fetch ${BATCH} from ${cursor}`);
      for (const { row } of rows) yield row;
      if (rows.length < BATCH) break;
    }
    await client.query(`close ${cursor}`);
  },
});

export interface TenantCount {
  readonly table: string;
  readonly rows: number;
}

/** How many rows of the tenant each table holds, those that no backup keeps included. */
export function countTenantRows(source: SourceDatabase, tenantId: string): Promise<readonly TenantCount[]> {
  return onDatabase(source, undefined, async (client) => {
    await beginSnapshot(client);
    const counts = await countAll(client, everyTable(source, await readCatalogue(client)), tenantId);
    await client.query('rollback');
    return counts;
  });
}

/**
 * Deletes every row of the tenant in one transaction, those that no backup keeps included. Repeating it is harmless.
 *
 * @returns how many rows each table held
 * @throws connector.*; backup.refused, with nothing deleted, where our role may not delete all of it
 */
export function deleteTenantRows(source: SourceDatabase, tenantId: string): Promise<readonly TenantCount[]> {
  return onDatabase(source, undefined, async (client) => {
    await beginRestore(client);
    const catalogue = await readCatalogue(client);
    const selection = everyTable(source, catalogue);
    const counts = await countAll(client, selection, tenantId);
    // Triggers of the application find their own tables again.
    await client.query('set local search_path to default');
    await deleteRows({ client, selection, catalogue }, tenantId);
    await client.query('commit').catch((error: unknown) => {
      throw source.fault(error, undefined, true);
    });
    return counts;
  });
}

const everyTable = (source: SourceDatabase, catalogue: Awaited<ReturnType<typeof readCatalogue>>): Selection =>
  selectTables({ ...source, leaveOut: [] }, catalogue, 'tenant');

const countAll = async (client: pg.Client, { tables }: Selection, tenantId: string): Promise<readonly TenantCount[]> =>
  [...(await countOf(client, tables, tenantId))].map(([table, rows]) => ({ table, rows }));

async function onDatabase<T>(
  source: SourceDatabase,
  signal: AbortSignal | undefined,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await source.connect(signal);
  const uncut = cutOnAbort(client, signal);
  try {
    return await work(client);
  } catch (error) {
    throw source.fault(error, signal);
  } finally {
    uncut();
    // Whatever was not committed goes with the connection.
    await closeClient(client);
  }
}
