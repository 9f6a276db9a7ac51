/**
 * Rows of a backup in temporary tables: seen by nobody else, gone with the session, and made by any role that may use
 * the database. There they are counted and compared before a row of a real table is touched.
 */
import { pipeline } from 'node:stream/promises';
import { bug } from '@tenantry/contract';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { TableEntry } from '../core/manifest.ts';
import type { Frame } from '../file/frames.ts';
import { tableName } from '../file/read-file.ts';
import { columnList, quoteName, quoteTable } from './sql-names.ts';

/** Where the rows of a table of the manifest go. */
export type Target = (table: TableEntry, index: number) => string;

export const stageName = (index: number): string => `pg_temp.${quoteName(`tenantry_stage_${index}`)}`;

/**
 * A temporary table like each real one. `proving` takes indexes and checks along, so that what the real table would
 * refuse is refused here.
 */
export async function makeStages(
  client: pg.ClientBase,
  tables: readonly TableEntry[],
  { proving }: { readonly proving: boolean },
): Promise<void> {
  for (const [index, { name, columns }] of tables.entries()) {
    await client.query(
      `create temporary table ${quoteName(`tenantry_stage_${index}`)} (like ${quoteTable(name)} including generated
       ${proving ? 'including constraints including indexes' : ''}) on commit drop`,
    );
    // Columns that came later are not in the backup; the real table fills them in when its turn comes.
    const { rows } = await client.query<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
       and attnotnull and attgenerated = '' and not attname = any ($2)`,
      [stageName(index), columns.map((column) => column.name)],
    );
    for (const column of rows) {
      await client.query(`alter table ${stageName(index)} alter column ${quoteName(column.name)} drop not null`);
    }
  }
}

/**
 * Reads frames into tables. Each table is one COPY, so memory holds a few pieces whatever its size.
 *
 * @throws what PostgreSQL says of rows it does not take
 */
export async function loadRows(
  client: pg.Client,
  frames: AsyncIterable<Frame>,
  tables: readonly TableEntry[],
  target: Target,
): Promise<void> {
  const places = new Map(tables.map((table, index) => [table.name, { table, index }]));
  const iterator = frames[Symbol.asyncIterator]();
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      const { kind, bytes } = next.value;
      if (kind !== 'table') continue;
      const { table, index } = places.get(tableName(bytes)) ?? unknown(tableName(bytes));
      const copy = copyFrom(`copy ${target(table, index)} (${columnList(table.columns)}) from stdin`);
      await pipeline(rowsOf(iterator), client.query(copy));
    }
  } finally {
    await iterator.return?.();
  }
}

/** The pieces of one table. The iterator is left where the next table begins. */
async function* rowsOf(iterator: AsyncIterator<Frame>): AsyncGenerator<Buffer> {
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    if (next.value.kind === 'end') return;
    if (next.value.kind === 'rows') yield next.value.bytes;
  }
}

const unknown = (name: string): never => {
  throw bug(`The frames of a checked backup name the table ${name}, which its manifest does not.`);
};
