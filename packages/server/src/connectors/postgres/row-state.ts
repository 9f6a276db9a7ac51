import { Secret } from '../kit/index.ts';
import type { Session } from './session.ts';
import { quoteName } from './sql.ts';
import { equals, matches, parameters, type Table } from './table.ts';

export interface RowAsked {
  readonly key: Readonly<Record<string, string | number | boolean>>;
  readonly values: Readonly<Record<string, unknown>>;
  readonly returns: readonly string[];
}

export interface RowState {
  /** Columns that may be shown: the key, what was asked for by `returns`, and every value that is no secret. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** Columns whose content is not the one asked for. */
  readonly differing: readonly string[];
}

export const columnsOf = (asked: RowAsked): string[] => [
  ...new Set([...Object.keys(asked.key), ...Object.keys(asked.values), ...asked.returns]),
];

/** Reads the rows under the key; values are compared by the database, so that its types decide. */
export async function readRows(session: Session, table: Table, asked: RowAsked, lock: boolean): Promise<RowState[]> {
  const given = parameters();
  const shown = columnsOf(asked).filter((column) => !(asked.values[column] instanceof Secret));
  const compared = Object.entries(asked.values);
  const select = [
    ...shown.map((column, at) => `to_jsonb(t.${quoteName(column)}) as v${at}`),
    ...compared.map(([column, value], at) => `${equals(table, column, value, given)} as s${at}`),
  ];
  const where = matches(table, asked.key, given);
  const { rows } = await session.query(
    `select ${select.join(', ')} from ${table.quoted} t where ${where} limit 2${lock ? ' for update' : ''}`,
    given.values,
  );
  return rows.map((row) => ({
    shown: Object.fromEntries(shown.map((column, at) => [column, row[`v${at}`] ?? null])),
    differing: compared.flatMap(([column], at) => (row[`s${at}`] === true ? [] : [column])),
  }));
}

/** The named columns of the row as JSON, made by the database so that it can restore them exactly. */
export async function readColumns(
  session: Session,
  table: Table,
  key: RowAsked['key'],
  columns: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const given = parameters();
  const names = given.add(columns);
  const { rows } = await session.query(
    `select (select jsonb_object_agg(name, to_jsonb(t) -> name) from unnest(${names}::text[]) as name) as content
     from ${table.quoted} t where ${matches(table, key, given)}`,
    given.values,
  );
  const content = rows[0]?.content;
  return typeof content === 'object' && content !== null ? { ...content } : {};
}
