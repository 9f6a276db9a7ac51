/** What a backup says it holds, at the end of its file and sealed like the rest. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@tenantry/contract';
import { z } from 'zod';

const columnSchema = z.strictObject({
  name: z.string(),
  /** As `format_type` writes it. */
  type: z.string(),
  required: z.boolean(),
});

export const tableEntrySchema = z.strictObject({
  /** `schema.table` */
  name: z.string(),
  columns: z.array(columnSchema),
  /** Columns of the primary key; empty where there is none. */
  key: z.array(z.string()),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Of the rows as COPY writes them. */
  sha256: z.string(),
});

export const manifestSchema = z.strictObject({
  format: z.literal(1),
  database: z.string(),
  /** `server_version_num` of the server it was taken from. */
  server: z.int(),
  tables: z.array(tableEntrySchema),
  sequences: z.array(z.strictObject({ name: z.string(), value: z.string(), called: z.boolean() })),
  /** SHA-256 over names, columns and keys of the tables. */
  schema_sha256: z.string(),
});

export type Column = z.infer<typeof columnSchema>;
export type TableEntry = z.infer<typeof tableEntrySchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** The shape of a table, without what is in it. */
export type TableShape = Pick<TableEntry, 'name' | 'columns' | 'key'>;

export const shapeOf = ({ name, columns, key }: TableShape): TableShape => ({ name, columns, key });

/** The fingerprint two databases share when they have the same tables. */
export const schemaHash = (tables: readonly TableShape[]): string =>
  createHash('sha256')
    .update(canonicalJson(tables.map(shapeOf).toSorted((a, b) => (a.name < b.name ? -1 : 1))))
    .digest('hex');

/** A table where a backup is to go. */
export interface LiveTable extends TableShape {
  /** Columns a row may be without: null, or filled in by the database. */
  readonly optional: readonly string[];
}

/**
 * Why the rows of a backup do not fit the tables there are: one sentence for each table or column that is missing or
 * of another type. A column that was added since and may be left out is no reason.
 */
export function misfits(tables: readonly TableShape[], live: readonly LiveTable[]): readonly string[] {
  const there = new Map(live.map((table) => [table.name, table]));
  return tables.flatMap((table) => {
    const target = there.get(table.name);
    if (target === undefined) return [`the database has no table ${table.name}`];
    const types = new Map(target.columns.map((column) => [column.name, column.type]));
    const wrong = table.columns.flatMap(({ name, type }) => {
      const found = types.get(name);
      if (found === type) return [];
      return [
        found === undefined
          ? `${table.name} has no column ${name} in the database`
          : `${table.name}.${name} is ${type} in the backup and ${found} in the database`,
      ];
    });
    const given = new Set(table.columns.map((column) => column.name));
    const needed = target.columns.filter(({ name }) => !given.has(name) && !target.optional.includes(name));
    return [...wrong, ...needed.map(({ name }) => `${table.name}.${name} needs a value and the backup has none`)];
  });
}

/** What a restore did to one table. */
export interface RestoredTable {
  readonly database: string;
  readonly table: string;
  /** Rows before and after; of the one tenant where it is a tenant's. */
  readonly before: number;
  readonly after: number;
}
