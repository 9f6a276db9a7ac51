/** The rows of one tenant in one database of a product: read under one view of it, or deleted, or counted. */
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { readCatalogue } from './database/catalogue.ts';
import { rowsQuery } from './database/copy-out.ts';
import { beginRestore, beginSnapshot, closeClient, cutOnAbort, tenantLiteral } from './database/snapshot.ts';
import { quoteName, quoteTable } from './database/sql-names.ts';
import { type SelectedTable, type Selection, selectTables } from './database/tenant-tables.ts';
import { countOf, deleteRows } from './restoring.ts';
import type { SourceDatabase } from './sources.ts';

export interface TableRows {
  /** `schema.table`. */
  readonly name: string;
  readonly columns: readonly string[];
  /**
   * The rows in the order of the key, each the text of a JSON object of these columns on a line of its own, in pieces
   * that end where a line does.
   */
  lines(columns: readonly string[]): AsyncIterable<Buffer>;
  /** How many rows there are and how many bytes they take up, counted no further than `rowsMax`. */
  size(rowsMax: number): Promise<TableSize>;
}

export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
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
    const result = await fn(tables.map((table) => rowsOf(client, table, tenantId)));
    await client.query('rollback');
    return result;
  });
}

/**
 * COPY as CSV with a quote and a delimiter that no JSON text holds, so that each row comes as it is: a cursor costs a
 * round trip and a string for each row, which is twenty times slower.
 */
const AS_IT_IS = `format csv, quote e'\\x01', delimiter e'\\x02'`;

/** Types whose JSON holds no line end. A `json` is kept as it was written, and may stand on several lines. */
const ONE_LINE =
  /^(smallint|integer|bigint|numeric|real|double precision|boolean|text|character|uuid|date|time|timestamp|interval|jsonb|bytea|inet|cidr)\b/;

const rowsOf = (client: pg.Client, table: SelectedTable, tenantId: string): TableRows => ({
  name: table.name,
  columns: table.columns.map(({ name }) => name),
  lines: (wanted) => {
    const columns = table.columns.filter(({ name }) => wanted.includes(name));
    const query = rowsQuery({ table: { ...table, columns }, tenantId });
    const text = columns.every(({ type }) => ONE_LINE.test(type))
      ? 'row_to_json(x)::text'
      : `translate(row_to_json(x)::text, e'\\n\\r', '  ')`;
    return wholeLines(() =>
      client.query(copyTo(`copy (select ${text} from (${query}) x) to stdout with (${AS_IT_IS})`)),
    );
  },
  size: async (rowsMax) => {
    const widths = table.columns.map(({ name }) => `coalesce(pg_column_size(t.${quoteName(name)}), 0)`);
    const { rows } = await client.query<{ rows: number; bytes: number }>(
      `select count(*)::int as rows, coalesce(sum(width), 0)::float8 as bytes from (
         select ${widths.join(' + ')} as width from ${table.partitioned ? '' : 'only '}${quoteTable(table.name)} as t
         where t.${quoteName(table.tenantColumn ?? '')} = ${tenantLiteral(tenantId)} limit ${Math.ceil(rowsMax)}) w`,
    );
    return rows[0] ?? { rows: 0, bytes: 0 };
  },
});

const PIECE_BYTES = 256 * 1_024;
const LINE_END = 0x0a;

/** A server sends a packet for a row or two: what follows is done for a few hundred at once. */
async function* wholeLines(read: () => AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let [held, size]: [Buffer[], number] = [[], 0];
  for await (const chunk of read()) {
    const bytes = chunk as Buffer;
    const end = size + bytes.length < PIECE_BYTES ? 0 : bytes.lastIndexOf(LINE_END) + 1;
    if (end === 0) {
      held.push(bytes);
      size += bytes.length;
      continue;
    }
    yield Buffer.concat([...held, bytes.subarray(0, end)]);
    held = end === bytes.length ? [] : [bytes.subarray(end)];
    size = bytes.length - end;
  }
  if (size > 0) yield Buffer.concat(held);
}

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
