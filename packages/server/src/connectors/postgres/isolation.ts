/**
 * `postgres.isolation`: proves, as the application's own role, that one tenant can neither see nor touch
 * another's rows (SECV-01 to SECV-03). A proof needs its control: rows of both tenants must be there.
 */
import { TenantryError } from '@tenantry/contract';
import {
  bypasses,
  countOwn,
  type Finding,
  type Probe,
  probeTable,
  type Question,
  readRole,
  type TenantTable,
} from '@tenantry/guard/isolation';
import { z } from 'zod';
import { type ActionContext, defineCheck } from '../kit/index.ts';
import { findingSchema } from './row-security.ts';
import { type Session, transaction } from './session.ts';
import { type PostgresTarget, targetOf } from './settings.ts';
import { quoteName, quoteTable } from './sql.ts';
import { loadTenantTables } from './tenant-tables.ts';

const input = z.strictObject({
  /** Connection of the application, with the role it uses when it serves a tenant. */
  database: z.string().min(1),
  tenant: z.uuid(),
  /** Default: every table that has the tenant column. */
  tables: z.array(z.string().min(1)).min(1).optional(),
  tenant_column: z.string().min(1).default('tenant_id'),
  /** Another tenant that has rows. Default: the one with most rows that `control` sees. */
  other_tenant: z.uuid().optional(),
  /** Connection whose role sees every row; it counts the other tenant's. */
  control: z.string().min(1).optional(),
});

const output = z.strictObject({
  role: z.string(),
  /** Always false: the proof refuses to run as a role that no policy binds. */
  role_bypasses: z.boolean(),
  tables: z.array(z.string()),
  /** Attempts that reached another tenant. */
  leaks: z.number(),
  own_rows: z.number(),
  other_tenant: z.string().nullable(),
  other_tenant_rows: z.number(),
  matrix: z.array(
    z.strictObject({
      table: z.string(),
      verb: z.enum(['read', 'insert', 'update', 'delete']),
      outcome: z.enum(['refused', 'empty', 'no_privilege', 'fails', 'leak']),
      detail: z.string(),
    }),
  ),
  findings: z.array(findingSchema),
});

type Input = z.infer<typeof input>;

function refuseBypassingRole(role: string): never {
  throw new TenantryError(
    'connector.refused',
    `The role ${role} bypasses row-level security: a proof made with it would be worth nothing.`,
    {
      facts: { effect: 'none', role, role_bypasses: true },
      next: 'Name a connection whose role is the one the application uses: NOSUPERUSER, NOBYPASSRLS.',
    },
  );
}

interface Other {
  readonly tenant: string | undefined;
  /** Undefined where only the application role itself can count. */
  readonly rows: number | undefined;
}

/** Finds, through the role that sees all, another tenant that has rows, and counts them. */
async function findOther(ctx: ActionContext, given: Input, tables: readonly TenantTable[]): Promise<Other> {
  if (given.control === undefined) return { tenant: given.other_tenant, rows: undefined };
  const column = quoteName(given.tenant_column);
  const counts = tables.map(
    ({ name }) =>
      `select ${column}::text as tenant, count(*) as rows from ${quoteTable(name)} where ${column}::text <> $1 and ($2::text is null or ${column}::text = $2) group by 1`,
  );
  if (counts.length === 0) return { tenant: given.other_tenant, rows: 0 };
  const { rows } = await transaction(ctx, targetOf(ctx, given.control), { readOnly: true }, (session) =>
    session.query(
      `select tenant, sum(rows) as rows from (${counts.join(' union all ')}) c group by 1 order by 2 desc, 1 limit 1`,
      [given.tenant, given.other_tenant ?? null],
    ),
  );
  const found = rows[0];
  return found === undefined
    ? { tenant: given.other_tenant, rows: 0 }
    : { tenant: String(found.tenant), rows: Number(found.rows) };
}

interface Proof {
  readonly own: number;
  readonly other: number;
  readonly matrix: readonly Probe[];
}

/** An id nobody has stands in for the other tenant where there is none: the attempts are made all the same. */
const NOBODY = '00000000-0000-4000-8000-000000000000';

const prove = (
  ctx: ActionContext,
  target: PostgresTarget,
  given: Input,
  tables: readonly TenantTable[],
  other: Other,
): Promise<Proof> =>
  transaction(ctx, target, { rollback: true }, async (session) => {
    const question: Question = {
      tenant: given.tenant,
      other: other.tenant ?? NOBODY,
      tenancy: { column: given.tenant_column, setting: 'app.current_tenant_id' },
    };
    const matrix: Probe[] = [];
    for (const { name } of tables) matrix.push(...(await probeTable(session, name, question)));
    const own = await countAll(session, tables, question, given.tenant);
    const others =
      other.rows ?? (other.tenant === undefined ? 0 : await countAll(session, tables, question, other.tenant));
    return { own, other: others, matrix };
  });

async function countAll(
  session: Session,
  tables: readonly TenantTable[],
  question: Question,
  tenant: string,
): Promise<number> {
  let rows = 0;
  for (const { name } of tables) rows += await countOwn(session, name, question, tenant);
  return rows;
}

function findingsOf({ own, other, matrix }: Proof): Finding[] {
  const leaks = matrix
    .filter((probe) => probe.outcome === 'leak')
    .map(
      ({ table, verb, detail }): Finding => ({
        severity: 'critical',
        rule: `${verb}_leak`,
        subject: table,
        message: `${detail}.`,
      }),
    );
  const control = (rule: string, message: string): Finding => ({
    severity: 'critical',
    rule,
    subject: 'control',
    message,
  });
  return [
    ...leaks,
    ...(matrix.length === 0 ? [control('no_tables', 'No table has the tenant column: nothing was proven.')] : []),
    ...(own === 0
      ? [control('no_own_rows', 'The tenant sees no rows of its own: an empty answer proves nothing.')]
      : []),
    ...(other === 0 ? [control('no_other_rows', 'No other tenant has rows: there was nothing to leak.')] : []),
  ];
}

export const isolationCheck = defineCheck<Input, z.infer<typeof output>>({
  name: 'postgres.isolation',
  version: 1,
  summary: "Tries, as the application, to reach another tenant's rows with every verb; rolls everything back",
  input,
  output,
  async run(ctx, given) {
    const target = targetOf(ctx, given.database);
    const { role, tables } = await transaction(ctx, target, { readOnly: true }, async (session) => ({
      role: await readRole(session),
      tables: await loadTenantTables(session, given.tenant_column, given.tables),
    }));
    if (bypasses(role)) refuseBypassingRole(role.name);
    const other = await findOther(ctx, given, tables);
    const proof = await prove(ctx, target, given, tables, other);
    return {
      role: role.name,
      role_bypasses: false,
      tables: tables.map((table) => table.name),
      leaks: proof.matrix.filter((probe) => probe.outcome === 'leak').length,
      own_rows: proof.own,
      other_tenant: other.tenant ?? null,
      other_tenant_rows: proof.other,
      matrix: [...proof.matrix],
      findings: findingsOf(proof),
    };
  },
});
