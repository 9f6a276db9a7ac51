import type { Actor } from '../access/index.ts';
import { readCatalogue } from './database/catalogue.ts';
import { hashRows, rowsQuery } from './database/copy-out.ts';
import { beginSnapshot, closeClient } from './database/snapshot.ts';
import { type SelectedTable, selectTables } from './database/tenant-tables.ts';
import type { BackupDeps } from './deps.ts';
import { loadBackup } from './load.ts';
import { type CheckedFile, checkFiles } from './open-backup.ts';
import type { SourceDatabase } from './sources.ts';

/**
 * In which tables the databases now hold something else than a backup, one sentence for each; reads only. Where erased
 * tenants were left out (`erased`), tables with rows of tenants are counted by nobody.
 */
export async function holdsBackup(
  deps: BackupDeps,
  actor: Actor,
  backupId: string,
  erased: readonly string[] = [],
): Promise<readonly string[]> {
  const { backup, source } = await deps.database.transaction('worker', async (tx) => {
    const found = await loadBackup(tx, backupId);
    const request = { product: found.productId ?? '', environment: found.environment ?? '' };
    return { backup: found, source: await deps.sources.open({ tx, actor, now: deps.now() }, request) };
  });
  const files = await checkFiles(deps, { actor, now: deps.now() }, backup);
  const differences: string[] = [];
  for (const file of files) {
    const database = source.databases.find(({ name }) => name === file.entry.database);
    if (database === undefined) differences.push(`the product has no database ${file.entry.database}`);
    else differences.push(...(await compareWith(database, file, backup.tenantId ?? undefined, erased.length > 0)));
  }
  return differences;
}

async function compareWith(
  database: SourceDatabase,
  file: CheckedFile,
  tenantId: string | undefined,
  someErased: boolean,
): Promise<readonly string[]> {
  const client = await database.connect();
  try {
    await beginSnapshot(client);
    const catalogue = await readCatalogue(client);
    const { tables } = selectTables(database, catalogue, tenantId === undefined ? 'set' : 'tenant');
    const byName = new Map<string, SelectedTable>(tables.map((table) => [table.name, table]));
    const differences: string[] = [];
    for (const entry of file.manifest.tables) {
      const table = byName.get(entry.name);
      const ofTenants = entry.columns.some(({ name }) => name === database.tenantColumn);
      if (table === undefined || (someErased && ofTenants) || entry.sha256 === '') continue;
      const query = rowsQuery({ table: { ...table, columns: entry.columns, key: entry.key }, tenantId });
      const found = await hashRows(client, query);
      if (found.sha256 !== entry.sha256)
        differences.push(`${entry.name}: ${found.rows} rows, ${entry.rows} in the backup`);
    }
    return differences;
  } catch (error) {
    throw database.fault(error);
  } finally {
    await closeClient(client);
  }
}
