import { bug } from '@tenantry/contract';
import type { Tx } from '../db/index.ts';
import { PLANE_TABLES, unlisted } from './core/plane-tables.ts';
import type { RowsSize, TenantRows } from './sources.ts';

const TABLES = `
  select c.relname as name, json_agg(a.attname order by a.attnum) as columns,
    coalesce((select json_agg(k.attname order by n.place) from pg_index i
      join unnest(i.indkey) with ordinality n (attnum, place) on true
      join pg_attribute k on k.attrelid = i.indrelid and k.attnum = n.attnum
      where i.indrelid = c.oid and i.indisprimary), '[]') as key
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'tenantry'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped)
  group by c.oid, c.relname order by c.relname`;

interface PlaneTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

export interface PlaneRows extends TenantRows {
  readonly entry: string;
  readonly omit: readonly string[];
}

/**
 * The control plane's own rows of a tenant, under the view the transaction holds.
 *
 * @throws internal.bug for a table that nobody has listed: an export that leaves something out would say it is whole
 */
export async function planeRows(tx: Tx, tenantId: string): Promise<readonly PlaneRows[]> {
  const { rows: tables } = await tx.query<PlaneTable>(TABLES);
  const unknown = unlisted(tables.map(({ name }) => name));
  if (unknown.length > 0) {
    throw bug(`No export knows the table ${unknown.join(', ')}.`, { next: 'List it in export/core/plane-tables.ts.' });
  }
  return tables.flatMap(({ name, columns, key }) => {
    const listed = PLANE_TABLES[name];
    if (listed === undefined || !('entry' in listed)) return [];
    return {
      table: name,
      database: 'tenantry',
      entry: listed.entry,
      omit: listed.omit ?? [],
      columns,
      lines: (wanted: readonly string[]) => readLines(tx, { name, key, columns: wanted, tenantId }),
      size: (rowsMax: number) => sizeOf(tx, { name, columns, tenantId, rowsMax }),
    };
  });
}

let cursors = 0;
const ROWS_FIRST = 100;
const ROWS_MOST = 2_000;
/** What one fetch should bring: rows of documents are larger than rows of facts. */
const FETCH_BYTES = 512 * 1_024;

interface Reading {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly tenantId: string;
}

/** By a cursor, so that memory stays what it is whatever the table holds. A `json` may stand on several lines. */
async function* readLines(tx: Tx, { name, key, columns, tenantId }: Reading): AsyncGenerator<Buffer> {
  cursors += 1;
  const cursor = `export_${cursors}`;
  const list = columns.map((column) => `t.${quoted(column)}`).join(', ');
  const order = key.length === 0 ? 'x::text' : key.map((column) => `t.${quoted(column)}`).join(', ');
  await tx.query(
    `declare ${cursor} no scroll cursor for
     select translate(row_to_json(x)::text, e'\\n\\r', '  ') as row from ${quoted(name)} t, lateral (select ${list}) x
     where t.tenant_id = '${tenantId}' order by ${order}`,
  );
  for (let wanted = ROWS_FIRST; ; ) {
    const { rows } = await tx.query<{ row: string }>(`fetch ${wanted} from ${cursor}`);
    if (rows.length === 0) break;
    const piece = Buffer.from(`${rows.map(({ row }) => row).join('\n')}\n`);
    yield piece;
    if (rows.length < wanted) break;
    wanted = Math.min(ROWS_MOST, Math.max(1, Math.floor((FETCH_BYTES * rows.length) / piece.length)));
  }
  await tx.query(`close ${cursor}`);
}

async function sizeOf(
  tx: Tx,
  { name, columns, tenantId, rowsMax }: Omit<Reading, 'key'> & { readonly rowsMax: number },
): Promise<RowsSize> {
  const widths = columns.map((column) => `coalesce(pg_column_size(t.${quoted(column)}), 0)`);
  const { rows } = await tx.query<RowsSize>(
    `select count(*)::int as rows, coalesce(sum(width), 0)::float8 as bytes from (
       select ${widths.join(' + ')} as width from ${quoted(name)} t where t.tenant_id = $1 limit ${Math.ceil(rowsMax)}) w`,
    [tenantId],
  );
  return rows[0] ?? { rows: 0, bytes: 0 };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
