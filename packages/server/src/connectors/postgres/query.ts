/** `postgres.query`: one statement that reads, and its rows as JSON. */
import { z } from 'zod';
import { defineCheck, json, redactValue, revealText, Secret, secret, secretsOf } from '../kit/index.ts';
import { type Row, type Session, transaction } from './session.ts';
import { targetOf } from './settings.ts';

const ROWS_MAX = 1_000;
const ROWS_DEFAULT = 100;
const BYTES_MAX = 262_144;

const input = z.strictObject({
  database: z.string().min(1),
  /** One SELECT, VALUES or WITH; `$1`, `$2` stand for `params`. */
  sql: z.string().min(1).max(20_000),
  params: z.array(z.union([z.string(), z.number(), z.boolean(), z.null(), secret()])).default([]),
  tenant: z.uuid().optional(),
  /** Rows given back at most. */
  limit: z.int().min(0).max(ROWS_MAX).default(ROWS_DEFAULT),
  timeout_ms: z.int().min(1).max(25_000).default(10_000),
});

const output = z.strictObject({
  /** Numbers are JSON numbers (inexact past 2^53: cast those to text), times ISO 8601. */
  rows: z.array(z.record(z.string(), json())),
  /** All rows of the statement, also those past the limit. */
  row_count: z.number(),
  truncated: z.boolean(),
});

/**
 * A cursor takes nothing but a query, counts without carrying every row here, and is read within a READ ONLY
 * transaction; the extended protocol refuses a second statement. `to_jsonb` gives `count(*)` as a number.
 */
async function readThroughCursor(session: Session, sql: string, params: unknown[], limit: number) {
  await session.query(
    `declare answer no scroll cursor for select to_jsonb(q) as row from (${withoutEnd(sql)}\n) q`,
    params,
  );
  const { rows } = await session.query(`fetch forward ${limit} from answer`);
  const { rowCount } = await session.query('move forward all in answer');
  return { rows: rows.map((row) => row.row), rowCount: rows.length + rowCount };
}

const withoutEnd = (sql: string): string => sql.trim().replace(/;$/, '');

function withinBytes(rows: readonly unknown[]): unknown[] {
  let bytes = 0;
  return rows.filter((row) => {
    bytes += JSON.stringify(row).length;
    return bytes <= BYTES_MAX;
  });
}

export const queryCheck = defineCheck<z.infer<typeof input>, z.infer<typeof output>>({
  name: 'postgres.query',
  version: 1,
  summary: 'Runs one reading statement and gives its rows',
  input,
  output,
  async run(ctx, given) {
    const target = targetOf(ctx, given.database);
    const options = { readOnly: true, tenant: given.tenant, statementMs: given.timeout_ms };
    const params = given.params.map((value) => (value instanceof Secret ? revealText(value) : value));
    const { rows, rowCount } = await transaction(ctx, target, options, (session) =>
      readThroughCursor(session, given.sql, params, given.limit),
    );
    const kept = withinBytes(rows);
    const redacted = redactValue(kept, [...target.secrets, ...secretsOf(given.params)]);
    return { rows: output.shape.rows.parse(redacted), row_count: rowCount, truncated: kept.length < rowCount };
  },
});

const versionOutput = z.strictObject({ major: z.number(), text: z.string() });

const versionOf = (row: Row | undefined): z.infer<typeof versionOutput> => ({
  major: Math.floor(Number(row?.number) / 10_000),
  text: String(row?.text),
});

/** `postgres.version`: which release answers, e.g. `{ major: 16, text: "16.4" }`. */
export const versionCheck = defineCheck({
  name: 'postgres.version',
  version: 1,
  summary: 'Reads the version of the server',
  input: z.strictObject({ database: z.string().min(1) }),
  output: versionOutput,
  async run(ctx, given) {
    const { rows } = await transaction(ctx, targetOf(ctx, given.database), { readOnly: true }, (session) =>
      session.query(
        `select current_setting('server_version_num') as number, current_setting('server_version') as text`,
      ),
    );
    return versionOf(rows[0]);
  },
});
