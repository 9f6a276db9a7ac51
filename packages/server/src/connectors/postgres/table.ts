import { TenantryError } from '@tenantry/contract';
import { revealText, Secret } from '../kit/index.ts';
import type { Session } from './session.ts';
import { quoteName, quoteTable } from './sql.ts';

/** A table as the catalogue knows it: columns by name, each with its type without length. */
export interface Table {
  /** As the runbook wrote it. */
  readonly name: string;
  readonly quoted: string;
  readonly columns: ReadonlyMap<string, string>;
}

/** @throws TenantryError `connector.not_found` for a table or a column that does not exist or is hidden. */
export async function loadTable(session: Session, name: string, uses: readonly string[]): Promise<Table> {
  const quoted = quoteTable(name);
  // format_type with -1 and not the column's own modifier: a cast to varchar(5) would cut silently.
  const { rows } = await session.query(
    `select attname as name, format_type(atttypid, -1) as type from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [quoted],
  );
  if (rows.length === 0) throw missing(`There is no table ${name}, or the role may not see its schema.`);
  const columns = new Map(rows.map((row) => [String(row.name), String(row.type)]));
  const unknown = uses.filter((column) => !columns.has(column));
  if (unknown.length > 0) {
    throw missing(`Table ${name} has no column ${unknown.join(', ')}; it has ${[...columns.keys()].join(', ')}.`);
  }
  return { name, quoted, columns };
}

const missing = (message: string): TenantryError =>
  new TenantryError('connector.not_found', message, {
    facts: { effect: 'none' },
    next: 'Correct the step, or run the migrations of the application first.',
  });

/** Collects the values of one statement and hands out their places: `$1`, `$2`, … */
export interface Parameters {
  readonly values: unknown[];
  add(value: unknown): string;
}

export function parameters(): Parameters {
  const values: unknown[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}

const isJson = (type: string | undefined): boolean => type === 'json' || type === 'jsonb';

/** A value as the driver must be given it for a column of this type. */
export function parameterOf(table: Table, column: string, value: unknown): unknown {
  const type = table.columns.get(column);
  if (value === null) return null;
  if (value instanceof Secret) return isJson(type) ? JSON.stringify(value.reveal()) : revealText(value);
  if (isJson(type)) return JSON.stringify(value);
  if (Array.isArray(value) && type?.endsWith('[]')) return value;
  if (typeof value === 'object') {
    throw new TenantryError(
      'runbook.invalid',
      `Column ${column} of ${table.name} is ${type} and cannot hold a list or a map.`,
    );
  }
  return value;
}

/** Types without an equality operator are compared by their text. */
const BY_TEXT = new Set(['json', 'xml', 'point', 'polygon', 'line', 'lseg', 'path', 'box']);

/** SQL that is true where the column holds the value; nulls count as equal. */
export function equals(table: Table, column: string, value: unknown, given: Parameters): string {
  const type = table.columns.get(column) ?? 'text';
  const place = given.add(parameterOf(table, column, value));
  if (type === 'json') return `(t.${quoteName(column)}::jsonb is not distinct from ${place}::jsonb)`;
  const cast = BY_TEXT.has(type) ? '::text' : '';
  return `(t.${quoteName(column)}${cast} is not distinct from ${place}::${type}${cast})`;
}

/** The WHERE clause that names one row by its key. */
export const matches = (table: Table, key: Readonly<Record<string, unknown>>, given: Parameters): string =>
  Object.entries(key)
    .map(([column, value]) => equals(table, column, value, given))
    .join(' and ');
