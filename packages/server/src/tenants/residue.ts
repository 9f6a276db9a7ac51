/**
 * What of a tenant is left in the control plane's own database (REG-15). The tables are found in the catalogue, so
 * that one added later cannot be forgotten; each is counted by a role that sees every row of it, because a count
 * under a policy that hides rows would prove nothing (CH-77).
 */
import { bug } from '@tenantry/contract';
import type { Database, Tx } from '../db/index.ts';

/** Tables that keep rows of a tenant on purpose after it is gone. */
export const RETAINED_TABLES: Readonly<Record<string, string>> = {
  audit_log: 'append-only: who did what outlives what it was done to',
  tenant_history: 'append-only: the history outlives the tenant',
  runs: 'the run that made and unmade the tenant is the record of both',
  run_evidence: 'evidence of a run',
  run_artifacts: 'artifacts of a run',
  run_resources: 'the ledger of a run',
  vault_data_keys: 'wrapped keys, ended by erasure',
  vault_entries: 'revoked entries keep a label and no secret',
  tenant_offboardings: 'the record of how the tenant left, and the certificate',
  tenant_tombstones: 'the mark that keeps every restore from bringing the tenant back',
  backups: 'which files there were and until when; theirs are unreadable once the key of the tenant is destroyed',
  backup_operations: 'who asked for which work on backups',
  guard_changes: 'an id and a number: applications that were away must still hear that the tenant is gone',
  reveal_links: 'withdrawn links keep the fact that they were given',
};

export interface TableResidue {
  readonly table: string;
  readonly rows: number;
  /** Why rows may stay; undefined where none may. */
  readonly retained: string | undefined;
}

interface TenantTable {
  readonly name: string;
  /** By the role of the transaction. */
  readonly seen: boolean;
  readonly app_sees: boolean;
}

/** A role sees all rows when it may read the table and either no policy applies or one that hides nothing does. */
const TENANT_TABLES = `
  select c.relname as name,
    has_table_privilege(current_user, c.oid, 'select') and (not c.relrowsecurity or exists (
      select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('*', 'r') and p.polpermissive
        and current_user::regrole = any (p.polroles) and pg_get_expr(p.polqual, c.oid) = 'true')) as seen,
    has_table_privilege('tenantry_app', c.oid, 'select') and (not c.relrowsecurity or exists (
      select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('*', 'r') and p.polpermissive
        and 'tenantry_app'::regrole = any (p.polroles))) as app_sees
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'tenantry' and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_attribute a
                where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnum > 0 and not a.attisdropped)
  order by c.relname`;

const listTenantTables = async (tx: Tx): Promise<readonly TenantTable[]> =>
  (await tx.query<TenantTable>(TENANT_TABLES)).rows;

async function countRows(tx: Tx, table: string, tenantId: string): Promise<TableResidue> {
  const { rows } = await tx.query<{ n: number }>(
    `select count(*)::int as n from "${table.replaceAll('"', '""')}" where tenant_id = $1`,
    [tenantId],
  );
  const retained = Object.hasOwn(RETAINED_TABLES, table) ? RETAINED_TABLES[table] : undefined;
  return { table, rows: rows[0]?.n ?? 0, retained };
}

/** Counts in the tables the role of the transaction sees whole. */
export async function countVisibleResidue(tx: Tx, tenantId: string): Promise<readonly TableResidue[]> {
  const tables = (await listTenantTables(tx)).filter((table) => table.seen);
  const counts: TableResidue[] = [];
  for (const { name } of tables) counts.push(await countRows(tx, name, tenantId));
  return counts;
}

/**
 * Counts in every table that has a `tenant_id`.
 *
 * @throws internal.bug when there is such a table that no role of ours can count in
 */
export async function countResidue(database: Database, tenantId: string): Promise<readonly TableResidue[]> {
  const { tables, counted } = await database.transaction('worker', async (tx) => ({
    tables: await listTenantTables(tx),
    counted: await countVisibleResidue(tx, tenantId),
  }));
  const hidden = tables.find((table) => !table.seen && !table.app_sees);
  if (hidden !== undefined) throw bug(`No role can count the rows of a tenant in the table ${hidden.name}.`);
  const rest = tables.filter((table) => !table.seen);
  if (rest.length === 0) return counted;
  const others = await database.tenantTransaction(tenantId, async (tx) => {
    const counts: TableResidue[] = [];
    for (const { name } of rest) counts.push(await countRows(tx, name, tenantId));
    return counts;
  });
  return [...counted, ...others];
}

/** The tables in which nothing may be left and something is. */
export const unexpectedResidue = (residue: readonly TableResidue[]): readonly TableResidue[] =>
  residue.filter(({ rows, retained }) => rows > 0 && retained === undefined);
