import { TenantryError } from '@tenantry/contract';
import { orderTables } from '../core/table-order.ts';
import type { SourceDatabase } from '../sources.ts';
import type { Catalogue, Table } from './catalogue.ts';
import { qualified, quoteName } from './sql-names.ts';

/** What of a database is copied, and in which order it can be filled. */
export interface Selection {
  readonly database: string;
  /** What is pointed at comes first. */
  readonly tables: readonly SelectedTable[];
}

export interface SelectedTable extends Table {
  /** Holds the id of the tenant a row belongs to; undefined where every row is copied. */
  readonly tenantColumn: string | undefined;
}

/**
 * The tables of one database, all of them or those with rows of tenants. Each fault is found before a row is read: a
 * backup that cannot be restored is none.
 *
 * @throws backup.refused with a fault for each table that stands in the way
 */
export function selectTables(source: SourceDatabase, catalogue: Catalogue, scope: 'tenant' | 'set'): Selection {
  const leftOut = new Set(source.leaveOut.map(qualified));
  const kept = catalogue.tables.filter((table) => !leftOut.has(table.name));
  const tables = scope === 'set' ? kept.map(whole) : tenantTables(source, kept);
  const faults = [
    ...tables.flatMap((table) => tableFaults(table, catalogue.role)),
    ...(scope === 'tenant' ? lostTables(tables, kept, catalogue) : []),
    ...(catalogue.largeObjects && scope === 'set'
      ? [{ path: 'large objects', message: 'are in the database; only pg_dump can save them' }]
      : []),
  ];
  if (faults.length > 0) throw refused(source, catalogue.role, faults);
  const { order, ring } = orderTables(
    tables.map(({ name }) => name),
    catalogue.references,
  );
  if (ring.length > 0) {
    throw refused(
      source,
      catalogue.role,
      ring.map((path) => ({ path, message: `is in a ring of foreign keys (${ring.join(', ')}); make one deferrable` })),
    );
  }
  const byName = new Map(tables.map((table) => [table.name, table]));
  return { database: source.name, tables: order.flatMap((name) => byName.get(name) ?? []) };
}

const whole = (table: Table): SelectedTable => ({ ...table, tenantColumn: undefined });

function tenantTables(source: SourceDatabase, tables: readonly Table[]): SelectedTable[] {
  const root = source.tenants === undefined ? undefined : qualified(source.tenants.table);
  return tables.flatMap((table) => {
    const column = table.name === root ? source.tenants?.column : source.tenantColumn;
    return table.columns.some(({ name }) => name === column) ? [{ ...table, tenantColumn: column }] : [];
  });
}

function tableFaults(table: Table, role: string): { path: string; message: string }[] {
  const wrong = [
    table.maySelect ? undefined : `grant select on ${table.name} to ${quoteName(role)}`,
    table.seesAll ? undefined : `a policy hides rows of it from ${role}, so a copy would not be whole`,
  ];
  return wrong.filter((each) => each !== undefined).map((message) => ({ path: table.name, message }));
}

/** Rows that belong to a tenant by what they point at, and do not say so themselves, would be lost with the tenant. */
function lostTables(
  selected: readonly SelectedTable[],
  kept: readonly Table[],
  { references }: Catalogue,
): { path: string; message: string }[] {
  const ours = new Set(selected.map(({ name }) => name));
  const there = new Set(kept.map(({ name }) => name));
  return references
    .filter(({ from, to }) => ours.has(to) && !ours.has(from) && there.has(from))
    .map(({ from, to }) => ({
      path: from,
      message: `points at ${to} and has no tenant column: give it one, or name it under leave_out`,
    }));
}

const refused = (
  source: SourceDatabase,
  role: string,
  faults: readonly { readonly path: string; readonly message: string }[],
): TenantryError =>
  new TenantryError(
    'backup.refused',
    `The database ${source.name} cannot be backed up as ${role}: ${faults[0]?.path} ${faults[0]?.message}.`,
    {
      faults,
      facts: { database: source.name, role },
      next: 'Mend what the faults name; docs/guide/backups.md says which role saves and restores.',
    },
  );
