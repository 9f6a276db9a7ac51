import { createHash } from 'node:crypto';
import type { Actor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { rowsIn } from './core/lines.ts';
import { type ManifestTable, underTenant } from './core/manifest.ts';
import { PLANE_TABLES } from './core/plane-tables.ts';
import { planeRows } from './plane-rows.ts';
import { archiveRefused, type OpenedArchive, openArchive } from './read-archive.ts';
import type { ExportDeps } from './sources.ts';

export interface ImportInput {
  /** Id or slug of a tenant that has no rows yet. */
  readonly tenant: string;
  /** Of the archive, on this machine. */
  readonly path: string;
}

export interface ImportReport {
  readonly tenantId: string;
  /** Whose archive it was. */
  readonly from: { readonly id: string; readonly slug: string; readonly takenAt: string };
  /** What stands in each table now, read back: the same rows give the same hash. */
  readonly tables: readonly {
    readonly database: string;
    readonly table: string;
    readonly rows: number;
    readonly sha256: string;
  }[];
  /** Tables of the archive that are a record of what was, and are not brought back. */
  readonly history: readonly string[];
}

/**
 * Brings an archive into a tenant that has no rows: every table of the product, and of the control plane accounts and
 * settings. Ids stay, but for the tenant's own. All of it is read back before any of it is committed.
 *
 * @throws tenant.not_found, access.forbidden, tenant.not_empty, export.archive_refused, export.unavailable
 */
export async function importArchive(
  deps: ExportDeps,
  actor: Actor,
  { tenant, path }: ImportInput,
): Promise<ImportReport> {
  const now = deps.now();
  const found = await deps.database.transaction('operator', (tx) => deps.sources.tenantOf({ tx, actor, now }, tenant));
  const archive = await openArchive(path);
  try {
    const { manifest } = archive;
    if (manifest.tenant.product !== found.productId) {
      throw archiveRefused(
        `The archive is of a tenant of ${manifest.tenant.product}, and ${found.slug} is one of ${found.productId}.`,
        'Name a tenant of the same product.',
      );
    }
    const turn = underTenant(manifest.tenant.id, found.id);
    const product = manifest.tables.filter(({ database }) => database !== 'tenantry');
    const own = manifest.tables.filter(({ database, table }) => database === 'tenantry' && isImported(table));
    const ownHashes = new Map<string, string>();
    // All of it before any of it: an archive that was altered touches nothing, and holds no lock while it is read.
    for (const table of manifest.tables) for await (const _ of archive.lines(table, (line) => line));
    const hashes = await deps.database.transaction('operator', (tx) =>
      deps.sources.importRows(found, {
        tables: product,
        lines: (table) => archive.lines(table, turn),
        beforeCommit: async () => {
          await fillPlane(tx, archive, { tables: own, tenantId: found.id, turn, hashes: ownHashes });
          await recordAudit(
            { tx, actor, now },
            {
              action: 'tenant.imported',
              tenantId: found.id,
              subject: { kind: 'tenant', id: found.id, name: found.slug },
              detail: { from: manifest.tenant.id, taken_at: manifest.taken_at },
            },
          );
        },
      }),
    );
    return {
      tenantId: found.id,
      from: { id: manifest.tenant.id, slug: manifest.tenant.slug, takenAt: manifest.taken_at },
      tables: [...own, ...product].map(({ database, table, rows }) => ({
        database,
        table,
        rows,
        sha256: (database === 'tenantry' ? ownHashes.get(table) : hashes.get(`${database}.${table}`)) ?? '',
      })),
      history: manifest.tables.flatMap(({ database, table }) =>
        database === 'tenantry' && !isImported(table) ? [table] : [],
      ),
    };
  } finally {
    archive.close();
  }
}

const isImported = (table: string): boolean => {
  const listed = PLANE_TABLES[table];
  return listed !== undefined && 'entry' in listed && listed.imported === true;
};

interface Filling {
  readonly tables: readonly ManifestTable[];
  readonly tenantId: string;
  readonly turn: (line: string) => string;
  readonly hashes: Map<string, string>;
}

async function fillPlane(tx: Tx, archive: OpenedArchive, { tables, tenantId, turn, hashes }: Filling): Promise<void> {
  const live = await planeRows(tx, tenantId);
  for (const table of tables) {
    const rows = live.find((each) => each.table === table.table);
    const columns = rows?.columns.filter((column) => !rows.omit.includes(column)) ?? [];
    if (rows === undefined || columns.join() !== table.columns.join()) {
      throw archiveRefused(
        `The table ${table.table} of the archive has other columns than here.`,
        'Import it with the release that wrote it.',
      );
    }
    const hash = createHash('sha256');
    for await (const piece of archive.lines(table, turn)) {
      hash.update(piece);
      await insertRows(tx, table.table, columns, piece);
    }
    const back = createHash('sha256');
    for await (const piece of rows.lines(columns)) back.update(piece);
    const found = back.digest('hex');
    if (found !== hash.digest('hex')) {
      throw archiveRefused(
        `The tenant has rows in ${table.table} already, or would have others than the archive.`,
        'Create a new tenant.',
      );
    }
    hashes.set(table.table, found);
  }
}

async function insertRows(tx: Tx, table: string, columns: readonly string[], piece: Buffer): Promise<void> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  await tx
    .query(
      `insert into "${table}" (${list}) overriding system value
       select ${list} from json_populate_recordset(null::"${table}", $1::json)`,
      [`[${rowsIn(piece).join(',')}]`],
    )
    .catch((error: unknown) => {
      throw archiveRefused(
        `Rows with the same ids are in ${table} already.`,
        'Import where the tenant of the archive is not.',
        error,
      );
    });
}
