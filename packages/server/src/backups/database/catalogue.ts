/** Reads from the system catalogues what a database holds and what our role may do there. */
import type pg from 'pg';
import type { LiveTable } from '../core/manifest.ts';
import type { Reference } from '../core/table-order.ts';

export interface Table extends LiveTable {
  /** Whether row-level security holds for our role: then COPY FROM is not open to it. */
  readonly guarded: boolean;
  /** No policy hides a row from us, so a copy is whole (CH-77). */
  readonly seesAll: boolean;
  /** Nor refuses one. */
  readonly writesAll: boolean;
  readonly maySelect: boolean;
  readonly mayInsert: boolean;
  readonly mayDelete: boolean;
  readonly mayTruncate: boolean;
  /** Tables of partitions are written and read through it; `only` would find nothing. */
  readonly partitioned: boolean;
  /** Columns sorted by the "C" collation, so that an order is the same on every server. */
  readonly collated: readonly string[];
}

export interface Sequence {
  readonly name: string;
  readonly mayRead: boolean;
  readonly maySet: boolean;
  /** `schema.table` and column that draw from it. */
  readonly table: string | null;
  readonly column: string | null;
}

/** A foreign key with its columns, in the same order on both sides. */
export interface ForeignKey extends Reference {
  readonly columns: readonly string[];
  readonly targets: readonly string[];
}

export interface Catalogue {
  readonly server: number;
  readonly role: string;
  readonly tables: readonly Table[];
  readonly references: readonly ForeignKey[];
  readonly sequences: readonly Sequence[];
  readonly largeObjects: boolean;
}

/** A policy counts when it is for us, for this verb, and says `true`; a restrictive one that does not spoils it. */
const opened = (verbs: string, expression: string): string => `(
  not row_security_active(c.oid) or (
    exists (select from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd in (${verbs})
      and ${expression} = 'true' and ${FOR_US})
    and not exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd in (${verbs})
      and ${expression} is distinct from 'true' and ${FOR_US})))`;
const FOR_US = `exists (select from unnest(p.polroles) r where r = 0 or pg_has_role(current_user, r, 'member'))`;
const QUAL = 'pg_get_expr(p.polqual, p.polrelid)';
const CHECK = 'coalesce(pg_get_expr(p.polwithcheck, p.polrelid), pg_get_expr(p.polqual, p.polrelid))';

const TABLES = `
  select n.nspname || '.' || c.relname as name,
    row_security_active(c.oid) as guarded, c.relkind = 'p' as partitioned,
    ${opened(`'*', 'r'`, QUAL)} as sees_all,
    ${opened(`'*', 'a'`, CHECK)} and ${opened(`'*', 'd'`, QUAL)} as writes_all,
    has_table_privilege(c.oid, 'select') as may_select, has_table_privilege(c.oid, 'insert') as may_insert,
    has_table_privilege(c.oid, 'delete') as may_delete, has_table_privilege(c.oid, 'truncate') as may_truncate,
    coalesce((select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'required', a.attnotnull, 'optional', not a.attnotnull or a.atthasdef or a.attidentity <> '',
        'collated', a.attcollation <> 0) order by a.attnum)
      from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''), '[]') as columns,
    coalesce((select json_agg(a.attname order by k.place)
      from pg_index i, unnest(i.indkey) with ordinality k (attnum, place), pg_attribute a
      where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid and a.attnum = k.attnum), '[]') as key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
    and has_schema_privilege(n.oid, 'usage')
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  order by 1`;

const COLUMNS_OF = (relation: string, numbers: string): string => `(
  select json_agg(x.attname order by n.place) from unnest(${numbers}) with ordinality n (number, place)
  join pg_attribute x on x.attrelid = ${relation} and x.attnum = n.number)`;

const REFERENCES = `
  select f.nspname || '.' || a.relname as "from", g.nspname || '.' || b.relname as "to", k.condeferrable as deferrable,
    ${COLUMNS_OF('k.conrelid', 'k.conkey')} as columns, ${COLUMNS_OF('k.confrelid', 'k.confkey')} as targets
  from pg_constraint k
  join pg_class a on a.oid = k.conrelid join pg_namespace f on f.oid = a.relnamespace
  join pg_class b on b.oid = k.confrelid join pg_namespace g on g.oid = b.relnamespace
  where k.contype = 'f' and k.conparentid = 0`;

const SEQUENCES = `
  select n.nspname || '.' || c.relname as name, has_sequence_privilege(c.oid, 'select') as may_read,
    has_sequence_privilege(c.oid, 'update') as may_set,
    tn.nspname || '.' || t.relname as "table", a.attname as "column"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
    and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
  left join pg_class t on t.oid = d.refobjid left join pg_namespace tn on tn.oid = t.relnamespace
  left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
  where c.relkind = 'S' and c.relpersistence <> 't' and n.nspname <> 'information_schema'
    and n.nspname not like 'pg\\_%' and has_schema_privilege(n.oid, 'usage')
    and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
  order by 1`;

interface TableRow {
  readonly name: string;
  readonly guarded: boolean;
  readonly partitioned: boolean;
  readonly sees_all: boolean;
  readonly writes_all: boolean;
  readonly may_select: boolean;
  readonly may_insert: boolean;
  readonly may_delete: boolean;
  readonly may_truncate: boolean;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
    readonly optional: boolean;
    readonly collated: boolean;
  }[];
  readonly key: readonly string[];
}

const tableOf = (row: TableRow): Table => ({
  name: row.name,
  columns: row.columns.map(({ name, type, required }) => ({ name, type, required })),
  key: row.key.map(String),
  optional: row.columns.filter(({ optional }) => optional).map(({ name }) => name),
  collated: row.columns.filter(({ collated }) => collated).map(({ name }) => name),
  guarded: row.guarded,
  partitioned: row.partitioned,
  seesAll: row.sees_all,
  writesAll: row.writes_all,
  maySelect: row.may_select,
  mayInsert: row.may_insert,
  mayDelete: row.may_delete,
  mayTruncate: row.may_truncate,
});

/** Everything of the database but what extensions and PostgreSQL itself keep there. */
export async function readCatalogue(client: pg.ClientBase): Promise<Catalogue> {
  const about = await client.query<{ server: number; role: string; lo: boolean }>(
    `select current_setting('server_version_num')::int as server, current_user::text as role,
       exists (select from pg_largeobject_metadata) as lo`,
  );
  const tables = await client.query<TableRow>(TABLES);
  const references = await client.query<ForeignKey>(REFERENCES);
  const sequences = await client.query<{
    name: string;
    may_read: boolean;
    may_set: boolean;
    table: string | null;
    column: string | null;
  }>(SEQUENCES);
  const { server = 0, role = '', lo = false } = about.rows[0] ?? {};
  return {
    server,
    role,
    largeObjects: lo,
    tables: tables.rows.map(tableOf),
    references: references.rows,
    sequences: sequences.rows.map(({ name, may_read, may_set, table, column }) => ({
      name,
      mayRead: may_read,
      maySet: may_set,
      table,
      column,
    })),
  };
}
