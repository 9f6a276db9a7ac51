/**
 * The mark that `postgres.row` leaves in the product's own database, in the same transaction as the row. It
 * answers what the row itself cannot: was it this attempt that made it, and what stood there before. Earlier
 * values never leave that database, so a replaced credential reaches neither ledger nor evidence.
 */
import { TenantryError } from '@tenantry/contract';
import type { Session } from './session.ts';
import type { PostgresTarget } from './settings.ts';
import { quoteTable } from './sql.ts';

export interface Mark {
  readonly table: string;
  readonly rowKey: unknown;
  /** Undefined for a row that was created. */
  readonly before: Readonly<Record<string, unknown>> | undefined;
  readonly after: Readonly<Record<string, unknown>>;
}

/** What an application's migrations create once; shown to whoever has not. */
export const marksDefinition = (table: string): string => `create table ${table} (
  key text primary key,
  table_name text not null,
  row_key jsonb not null,
  before jsonb,
  after jsonb not null,
  made_at timestamptz not null default now()
);`;

/** @throws TenantryError `connector.not_found` that carries the statement to run. */
export async function requireMarks(session: Session, target: PostgresTarget): Promise<void> {
  const table = target.settings.marks;
  const { rows } = await session.query('select to_regclass($1) is not null as present', [quoteTable(table)]);
  if (rows[0]?.present === true) return;
  throw new TenantryError(
    'connector.not_found',
    `${target.system} has no table ${table}, in which rows we make are marked.`,
    {
      facts: { effect: 'none', definition: marksDefinition(table) },
      next: `Run once, as the role of this connection: ${marksDefinition(table)}`,
    },
  );
}

export async function findMark(session: Session, target: PostgresTarget, mark: string): Promise<Mark | undefined> {
  const { rows } = await session.query(
    `select table_name, row_key, before, after from ${quoteTable(target.settings.marks)} where key = $1`,
    [mark],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    table: String(row.table_name),
    rowKey: row.row_key,
    before: isRecord(row.before) ? row.before : undefined,
    after: isRecord(row.after) ? row.after : {},
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export async function writeMark(session: Session, target: PostgresTarget, mark: string, content: Mark): Promise<void> {
  await session.query(
    `insert into ${quoteTable(target.settings.marks)} (key, table_name, row_key, before, after) values ($1, $2, $3, $4, $5)
     on conflict (key) do update set before = excluded.before, after = excluded.after, made_at = now()`,
    [
      mark,
      content.table,
      JSON.stringify(content.rowKey),
      content.before === undefined ? null : JSON.stringify(content.before),
      JSON.stringify(content.after),
    ],
  );
}

export async function removeMark(session: Session, target: PostgresTarget, mark: string): Promise<void> {
  await session.query(`delete from ${quoteTable(target.settings.marks)} where key = $1`, [mark]);
}
