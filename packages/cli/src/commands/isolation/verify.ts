import { TenantryError } from '@tenantry/contract';
import { type IsolationReport, type Session, verifyIsolation } from '@tenantry/guard/isolation';
import { Command } from 'commander';
import pg from 'pg';
import { EXIT } from '../../exit-codes.ts';
import { collect, type Task, taskOf, withFormat } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

interface Options {
  readonly databaseUrl: string;
  readonly controlUrl?: string;
  readonly tenant: readonly string[];
  readonly table: readonly string[];
  readonly tenantColumn: string;
  readonly setting: string;
  readonly trustedRole: readonly string[];
}

const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;

/** It needs no control plane: the application's own CI runs it against its own database. */
export const isolationVerifyCommand = (): Command =>
  withFormat(
    new Command('verify').description(
      'Read how tenants are kept apart in a PostgreSQL, and try with every verb to reach one as the other; changes nothing',
    ),
  )
    .requiredOption('--database-url <url>', 'as the role the application has when it serves a tenant')
    .option('--control-url <url>', 'as a role that sees every row: finds two tenants to try with')
    .option('--tenant <id>', 'a tenant that has rows, twice; needed without --control-url', collect, [])
    .option('--table <name>', 'only this table; may be repeated', collect, [])
    .option('--tenant-column <name>', 'column that says whose a row is', 'tenant_id')
    .option('--setting <name>', 'setting the policies read', 'app.current_tenant_id')
    .option('--trusted-role <name>', 'a role that is meant to see every tenant; may be repeated', collect, [])
    .action(async (options: Options, command: Command) => {
      const task = taskOf(command);
      const tenants = pairOf(options);
      const report = await connected([options.databaseUrl, options.controlUrl], ([app, control]) =>
        verifyIsolation({
          app: app as Session,
          ...(control && { control }),
          ...(tenants && { tenants }),
          tenantColumn: options.tenantColumn,
          setting: options.setting,
          ...(options.table.length > 0 && { tables: options.table }),
          trustedRoles: options.trustedRole,
        }),
      );
      task.print({ schema: 'tenantry.isolation/1', ...report }, () => linesOf(report, task));
      if (!report.ok) task.end(EXIT.refused);
    });

function pairOf({ tenant, controlUrl }: Options): readonly [string, string] | undefined {
  const [first, second] = tenant;
  if (tenant.length === 2 && first !== undefined && second !== undefined && first !== second) return [first, second];
  if (tenant.length === 0 && controlUrl !== undefined) return undefined;
  throw new TenantryError('command.invalid', 'It takes two tenants that have rows to prove that they are apart.', {
    next: 'Give --tenant twice, or --control-url with a role that sees every row.',
  });
}

/** One connection each, closed whatever happens. @throws connector.unreachable, connector.refused */
async function connected<T>(
  urls: readonly (string | undefined)[],
  work: (sessions: readonly Session[]) => Promise<T>,
): Promise<T> {
  const clients: pg.Client[] = [];
  try {
    for (const url of urls) if (url !== undefined) clients.push(await connect(url));
    return await work(clients.map(sessionOf));
  } catch (error) {
    throw faultOf(error);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tenantry-isolation',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    lock_timeout: CONNECT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new TenantryError('connector.unreachable', `PostgreSQL could not be reached: ${textOf(error)}.`, {
      cause: error,
      next: 'Check host, port, user and password of the URL. Nothing was touched.',
    });
  }
}

const sessionOf = (client: pg.Client): Session => ({
  query: async (text, values = []) => {
    const { rows, rowCount } = await client.query<Record<string, unknown>>(text, [...values]);
    return { rows, rowCount: rowCount ?? 0 };
  },
});

function faultOf(error: unknown): unknown {
  if (error instanceof RangeError || error instanceof TypeError) {
    return new TenantryError('command.invalid', error.message, {
      cause: error,
      next: 'Correct --table or --tenant-column.',
    });
  }
  if (!(error instanceof pg.DatabaseError)) return error;
  return new TenantryError('connector.refused', `PostgreSQL refused what was asked: ${error.message}.`, {
    cause: error,
    facts: { state: error.code },
    next: 'Whatever was tried was rolled back. Check that the role may read the tables it is asked about.',
  });
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function linesOf(report: IsolationReport, { io }: Task): readonly string[] {
  const { style } = io.out;
  const tried = `${report.matrix.length} attempts on ${report.tables.length} tables and ${report.views.length} views as ${report.role}`;
  const verdict = report.ok
    ? `${style.good('✓')} Tenants are kept apart: ${tried}, none reached another.`
    : `${style.bad('✗')} Tenants are not proven to be kept apart: ${tried}.`;
  return [
    verdict,
    ...report.findings.map(({ severity, rule, subject, message }) => {
      const mark = severity === 'critical' ? style.bad(severity) : severity;
      return `  ${mark} ${plainLine(subject)}: ${plainLine(message)} (${rule})`;
    }),
    ...(report.ok ? [] : ['  Next: mend what is critical, and run it again. Until then let no client in.']),
  ];
}
