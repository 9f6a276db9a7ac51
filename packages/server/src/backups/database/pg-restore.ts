/**
 * A dump of `pg_dump` put back: `pg_restore` writes it as SQL, and `psql` runs that in one transaction together with
 * the counting of rows and the removal of erased tenants, so that nobody sees them in between.
 */
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isTenantryError, TenantryError } from '@tenantry/contract';
import type { RestoredTable } from '../core/manifest.ts';
import { orderTables } from '../core/table-order.ts';
import { framesIn } from '../file/read-file.ts';
import type { CheckedFile } from '../open-backup.ts';
import type { SourceDatabase, Tombstone } from '../sources.ts';
import { readCatalogue } from './catalogue.ts';
import { assertNewEnough, startProgram } from './pg-dump.ts';
import { closeClient, tenantLiteral } from './snapshot.ts';
import { qualified, quoteName, quoteTable } from './sql-names.ts';

export interface DumpRestore {
  readonly toolsFolder: string | undefined;
  readonly source: SourceDatabase;
  readonly file: CheckedFile;
  readonly tombstones: readonly Tombstone[];
}

/** @throws backup.tools_too_old, backup.refused without a folder of programs, connector.refused */
export async function restoreDump({ toolsFolder, source, file, tombstones }: DumpRestore): Promise<RestoredTable[]> {
  const folder = toolsOf(toolsFolder, source.name);
  const before = await look(source, file, tombstones);
  const [pgRestore, psql] = [join(folder, 'pg_restore'), join(folder, 'psql')];
  await assertNewEnough(pgRestore, file.manifest.server);
  await assertNewEnough(psql, before.server);
  const written = startProgram(pgRestore, ['--clean', '--if-exists', '--file=-'], {});
  const run = startProgram(
    psql,
    ['--no-psqlrc', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1', '--output=/dev/null'],
    { ...source.programEnvironment('restore') },
  );
  try {
    // `end: false`: what belongs to the same transaction is still to be written.
    await Promise.all([
      pipeline(rowsOf(file), written.stdin),
      pipeline(written.stdout, run.stdin, { end: false }).then(() => written.ended()),
    ]);
    run.stdin.end(`\n${before.checks}\n`);
    await run.ended();
  } finally {
    written.kill();
    run.kill();
  }
  return before.tables;
}

function toolsOf(folder: string | undefined, database: string): string {
  if (folder !== undefined) return folder;
  throw new TenantryError('backup.refused', `The backup of ${database} was made by pg_dump.`, {
    next: 'Let TENANTRY_PG_TOOLS_DIR name the folder of pg_restore and psql.',
  });
}

/**
 * Lets `pg_restore` read an archive to its end, into nothing.
 *
 * @throws backup.mismatch when it cannot; backup.refused without a folder of programs
 */
export async function readArchive(toolsFolder: string | undefined, file: CheckedFile): Promise<void> {
  const folder = toolsOf(toolsFolder, file.entry.database);
  const reader = startProgram(join(folder, 'pg_restore'), ['--file=/dev/null'], {});
  try {
    await pipeline(rowsOf(file), reader.stdin);
    await reader.ended();
  } catch (error) {
    if (isTenantryError(error) && error.code === 'backup.unreadable') throw error;
    throw new TenantryError('backup.mismatch', `pg_restore cannot read the archive of ${file.entry.database}.`, {
      next: 'Take a new backup, and find out what became of this one.',
      cause: error,
    });
  } finally {
    reader.kill();
  }
}

async function* rowsOf(file: CheckedFile): AsyncGenerator<Buffer> {
  for await (const { kind, bytes } of framesIn(file.opened, file.dataKey)) if (kind === 'rows') yield bytes;
}

async function look(source: SourceDatabase, file: CheckedFile, tombstones: readonly Tombstone[]) {
  const client = await source.connectToRestore();
  try {
    await client.query('begin read only');
    const catalogue = await readCatalogue(client);
    const there = new Set(catalogue.tables.map(({ name }) => name));
    const tables: RestoredTable[] = [];
    for (const { name, rows } of file.manifest.tables) {
      const counted = there.has(name)
        ? await client.query<{ n: string }>(`select count(*)::text as n from ${quoteTable(name)}`)
        : { rows: [] };
      tables.push({ database: source.name, table: name, before: Number(counted.rows[0]?.n ?? 0), after: rows });
    }
    const { order } = orderTables(
      file.manifest.tables.map(({ name }) => name),
      catalogue.references,
    );
    return { server: catalogue.server, tables, checks: checksOf(source, file, order, tombstones) };
  } catch (error) {
    throw source.fault(error);
  } finally {
    await closeClient(client);
  }
}

/** Counted first, as the backup was taken; then those who were erased since go. */
function checksOf(
  source: SourceDatabase,
  { manifest }: CheckedFile,
  order: readonly string[],
  tombstones: readonly Tombstone[],
): string {
  const counts = manifest.tables.map(
    ({ name, rows }) =>
      `if (select count(*) from ${quoteTable(name)}) <> ${rows} then raise exception '% has other rows than the backup', ${literal(name)}; end if;`,
  );
  const byName = new Map(manifest.tables.map((table) => [table.name, table]));
  const root = source.tenants === undefined ? undefined : qualified(source.tenants.table);
  const deletions = tombstones.flatMap(({ tenantId }) =>
    order.toReversed().flatMap((name) => {
      const column = name === root ? source.tenants?.column : source.tenantColumn;
      const has = byName.get(name)?.columns.some((each) => each.name === column) === true;
      return has && column !== undefined
        ? [`delete from ${quoteTable(name)} where ${quoteName(column)} = ${tenantLiteral(tenantId)};`]
        : [];
    }),
  );
  return `do $tenantry$ begin ${counts.join(' ')} end $tenantry$;\n${deletions.join('\n')}`;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
