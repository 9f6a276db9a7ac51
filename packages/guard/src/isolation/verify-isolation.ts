import { readDetours, readRole, readTable, readTenantTables, readTenantViews, readUsers } from './catalogue.ts';
import { attempt, countOwn, type Probe, probeRead, probeTable, type Question, verdictOfNobody } from './probes.ts';
import { bypasses, type Finding, findFaults } from './rules.ts';
import { quoteName, quoteTable, type Session, type Tenancy } from './session.ts';

export interface IsolationOptions {
  /** One connection of the role the application has when it serves a tenant; not inside a transaction. */
  readonly app: Session;
  /** One connection of a role that sees every row: it finds two tenants that have some. */
  readonly control?: Session;
  /** Two tenants that have rows; those with most rows that `control` sees unless given. */
  readonly tenants?: readonly [string, string];
  /** `tenant_id` unless given. */
  readonly tenantColumn?: string;
  /** `app.current_tenant_id` unless given. */
  readonly setting?: string;
  /** Every table with the tenant column that the role may use unless given. */
  readonly tables?: readonly string[];
  /** Roles that are meant to read every tenant, such as the one that provisions. */
  readonly trustedRoles?: readonly string[];
}

export interface IsolationReport {
  /** Nothing critical was found, and something was proven. */
  readonly ok: boolean;
  readonly role: string;
  readonly tables: readonly string[];
  readonly views: readonly string[];
  /** The tenants it was proven with; empty where there were none. */
  readonly tenants: readonly string[];
  /** Rows each of them sees of its own, table by table: the control without which an empty answer proves nothing. */
  readonly control: readonly { readonly table: string; readonly rows: readonly number[] }[];
  readonly matrix: readonly Probe[];
  readonly findings: readonly Finding[];
}

/**
 * Reads how tenants are kept apart in a PostgreSQL, then tries to reach one tenant's rows as the other, with every verb
 * on every table, both ways. Everything is tried inside transactions that are rolled back.
 *
 * @throws what the connection throws; RangeError for tables that are not there
 * @example
 * const report = await verifyIsolation({ app: sessionOf(client) });
 * if (!report.ok) throw new Error(report.findings.map(({ message }) => message).join(' '));
 */
export async function verifyIsolation(options: IsolationOptions): Promise<IsolationReport> {
  const { app, tenantColumn: column = 'tenant_id', setting = 'app.current_tenant_id' } = options;
  const tenancy: Tenancy = { column, setting };
  const read = await within(app, 'begin isolation level repeatable read read only', () => readFacts(options, column));
  const { role, tables, views } = read;
  // What a role that no policy binds cannot reach proves nothing.
  const bound = !bypasses(role);
  const tenants = bound ? await findTenants(options, column, tables) : [];
  const proof = bound
    ? await within(app, 'begin', () => prove(app, { tenancy, tables, views, tenants }))
    : { matrix: [], control: [] };
  const findings = [...read.findings, ...proofFaults(proof, { tables, tenants, bound })];
  return {
    ok: findings.every(({ severity }) => severity !== 'critical'),
    role: role.name,
    tables,
    views,
    tenants,
    ...proof,
    findings,
  };
}

/** Whatever happens inside is taken back. */
async function within<T>(session: Session, begin: string, work: () => Promise<T>): Promise<T> {
  await session.query(begin);
  try {
    return await work();
  } finally {
    await session.query('rollback');
  }
}

async function readFacts({ app, tables: asked, trustedRoles = [] }: IsolationOptions, column: string) {
  const role = await readRole(app);
  const { tables: found, missing } = await readTenantTables(app, column, asked);
  if (missing.length > 0) throw new RangeError(`There is no ${missing.join(', ')} with a column ${column}.`);
  const tables = [];
  for (const table of found) tables.push(await readTable(app, table, column));
  const users = (await readUsers(app, column)).filter(({ name }) => !trustedRoles.includes(name));
  return {
    role,
    tables: found.map(({ name }) => name),
    views: await readTenantViews(app, column),
    findings: findFaults({ role, tables, detours: await readDetours(app, found), users }),
  };
}

/** The two tenants with most rows. */
async function findTenants(
  { control, tenants }: IsolationOptions,
  column: string,
  tables: readonly string[],
): Promise<readonly string[]> {
  if (tenants !== undefined || control === undefined || tables.length === 0) return tenants ?? [];
  const name = quoteName(column);
  const counts = tables.map(
    (table) =>
      `select ${name}::text as tenant, count(*) as n from ${quoteTable(table)} where ${name} is not null group by 1`,
  );
  const { rows } = await within(control, 'begin read only', () =>
    control.query(
      `select tenant, count(*) as tables, sum(n) as n from (${counts.join(' union all ')}) c group by 1 order by 2 desc, 3 desc, 1 limit 2`,
    ),
  );
  return rows.map(({ tenant }) => String(tenant));
}

interface Plan {
  readonly tenancy: Tenancy;
  readonly tables: readonly string[];
  readonly views: readonly string[];
  readonly tenants: readonly string[];
}

type Proof = Pick<IsolationReport, 'matrix' | 'control'>;

/** Ids nobody has stand in where there are no tenants: the attempts are made all the same. */
const NOBODY = '00000000-0000-4000-8000-000000000000';
const NOBODY_ELSE = '00000000-0000-4000-8000-000000000001';

async function prove(app: Session, { tenancy, tables, views, tenants }: Plan): Promise<Proof> {
  const [first = NOBODY, second = NOBODY_ELSE] = tenants;
  const questions: readonly Question[] = [
    { tenant: first, other: second, tenancy },
    { tenant: second, other: first, tenancy },
  ];
  const matrix: Probe[] = [];
  const control: IsolationReport['control'][number][] = [];
  // First of all, while nothing was ever set on this connection.
  for (const table of tables) matrix.push(await probeUnset(app, table));
  for (const table of tables) {
    for (const question of questions) matrix.push(...(await probeTable(app, table, question)));
    const rows = [];
    for (const { tenant } of questions.slice(0, tenants.length)) {
      const [question] = questions;
      if (question !== undefined) rows.push(await countOwn(app, table, question, tenant));
    }
    control.push({ table, rows });
  }
  for (const view of views) for (const question of questions) matrix.push(await probeRead(app, view, question));
  return { matrix, control };
}

/** As a connection that never had a tenant sees the table: `current_setting` without its second argument breaks here. */
const probeUnset = async (app: Session, table: string): Promise<Probe> =>
  verdictOfNobody(
    table,
    'read',
    await attempt(app, `select count(*) from ${quoteTable(table)}`, []),
    'rows are seen by a connection that never had a tenant',
  );

function proofFaults(
  { matrix, control }: Proof,
  {
    tables,
    tenants,
    bound,
  }: { readonly tables: readonly string[]; readonly tenants: readonly string[]; readonly bound: boolean },
): Finding[] {
  const tried = matrix.flatMap(({ table, verb, outcome, detail }): Finding[] => {
    if (outcome === 'leak')
      return [{ severity: 'critical', rule: `${verb}_leak`, subject: table, message: `${detail}.` }];
    if (outcome !== 'fails') return [];
    return [{ severity: 'warning', rule: 'fails_without_tenant', subject: table, message: `${detail}.` }];
  });
  const unproven = (message: string): Finding => ({
    severity: 'critical',
    rule: 'nothing_proven',
    subject: 'control',
    message,
  });
  if (!bound) return [unproven('The role is bound by no policy: nothing can be proven with it.')];
  if (tables.length === 0) return [unproven('No table the role may use has the tenant column.')];
  if (tenants.length < 2 || !control.some(({ rows }) => rows.length === 2 && rows.every((count) => count > 0))) {
    return [
      ...dedupe(tried),
      unproven('There are no two tenants that see rows of their own: there was nothing to leak.'),
    ];
  }
  const empty = control.filter(({ rows }) => rows.some((count) => count === 0));
  return [
    ...dedupe(tried),
    ...empty.map(
      ({ table }): Finding => ({
        severity: 'warning',
        rule: 'table_unproven',
        subject: table,
        message: 'Not both tenants have rows here, so reading proved nothing.',
      }),
    ),
  ];
}

/** Both ways leak alike. */
function dedupe(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((finding) => [`${finding.rule} ${finding.subject}`, finding]));
  return [...seen.values()];
}
