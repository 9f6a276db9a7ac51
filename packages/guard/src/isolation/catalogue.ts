/** Reads what row-level security is from the system catalogues, as the application's role may see it. */
import type { DetourFacts, PolicyFacts, RoleFacts, TableFacts, UserFacts, Verb } from './rules.ts';
import { quoteTable, type Row, type Session } from './session.ts';

/** The role whose rights count in this transaction. */
export async function readRole(session: Session): Promise<RoleFacts> {
  const { rows } = await session.query(
    `select rolname as name, rolsuper as superuser, rolbypassrls as bypass,
       array(select o.rolname::text from pg_roles o where (o.rolsuper or o.rolbypassrls) and o.oid <> r.oid
             and pg_has_role(r.oid, o.oid, 'member') order by 1) as becomes
     from pg_roles r where rolname = current_user`,
  );
  const [row = {}] = rows;
  return {
    name: String(row.name),
    superuser: row.superuser === true,
    bypass: row.bypass === true,
    becomes: Array.isArray(row.becomes) ? row.becomes.map(String) : [],
  };
}

export interface TenantTable {
  readonly name: string;
  readonly oid: string;
}

export interface FoundTables {
  readonly tables: readonly TenantTable[];
  /** Of those asked for: what is not there, or has no such column. */
  readonly missing: readonly string[];
}

/** The tables of tenants: those asked for, or every one that has the tenant column and that the role may use. */
export async function readTenantTables(
  session: Session,
  tenantColumn: string,
  asked: readonly string[] | undefined,
): Promise<FoundTables> {
  const { rows } = await session.query(
    `select c.oid::text as oid,
       case when pg_table_is_visible(c.oid) then c.relname else n.nspname || '.' || c.relname end as name,
       (select array_agg(name) from unnest($3::text[], $2::text[]) as t(name, quoted) where to_regclass(quoted)::oid = c.oid) as asked
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = $1 and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
       and case when $2::text[] is null then has_table_privilege(c.oid, 'select, insert, update, delete')
                else c.oid = any (select to_regclass(name)::oid from unnest($2::text[]) as name) end
     order by name`,
    [tenantColumn, asked?.map(quoteTable) ?? null, asked ?? null],
  );
  const found = new Set(rows.flatMap((row) => (Array.isArray(row.asked) ? row.asked.map(String) : [])));
  return {
    tables: rows.map((row) => ({ name: String(row.name), oid: String(row.oid) })),
    missing: (asked ?? []).filter((name) => !found.has(name)),
  };
}

export async function readTable(session: Session, table: TenantTable, tenantColumn: string): Promise<TableFacts> {
  const { rows } = await session.query(
    `select c.relrowsecurity as enabled, c.relforcerowsecurity as forced, pg_has_role(c.relowner, 'member') as owned,
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
               and f.provolatile = 'v') as volatile_functions,
       array(select f.proname::text from pg_depend d join pg_proc f on f.oid = d.refobjid
             where d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
               and f.provolatile = 's') as stable_functions
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
  stableFunctions: Array.isArray(row.stable_functions) ? row.stable_functions.map(String) : [],
});

/**
 * Views the role may read and functions it may call that work with the rights of an owner whom no policy binds: a
 * superuser, a role with BYPASSRLS, the owner of a tenant table without FORCE, or one whose policy lets every row
 * through, as for whoever provisions. Also through other views: what one in
 * between lets through, all above it show.
 */
export async function readDetours(session: Session, tables: readonly TenantTable[]): Promise<DetourFacts[]> {
  const { rows } = await session.query(
    `with recursive unbound as (
       select oid, rolname, null::oid as at from pg_roles where rolsuper or rolbypassrls
       union select r.oid, r.rolname, c.oid from pg_class c join pg_roles r on r.oid = c.relowner
       where c.oid = any ($1::oid[]) and not c.relforcerowsecurity
       union select r.oid, r.rolname, p.polrelid from pg_policy p join pg_roles r
         on exists (select from unnest(p.polroles) as named where named = 0 or pg_has_role(r.oid, named, 'usage'))
       where p.polrelid = any ($1::oid[]) and p.polpermissive and p.polcmd in ('*', 'r')
         and pg_get_expr(p.polqual, p.polrelid) = 'true'
         and not exists (select from pg_policy o where o.polrelid = p.polrelid and not o.polpermissive)
     ), reads as (
       select distinct w.ev_class as view, d.refobjid as source
       from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
         and d.refclassid = 'pg_class'::regclass and d.refobjid <> w.ev_class
     ), reading as (
       select view, source as at from reads where source = any ($1::oid[])
       union select r.view, reading.at from reads r join reading on r.source = reading.view
     ), leaking as (
       select v.oid, coalesce(u.rolname, pg_get_userbyid(v.relowner)) as owner
       from reading join pg_class v on v.oid = reading.view
         left join unbound u on u.oid = v.relowner and (u.at is null or u.at = reading.at)
       where v.relkind = 'm' or (u.oid is not null
         and not coalesce('security_invoker=true' = any (v.reloptions) or 'security_invoker=on' = any (v.reloptions), false))
       union select r.view, leaking.owner from reads r join leaking on r.source = leaking.oid
     )
     select distinct on (v.oid) case v.relkind when 'm' then 'materialized view' else 'view' end as kind,
       v.oid::regclass::text as name, leaking.owner
     from leaking join pg_class v on v.oid = leaking.oid
     where v.relkind in ('v', 'm') and has_table_privilege(v.oid, 'select')
     union all
     select distinct 'function', f.oid::regprocedure::text, u.rolname
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
 * Other roles that log in and read every tenant (CH-13): because a table has no row-level security, because none binds
 * them, or because a policy of theirs lets every row through. Superusers and owners of the tables are left out: they are
 * told of elsewhere.
 */
export async function readUsers(session: Session, tenantColumn: string): Promise<UserFacts[]> {
  const { rows } = await session.query(
    `select r.rolname as name, c.oid::regclass::text as table,
       case when not c.relrowsecurity then 'unprotected' when r.rolbypassrls then 'bypasses' else 'open_policy' end as how
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = $1 and a.attnum > 0 and not a.attisdropped
     join pg_roles r on r.rolcanlogin and not r.rolsuper and r.rolname <> current_user
     where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
       and has_table_privilege(r.oid, c.oid, 'select') and not pg_has_role(r.oid, c.relowner, 'usage')
       and (not c.relrowsecurity or r.rolbypassrls or exists (
         select from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('*', 'r')
           and pg_get_expr(p.polqual, p.polrelid) = 'true'
           and exists (select from unnest(p.polroles) as named where named = 0 or pg_has_role(r.oid, named, 'usage')))
         and not exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive))
     order by 1, 2`,
    [tenantColumn],
  );
  return rows.map((row) => ({
    name: String(row.name),
    table: String(row.table),
    how: row.how === 'unprotected' || row.how === 'bypasses' ? row.how : 'open_policy',
  }));
}

/** Views the role may read that have the tenant column: what they show is tried like a table. */
export async function readTenantViews(session: Session, tenantColumn: string): Promise<string[]> {
  const { rows } = await session.query(
    `select case when pg_table_is_visible(c.oid) then c.relname else n.nspname || '.' || c.relname end as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = $1 and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('v', 'm', 'f') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
       and (c.relkind <> 'm' or c.relispopulated) and has_table_privilege(c.oid, 'select')
     order by 1`,
    [tenantColumn],
  );
  return rows.map((row) => String(row.name));
}
