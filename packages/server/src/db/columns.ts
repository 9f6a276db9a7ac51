import { getTableColumns, getTableName } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';

/** What the driver would answer as text, because not every one of them fits a number. Ours do: Drizzle reads them so. */
const WIDE = 'PgBigInt53';

/**
 * The columns of a table under the names Drizzle gives them, for statements of hot paths: to build one anew costs more
 * than PostgreSQL takes to answer it. A row then is the table's `$inferSelect`.
 */
export const columnsOf = (table: PgTable, alias = getTableName(table)): string =>
  Object.entries(getTableColumns(table))
    .map(([key, { name, columnType }]) => `${alias}.${name}${columnType === WIDE ? '::float8' : ''} as "${key}"`)
    .join(', ');
