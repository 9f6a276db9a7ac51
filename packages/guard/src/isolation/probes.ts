/**
 * The attempts that isolation must withstand, one table at a time, each inside a savepoint of a transaction
 * that is rolled back. A second, unknown tenant id finds policies that hold only where a WHERE clause
 * happens to help: under it nothing may be seen, changed or deleted at all, and nothing is locked when all
 * is well.
 */
import { randomUUID } from 'node:crypto';
import { quoteName, quoteTable, type Session, setTenant, stateOf, type Tenancy } from './session.ts';

/**
 * `refused` and `empty` are what should happen. `no_privilege`: the role may not use the verb at all. `fails`: nothing was
 * reached, and a query without a tenant breaks instead of finding nothing.
 */
export type Outcome = 'refused' | 'empty' | 'no_privilege' | 'fails' | 'leak';

export interface Probe {
  readonly table: string;
  readonly verb: 'read' | 'insert' | 'update' | 'delete';
  readonly outcome: Outcome;
  readonly detail: string;
}

export interface Question {
  readonly tenant: string;
  readonly other: string;
  readonly tenancy: Tenancy;
}

const REFUSED = '42501';
/** Errors that come after row-level security has let the row through. */
const PAST_POLICY = /^(23|428C9|22)/;
const PRIVILEGE = /^permission denied/;
const SAVEPOINT = 'probe';

export type Attempt = { readonly rows: number } | { readonly state: string; readonly message: string };

/** Tries a statement and takes it back, whatever came of it. */
export async function attempt(session: Session, text: string, values: readonly unknown[]): Promise<Attempt> {
  await session.query(`savepoint ${SAVEPOINT}`);
  try {
    const { rowCount, rows } = await session.query(text, values);
    const counted = rows[0]?.count;
    return { rows: counted === undefined ? rowCount : Number(counted) };
  } catch (error) {
    const state = stateOf(error);
    if (state === undefined || /^(57|08|53|55)/.test(state)) throw error;
    return { state, message: error instanceof Error ? error.message : String(error) };
  } finally {
    await session.query(`rollback to savepoint ${SAVEPOINT}`);
  }
}

/** How many of one tenant's rows the role sees when it is that tenant. */
export async function countOwn(session: Session, table: string, question: Question, tenant: string): Promise<number> {
  await setTenant(session, question.tenancy, tenant);
  const text = `select count(*) from ${quoteTable(table)} where ${quoteName(question.tenancy.column)}::text = $1`;
  const counted = await attempt(session, text, [tenant]);
  return 'rows' in counted ? counted.rows : 0;
}

/** All verbs on one table. */
export async function probeTable(session: Session, table: string, question: Question): Promise<Probe[]> {
  return [
    await probeRead(session, table, question),
    await probeInsert(session, table, question),
    await probeUpdate(session, table, question),
    await probeDelete(session, table, question),
  ];
}

interface Try {
  readonly as: 'tenant' | 'unknown' | 'nobody';
  readonly text: string;
  readonly values: readonly unknown[];
  readonly detail: string;
}

/** The worst outcome of several tries decides. */
async function judge(
  session: Session,
  table: string,
  verb: Probe['verb'],
  question: Question,
  tries: readonly Try[],
): Promise<Probe> {
  const probes: Probe[] = [];
  for (const { as, text, values, detail } of tries) {
    const tenant = as === 'tenant' ? question.tenant : as === 'unknown' ? randomUUID() : '';
    await setTenant(session, question.tenancy, tenant);
    const tried = await attempt(session, text, values);
    probes.push(as === 'nobody' ? verdictOfNobody(table, verb, tried, detail) : verdict(table, verb, tried, detail));
  }
  const worst = (outcome: Outcome): Probe | undefined => probes.find((probe) => probe.outcome === outcome);
  return worst('leak') ?? worst('fails') ?? probes[0] ?? { table, verb, outcome: 'leak', detail: 'nothing was tried' };
}

/** Without a tenant a query finds nothing. One that breaks reached nothing either, and takes the request down with it. */
export function verdictOfNobody(table: string, verb: Probe['verb'], result: Attempt, detail: string): Probe {
  if ('rows' in result || result.state === REFUSED) return verdict(table, verb, result, detail);
  return { table, verb, outcome: 'fails', detail: `without a tenant it fails (SQLSTATE ${result.state})` };
}

function verdict(table: string, verb: Probe['verb'], result: Attempt, detail: string): Probe {
  if ('rows' in result) {
    return result.rows === 0
      ? { table, verb, outcome: 'empty', detail: 'no row was reached' }
      : { table, verb, outcome: 'leak', detail: `${detail}: ${result.rows} rows` };
  }
  if (result.state === REFUSED) {
    const outcome = PRIVILEGE.test(result.message) ? 'no_privilege' : 'refused';
    return { table, verb, outcome, detail: outcome === 'refused' ? 'a policy refused it' : 'the role may not' };
  }
  if (PAST_POLICY.test(result.state)) {
    return {
      table,
      verb,
      outcome: 'leak',
      detail: `${detail}: only a constraint stopped it (SQLSTATE ${result.state})`,
    };
  }
  return { table, verb, outcome: 'refused', detail: `it failed (SQLSTATE ${result.state})` };
}

export function probeRead(session: Session, table: string, question: Question): Promise<Probe> {
  const from = `select count(*) from ${quoteTable(table)}`;
  const column = quoteName(question.tenancy.column);
  return judge(session, table, 'read', question, [
    {
      as: 'tenant',
      text: `${from} where ${column}::text is distinct from $1`,
      values: [question.tenant],
      detail: "the tenant sees others' rows",
    },
    { as: 'unknown', text: from, values: [], detail: 'an unknown tenant sees rows' },
    { as: 'nobody', text: from, values: [], detail: 'rows are seen without a tenant' },
  ]);
}

/** Every other column is null, so that no sequence moves; row-level security is asked before NOT NULL is. */
async function probeInsert(session: Session, table: string, question: Question): Promise<Probe> {
  const { rows } = await session.query(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
     and attgenerated = '' and attname <> $2`,
    [quoteTable(table), question.tenancy.column],
  );
  const others = rows.map((row) => quoteName(String(row.name)));
  const columns = [quoteName(question.tenancy.column), ...others].join(', ');
  const text = `insert into ${quoteTable(table)} (${columns}) overriding system value values (${['$1', ...others.map(() => 'null')].join(', ')})`;
  return judge(session, table, 'insert', question, [
    { as: 'tenant', text, values: [question.other], detail: 'the tenant may insert a row of another' },
  ]);
}

function probeUpdate(session: Session, table: string, question: Question): Promise<Probe> {
  const column = quoteName(question.tenancy.column);
  const update = `update ${quoteTable(table)} set ${column}`;
  return judge(session, table, 'update', question, [
    {
      as: 'tenant',
      text: `${update} = ${column} where ${column}::text = $1`,
      values: [question.other],
      detail: "the tenant may change another's rows",
    },
    // Without a WHERE clause: with one, the policy for SELECT would be asked about the new row as well, and
    // hide a WITH CHECK that is missing. Where all is well, the first row already is refused.
    {
      as: 'tenant',
      text: `${update} = $1`,
      values: [question.other],
      detail: 'the tenant may hand its rows to another',
    },
    { as: 'unknown', text: `${update} = $1`, values: [question.tenant], detail: 'an unknown tenant may change rows' },
  ]);
}

function probeDelete(session: Session, table: string, question: Question): Promise<Probe> {
  const from = `delete from ${quoteTable(table)}`;
  return judge(session, table, 'delete', question, [
    {
      as: 'tenant',
      text: `${from} where ${quoteName(question.tenancy.column)}::text = $1`,
      values: [question.other],
      detail: "the tenant may delete another's rows",
    },
    // Without a WHERE clause the policies for SELECT are not asked: this is the one for DELETE alone.
    { as: 'unknown', text: from, values: [], detail: 'an unknown tenant may delete rows' },
  ]);
}
