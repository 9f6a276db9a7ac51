/** Reads what row-level security is from the system catalogues, as the application's role may see it. */
import { TenantryError } from '@tenantry/contract';
import type { DetourFacts, PolicyFacts, RoleFacts, TableFacts, Verb } from './core/row-security.ts';
import type { Row, Session } from './session.ts';
import { quoteTable } from './sql.ts';

/** The role whose rights count in this transaction. */
export async function readRole(session: Session): Promise<RoleFacts> {
  const { rows } = await session.query(
    'select rolname as name, rolsuper as superuser, rolbypassrls as bypass from pg_roles where rolname = current_user',
  );
  return { name: String(rows[0]?.name), superuser: rows[0]?.superuser === true, bypass: rows[0]?.bypass === true };
}

export interface TenantTable {
  readonly name: string;
  readonly oid: string;
}

/**
 * The tables of tenants: those asked for, or every one that has the tenant column and that the role may use.
 *
 * @throws TenantryError `connector.not_found` for a table that is missing or has no tenant column
 */
export async function readTenantTables(
  session: Session,
  tenantColumn: string,
  asked: readonly string[] | undefined,
): Promise<TenantTable[]> {
  const { rows } = await session.query(
    `select c.oid::text as oid, case when pg_table_is_visible(c.oid) then c.relname else n.nspname || '.' || c.relname end as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = $1 and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
       and case when $2::text[] is null then has_table_privilege(c.oid, 'select, insert, update, delete')
                else c.oid = any (select to_regclass(name)::oid from unnest($2::text[]) as name) end
     order by name`,
    [tenantColumn, asked?.map(quoteTable) ?? null],
  );
  if (asked !== undefined && rows.length < new Set(asked).size) {
    const found = rows.map((row) => String(row.name));
    throw new TenantryError(
      'connector.not_found',
      `Of ${asked.join(', ')}, only ${found.join(', ') || 'none'} exist and have a column ${tenantColumn}.`,
      {
        facts: { effect: 'none' },
        next: 'Correct the list of tables or tenant_column, or run the migrations of the application first.',
      },
    );
  }
  return rows.map((row) => ({ name: String(row.name), oid: String(row.oid) }));
}

export async function readTable(session: Session, table: TenantTable, tenantColumn: string): Promise<TableFacts> {
  const { rows } = await session.query(
    `select c.relrowsecurity as enabled, c.relforcerowsecurity as forced, pg_has_role(c.relowner, 'usage') as owned,
       has_table_privilege(c.oid, 'truncate') as truncate,
       exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
               where i.indrelid = c.oid and i.indisvalid and i.indpred is null and a.attname = $2) as tenant_index
     from pg_class c where c.oid = $1`,
    [table.oid, tenantColumn],
  );
  const row = rows[0] ?? {};
  return {
    name: table.name,
    enabled: row.enabled === true,
    forced: row.forced === true,
    owned: row.owned === true,
    truncate: row.truncate === true,
    tenantIndex: row.tenant_index === true,
    policies: await readPolicies(session, table),
  };
}

const VERB_OF: Readonly<Record<string, Verb | 'all'>> = {
  '*': 'all',
  r: 'select',
  a: 'insert',
  w: 'update',
  d: 'delete',
};

async function readPolicies(session: Session, table: TenantTable): Promise<PolicyFacts[]> {
  const { rows } = await session.query(
    `select p.polname as name, p.polcmd::text as verb, p.polpermissive as permissive,
       exists (select from unnest(p.polroles) as role where role = 0 or pg_has_role(role, 'usage')) as applies,
       pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as check,
       array(select f.proname::text from pg_depend d join pg_proc f on f.oid = d.refobjid
             where d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
               and f.provolatile = 'v') as volatile_functions
     from pg_policy p where p.polrelid = $1 order by p.polname`,
    [table.oid],
  );
  return rows.map(policyOf);
}

const policyOf = (row: Row): PolicyFacts => ({
  name: String(row.name),
  verb: VERB_OF[String(row.verb)] ?? 'all',
  permissive: row.permissive === true,
  applies: row.applies === true,
  using: typeof row.using === 'string' ? row.using : undefined,
  check: typeof row.check === 'string' ? row.check : undefined,
  volatileFunctions: Array.isArray(row.volatile_functions) ? row.volatile_functions.map(String) : [],
});

/**
 * Views the role may read and functions it may call that work with the rights of an owner whom no policy
 * binds: a superuser, a role with BYPASSRLS, or the owner of a tenant table without FORCE.
 */
export async function readDetours(session: Session, tables: readonly TenantTable[]): Promise<DetourFacts[]> {
  const { rows } = await session.query(
    `with unbound as (
       select oid, rolname from pg_roles where rolsuper or rolbypassrls
       union select r.oid, r.rolname from pg_class c join pg_roles r on r.oid = c.relowner
       where c.oid = any ($1::oid[]) and not c.relforcerowsecurity)
     select distinct case v.relkind when 'm' then 'materialized view' else 'view' end as kind,
       v.oid::regclass::text as name, coalesce(u.rolname, pg_get_userbyid(v.relowner)) as owner
     from pg_class v join pg_rewrite w on w.ev_class = v.oid
     join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
     left join unbound u on u.oid = v.relowner
     where d.refobjid = any ($1::oid[]) and has_table_privilege(v.oid, 'select')
       and (v.relkind = 'm' or (v.relkind = 'v' and u.oid is not null
         and not coalesce('security_invoker=true' = any (v.reloptions) or 'security_invoker=on' = any (v.reloptions), false)))
     union all
     select 'function', f.oid::regprocedure::text, u.rolname
     from pg_proc f join unbound u on u.oid = f.proowner join pg_namespace n on n.oid = f.pronamespace
     where f.prosecdef and has_function_privilege(f.oid, 'execute')
       and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
       and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = f.oid and e.deptype = 'e')
     order by 1, 2`,
    [tables.map((table) => table.oid)],
  );
  return rows.map((row) => ({
    kind: row.kind === 'function' || row.kind === 'materialized view' ? row.kind : 'view',
    name: String(row.name),
    owner: String(row.owner),
  }));
}

/**
 * Whether no policy hides a row of this table from the role: none binds it, or one of its own lets every row
 * through and none restricts it further.
 */
export async function seesEveryRow(session: Session, table: { readonly quoted: string }): Promise<boolean> {
  const { rows } = await session.query(
    `select not row_security_active($1::regclass) or (
       exists (select from pg_policy p where p.polrelid = $1::regclass and p.polpermissive and p.polcmd in ('*', 'r')
               and pg_get_expr(p.polqual, p.polrelid) = 'true'
               and exists (select from unnest(p.polroles) as role where role = 0 or pg_has_role(role, 'usage')))
       and not exists (select from pg_policy p where p.polrelid = $1::regclass and not p.polpermissive)) as sees_all`,
    [table.quoted],
  );
  return rows[0]?.sees_all === true;
}
