/**
 * `postgres.row`: one row of the product's database, named by its key. Created rows are deleted by undo,
 * changed ones get their earlier values back, adopted ones are left alone.
 */
import { canonicalJson, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import {
  type ActionContext,
  type Applied,
  defineAction,
  isKnown,
  isSecretRef,
  isSecretTemplate,
  isWhollyKnown,
  json,
  markOf,
  type Planned,
  type PlannedChange,
  type Proof,
  type ResourceClaim,
  Secret,
  secret,
} from '../kit/index.ts';
import { findMark, type Mark, requireMarks, writeMark } from './marks.ts';
import { columnsOf, type RowAsked, type RowState, readColumns, readRows } from './row-state.ts';
import { undoRow } from './row-undo.ts';
import { type Session, transaction } from './session.ts';
import { type PostgresTarget, targetOf } from './settings.ts';
import { quoteName } from './sql.ts';
import { loadTable, matches, parameterOf, parameters, type Table } from './table.ts';

const value: z.ZodType<unknown> = z.union([secret(), json()]);

const input = z.strictObject({
  /** Name of the connection. */
  database: z.string().min(1),
  table: z.string().min(1),
  /** Column: value; together they name exactly one row. */
  key: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .refine((key) => Object.keys(key).length > 0, 'expects at least one column'),
  values: z.record(z.string(), value).default({}),
  /** Columns to give back beside key and values, such as a generated id. */
  returns: z.array(z.string()).default([]),
  /** Tenant in whose context the row is written, read back and deleted (PDB-05, CH-77). */
  tenant: z.uuid().optional(),
  /** A connection whose role sees every row; it then confirms a deletion. */
  control: z.string().min(1).optional(),
  /** When a row of this key is there and is not ours. */
  on_exists: z.enum(['refuse', 'adopt', 'update']).default('refuse'),
});

const output = z.strictObject({
  /** The row as read back; secrets are left out. */
  row: z.record(z.string(), json()),
  outcome: z.enum(['created', 'changed', 'adopted']),
});

type Input = z.infer<typeof input>;
type Output = z.infer<typeof output>;
type Outcome = Output['outcome'];

const rowName = (given: Pick<Input, 'table' | 'key'>): string =>
  `${given.table} ${Object.entries(given.key)
    .map(([column, part]) => `${column}=${part}`)
    .join(' ')}`;

/** What a plan can say before every value is known; an unknown one prints as `(known after apply)`. */
function partlyKnownName(planned: Planned<Input>): string {
  const key = isKnown(planned) && isKnown(planned.key) ? Object.entries(planned.key) : [];
  const table = isKnown(planned) ? String(planned.table) : String(planned);
  return [table, ...key.map(([column, part]) => `${column}=${String(part)}`)].join(' ');
}

const withTable = async (session: Session, given: Input): Promise<Table> =>
  loadTable(session, given.table, columnsOf(given));

function conflict(what: string, next: string): TenantryError {
  return new TenantryError('connector.conflict', what, { facts: { effect: 'none' }, next });
}

/** The one row under the key. @throws TenantryError `connector.conflict` when the key names several. */
async function readRow(session: Session, table: Table, asked: RowAsked, lock = false): Promise<RowState | undefined> {
  const rows = await readRows(session, table, asked, lock);
  if (rows.length > 1) {
    throw conflict(`More than one row of ${table.name} has this key.`, 'Add columns to key until it names one row.');
  }
  return rows[0];
}

function foundAnother(given: Input, state: RowState): TenantryError {
  return conflict(
    `${rowName(given)} is there already and this run did not make it${
      state.differing.length > 0 ? `; it differs in ${state.differing.join(', ')}` : ''
    }.`,
    'Set on_exists to adopt (take it as it is) or update (change it, and restore it on undo), or choose another key.',
  );
}

function appliedOf(ctx: ActionContext, given: Input, state: RowState, outcome: Outcome): Applied<Output> {
  const claim: ResourceClaim = {
    kind: 'row',
    externalId: `${given.database}/${given.table}/${canonicalJson(given.key)}`,
    name: rowName(given),
    claim: outcome,
    undo: {
      database: given.database,
      table: given.table,
      key: given.key,
      mark: markOf(ctx.key),
      ...(given.tenant === undefined ? {} : { tenant: given.tenant }),
      ...(given.control === undefined ? {} : { control: given.control }),
    },
  };
  return { output: { row: output.shape.row.parse(state.shown), outcome }, resources: [claim] };
}

const outcomeOf = (mark: Mark): Outcome => (mark.before === undefined ? 'created' : 'changed');

function refuseForeignMark(given: Input, mark: Mark): void {
  if (mark.table === given.table && canonicalJson(mark.rowKey) === canonicalJson(given.key)) return;
  throw conflict(
    'This step has already written another row.',
    'Roll back the step before its table or key is changed.',
  );
}

async function apply(ctx: ActionContext, given: Input): Promise<Applied<Output>> {
  const target = targetOf(ctx, given.database);
  return transaction(ctx, target, { tenant: given.tenant }, async (session) => {
    await requireMarks(session, target);
    const table = await withTable(session, given);
    // Two attempts at one row wait for each other, even where no unique constraint would stop them.
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [rowName(given)]);
    const mark = await findMark(session, target, markOf(ctx.key));
    if (mark !== undefined) refuseForeignMark(given, mark);
    const found = await readRow(session, table, given, true);
    if (found === undefined) return created(ctx, target, session, table, given);
    if (mark !== undefined) return appliedOf(ctx, given, found, outcomeOf(mark));
    return existing(ctx, target, session, table, given, found);
  });
}

async function created(
  ctx: ActionContext,
  target: PostgresTarget,
  session: Session,
  table: Table,
  given: Input,
): Promise<Applied<Output>> {
  const content = { ...given.key, ...given.values };
  const columns = Object.keys(content);
  const params = parameters();
  const places = columns.map((column) => params.add(parameterOf(table, column, Reflect.get(content, column))));
  await session.query(
    `insert into ${table.quoted} (${columns.map(quoteName).join(', ')}) values (${places.join(', ')})`,
    params.values,
  );
  const state = await readRow(session, table, given);
  if (state === undefined) {
    // A row we cannot see is a row we cannot prove gone: undo would report a false zero (CH-77).
    throw conflict(
      `${rowName(given)} could be inserted but not read back by the same role.`,
      'Set tenant, so that row-level security shows the row to the role that writes it.',
    );
  }
  const after = await readColumns(session, table, given.key, columns);
  await writeMark(session, target, markOf(ctx.key), {
    table: given.table,
    rowKey: given.key,
    before: undefined,
    after,
  });
  return appliedOf(ctx, given, state, 'created');
}

async function existing(
  ctx: ActionContext,
  target: PostgresTarget,
  session: Session,
  table: Table,
  given: Input,
  found: RowState,
): Promise<Applied<Output>> {
  if (given.on_exists === 'refuse') throw foundAnother(given, found);
  if (found.differing.length === 0) return appliedOf(ctx, given, found, 'adopted');
  if (given.on_exists === 'adopt') throw foundAnother(given, found);
  const before = await readColumns(session, table, given.key, found.differing);
  const params = parameters();
  const set = found.differing.map(
    (column) => `${quoteName(column)} = ${params.add(parameterOf(table, column, given.values[column]))}`,
  );
  const where = matches(table, given.key, params);
  const { rowCount } = await session.query(
    `update ${table.quoted} t set ${set.join(', ')} where ${where}`,
    params.values,
  );
  const state = await readRow(session, table, given);
  if (rowCount !== 1 || state === undefined) {
    throw conflict(
      `${rowName(given)} could not be changed by this role.`,
      'Check the policies for UPDATE and the tenant.',
    );
  }
  const after = await readColumns(session, table, given.key, found.differing);
  await writeMark(session, target, markOf(ctx.key), { table: given.table, rowKey: given.key, before, after });
  return appliedOf(ctx, given, state, 'changed');
}

async function find(ctx: ActionContext, given: Input): Promise<Applied<Output> | undefined> {
  const target = targetOf(ctx, given.database);
  return transaction(ctx, target, { tenant: given.tenant, readOnly: true }, async (session) => {
    const mark = await findMark(session, target, markOf(ctx.key));
    if (mark === undefined) return undefined;
    refuseForeignMark(given, mark);
    const state = await readRow(session, await withTable(session, given), given);
    return state === undefined ? undefined : appliedOf(ctx, given, state, outcomeOf(mark));
  });
}

const isSecretive = (part: unknown): boolean => part instanceof Secret || isSecretRef(part) || isSecretTemplate(part);

const shownValues = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([column, part]) => [column, isSecretive(part) ? '[secret]' : part]));

async function plannedChange(ctx: ActionContext, given: Input): Promise<PlannedChange> {
  const target = targetOf(ctx, given.database);
  const change = { kind: 'row', name: rowName(given) };
  // A plan is handed references to secrets, never what they hold: those columns cannot be compared.
  const readable = Object.entries(given.values).filter(([, part]) => !isSecretive(part));
  const comparable = { ...given, values: Object.fromEntries(readable) };
  const comparesAll = readable.length === Object.keys(given.values).length;
  return transaction(ctx, target, { tenant: given.tenant, readOnly: true }, async (session) => {
    await requireMarks(session, target);
    const mark = await findMark(session, target, markOf(ctx.key));
    const state = await readRow(session, await withTable(session, given), comparable);
    if (state === undefined) return { ...change, verb: 'create', after: shownValues(given.values) };
    if (mark !== undefined) return { ...change, verb: 'none' };
    if (given.on_exists === 'refuse') throw foundAnother(given, state);
    if (state.differing.length === 0 && (comparesAll || given.on_exists === 'adopt'))
      return { ...change, verb: 'adopt' };
    if (given.on_exists === 'adopt') throw foundAnother(given, state);
    return { ...change, verb: 'change', before: state.shown, after: shownValues(given.values) };
  });
}

async function verify(ctx: ActionContext, given: Input, applied: Applied<Output>): Promise<Proof<Output>> {
  const target = targetOf(ctx, given.database);
  const state = await transaction(ctx, target, { tenant: given.tenant, readOnly: true }, async (session) =>
    readRow(session, await withTable(session, given), given),
  );
  return {
    ok: state !== undefined && state.differing.length === 0,
    expected: { rows: 1, columns: { ...given.key, ...shownValues(given.values) } },
    actual: state === undefined ? { rows: 0 } : { rows: 1, columns: state.shown, differing: state.differing },
    output: { row: output.shape.row.parse(state?.shown ?? {}), outcome: applied.output.outcome },
  };
}

export const rowAction = defineAction<Input, Output>({
  name: 'postgres.row',
  version: 1,
  summary: 'Creates, adopts or changes one row of a database',
  delivery: 'readback',
  undoability: 'reversible',
  input,
  output,
  async plan(ctx, planned) {
    if (!isWhollyKnown(planned)) return { changes: [{ verb: 'create', kind: 'row', name: partlyKnownName(planned) }] };
    return { changes: [await plannedChange(ctx, input.parse(planned))] };
  },
  apply,
  find,
  verify,
  undo: undoRow,
});
