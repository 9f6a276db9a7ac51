import { TenantryError } from '@tenantry/contract';
import type pg from 'pg';
import type { RestoredTable } from './core/manifest.ts';
import { sequencesOf } from './database/copy-out.ts';
import { restoreDump } from './database/pg-restore.ts';
import { columnList, qualified, quoteName, quoteTable } from './database/sql-names.ts';
import { loadRows, makeStages, stageName } from './database/staging.ts';
import { selectTables } from './database/tenant-tables.ts';
import type { BackupDeps, WorkOptions } from './deps.ts';
import { framesIn } from './file/read-file.ts';
import type { CheckedFile } from './open-backup.ts';
import {
  compare,
  countOf,
  deleteRows,
  inEach,
  inOrder,
  noDatabase,
  type Restored,
  type RestoreOptions,
  type Restoring,
  raiseSequences,
  reportOf,
} from './restoring.ts';
import type { Source } from './sources.ts';

/** Every row of a set's databases. Erased tenants are taken out again before anybody can see them. */
export async function restoreSet(
  deps: Pick<BackupDeps, 'toolsFolder'>,
  source: Source,
  files: readonly CheckedFile[],
  options: RestoreOptions,
): Promise<Restored> {
  const { tombstones, work } = options;
  const dumps = files.filter(({ opened }) => opened.header.payload === 'pgdump');
  if (dumps.length > 0) return restoreDumps(deps, source, dumps, options);
  const gone = new Set<string>();
  const tables = await inEach(
    source,
    files,
    'set',
    options,
    (one) => replaceAll(one, work),
    async (all) => {
      for (const { tenantId } of await tombstones()) {
        for (const one of all) if (await entomb(one, tenantId)) gone.add(tenantId);
      }
    },
  );
  return { tables: tables.flat(), erased: [...gone] };
}

async function replaceAll(one: Restoring, work: WorkOptions): Promise<RestoredTable[]> {
  const { client, file, selection, source, catalogue } = one;
  const { tables } = file.manifest;
  const before = new Map<string, number>();
  for (const { name } of tables) {
    const { rows } = await client.query<{ n: string }>(`select count(*)::text as n from ${quoteTable(name)}`);
    before.set(name, Number(rows[0]?.n));
  }
  await withoutTriggers(client);
  const emptied = [...tables.map(({ name }) => name), ...leftOutOf(one)];
  await client.query(`truncate ${emptied.map(quoteTable).join(', ')}`);
  const guarded = new Set(selection.tables.filter((table) => table.guarded).map(({ name }) => name));
  const stages = guarded.size > 0;
  if (stages) await makeStages(client, tables, { proving: false });
  await loadRows(client, framesIn(file.opened, file.dataKey), tables, ({ name }, index) =>
    guarded.has(name) ? stageName(index) : quoteTable(name),
  );
  for (const [table, index] of inOrder(selection, tables)) {
    work.onProgress?.({ database: source.name, table: table.name, done: index, of: tables.length });
    if (!guarded.has(table.name)) continue;
    const columns = columnList(table.columns);
    await client.query(
      `insert into ${quoteTable(table.name)} (${columns}) overriding system value select ${columns} from ${stageName(index)}`,
    );
  }
  await compare(one, undefined);
  const locked = sequencesOf(selection, catalogue).find(({ maySet }) => !maySet);
  if (locked !== undefined) throw maySet(locked.name, catalogue.role);
  await raiseSequences(one, 'exactly');
  return reportOf(one, before);
}

/** Rows that hang on those that go, and are not worth keeping. */
const leftOutOf = ({ source, catalogue }: Restoring): string[] => {
  const names = new Set(source.leaveOut.map(qualified));
  return catalogue.tables.filter(({ name }) => names.has(name)).map(({ name }) => name);
};

const maySet = (name: string, role: string): TenantryError =>
  new TenantryError('backup.refused', `The role ${role} may not set the sequence ${name}.`, {
    facts: { sequence: name, role },
    next: `Everything is as it was. Grant update on sequence ${name} to ${quoteName(role)}.`,
  });

/**
 * The rows were consistent when they were copied, so triggers and foreign keys need not run again. A role that may not
 * say so restores in the order of the foreign keys.
 */
async function withoutTriggers(client: pg.Client): Promise<void> {
  await client.query('savepoint replica');
  await client.query(`set local session_replication_role = 'replica'`).then(
    () => client.query('release savepoint replica'),
    () => client.query('rollback to savepoint replica'),
  );
}

/** Takes an erased tenant out again. Answers whether the backup had brought anything of it. */
async function entomb(one: Restoring, tenantId: string): Promise<boolean> {
  const { source, client, catalogue } = one;
  // Rows that hang on those deleted go with them, which is the work of triggers.
  const { rows } = await client.query<{ role: string }>(`select current_setting('session_replication_role') as role`);
  if (rows[0]?.role === 'replica') await client.query(`set local session_replication_role = 'origin'`);
  const selection = selectTables(source, catalogue, 'tenant');
  const found = await countOf(client, selection.tables, tenantId);
  if (![...found.values()].some((rows) => rows > 0)) return false;
  await deleteRows({ ...one, selection }, tenantId);
  return true;
}

async function restoreDumps(
  deps: Pick<BackupDeps, 'toolsFolder'>,
  source: Source,
  files: readonly CheckedFile[],
  { tombstones }: RestoreOptions,
): Promise<Restored> {
  const stones = await tombstones();
  const tables: RestoredTable[] = [];
  for (const file of files) {
    const database = source.databases.find(({ name }) => name === file.entry.database);
    if (database === undefined) throw noDatabase(file.entry.database);
    const restored = await restoreDump({ toolsFolder: deps.toolsFolder, source: database, file, tombstones: stones });
    tables.push(...restored);
  }
  return { tables, erased: [] };
}
