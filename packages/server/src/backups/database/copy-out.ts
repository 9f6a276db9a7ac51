import { createHash } from 'node:crypto';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type Manifest, schemaHash, shapeOf, type TableEntry } from '../core/manifest.ts';
import { frame, jsonFrame } from '../file/frames.ts';
import type { Catalogue, Sequence } from './catalogue.ts';
import { tenantLiteral } from './snapshot.ts';
import { columnList, quoteName, quoteTable } from './sql-names.ts';
import type { SelectedTable, Selection } from './tenant-tables.ts';

/** Which rows of a table, in an order that any later reading of the same rows repeats. */
export interface RowsQuery {
  readonly table: Pick<SelectedTable, 'name' | 'columns' | 'key' | 'collated' | 'partitioned' | 'tenantColumn'>;
  /** Where the rows stand now; the table itself unless they were put elsewhere. */
  readonly from?: string;
  readonly tenantId: string | undefined;
}

/**
 * Rows of one tenant lie scattered, so they are sorted; a whole table is read as it lies, which is the order it has
 * again after it was filled from this copy.
 */
export function rowsQuery({ table, from, tenantId }: RowsQuery): string {
  const source = from ?? `${table.partitioned ? '' : 'only '}${quoteTable(table.name)}`;
  const select = `select ${columnList(table.columns)} from ${source} as t`;
  if (tenantId === undefined) return select;
  const where =
    from === undefined && table.tenantColumn !== undefined
      ? ` where ${quoteName(table.tenantColumn)} = ${tenantLiteral(tenantId)}`
      : '';
  return `${select}${where} order by ${orderOf(table)}`;
}

function orderOf({ key, collated, columns }: RowsQuery['table']): string {
  const byC = new Set(collated);
  if (key.length > 0)
    return key.map((name) => `t.${quoteName(name)}${byC.has(name) ? ' collate pg_catalog."C"' : ''}`).join(', ');
  return `row(${columns.map(({ name }) => `t.${quoteName(name)}`).join(', ')})::text collate pg_catalog."C"`;
}

export interface CopyOutOptions {
  readonly client: pg.Client;
  readonly selection: Selection;
  readonly catalogue: Catalogue;
  readonly tenantId: string | undefined;
  readonly onTable?: ((done: number, of: number, name: string) => void) | undefined;
}

/** A database as frames, the manifest last. Answers the manifest as well, for the list of backups. */
export async function* copyOut(options: CopyOutOptions, told: (manifest: Manifest) => void): AsyncGenerator<Buffer> {
  const { client, selection, catalogue, tenantId, onTable } = options;
  const tables: TableEntry[] = [];
  for (const [index, table] of selection.tables.entries()) {
    onTable?.(index, selection.tables.length, table.name);
    yield* jsonFrame('table', { name: table.name });
    const hash = createHash('sha256');
    const stream = client.query(copyTo(`copy (${rowsQuery({ table, tenantId })}) to stdout`));
    let bytes = 0;
    for await (const chunk of stream) {
      const piece = chunk as Buffer;
      hash.update(piece);
      bytes += piece.length;
      yield* frame('rows', piece);
    }
    const entry = { ...shapeOf(table), rows: stream.rowCount, bytes, sha256: hash.digest('hex') };
    yield* jsonFrame('end', { rows: entry.rows, sha256: entry.sha256 });
    tables.push(entry);
  }
  const manifest: Manifest = {
    format: 1,
    database: selection.database,
    server: catalogue.server,
    tables,
    sequences: await readSequences(client, sequencesOf(selection, catalogue)),
    schema_sha256: schemaHash(tables),
  };
  told(manifest);
  yield* jsonFrame('manifest', manifest);
}

/** What is hashed is what is stored: the same query, thrown away as it comes. */
export async function hashRows(
  client: pg.Client,
  query: string,
): Promise<{ readonly rows: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  const stream = client.query(copyTo(`copy (${query}) to stdout`));
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return { rows: stream.rowCount, sha256: hash.digest('hex') };
}

/** Those that the tables copied draw from; one that no table owns belongs to the database as a whole. */
export const sequencesOf = (selection: Selection, { sequences }: Catalogue): readonly Sequence[] => {
  const copied = new Map(selection.tables.map((table) => [table.name, table]));
  const partial = selection.tables.some(({ tenantColumn }) => tenantColumn !== undefined);
  return sequences.filter(({ table }) => (table === null ? !partial : copied.has(table)));
};

/** Read after the rows: a sequence has no past, so its value covers every row the snapshot shows. */
async function readSequences(client: pg.Client, sequences: readonly Sequence[]): Promise<Manifest['sequences']> {
  const values: Manifest['sequences'] = [];
  for (const { name, mayRead } of sequences) {
    if (!mayRead) continue;
    const { rows } = await client.query<{ value: string; called: boolean }>(
      `select last_value::text as value, is_called as called from ${quoteTable(name)}`,
    );
    if (rows[0] !== undefined) values.push({ name, ...rows[0] });
  }
  return values;
}
