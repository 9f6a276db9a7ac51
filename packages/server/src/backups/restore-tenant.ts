import { TenantryError } from '@tenantry/contract';
import type pg from 'pg';
import type { RestoredTable } from './core/manifest.ts';
import { columnList, quoteTable } from './database/sql-names.ts';
import { loadRows, makeStages, stageName } from './database/staging.ts';
import { framesIn } from './file/read-file.ts';
import type { CheckedFile } from './open-backup.ts';
import {
  compare,
  countOf,
  deleteRows,
  inEach,
  inOrder,
  type Restored,
  type RestoreOptions,
  type Restoring,
  raiseSequences,
  reportOf,
} from './restoring.ts';
import type { Source, Tombstone } from './sources.ts';

export interface TenantRestoreOptions extends RestoreOptions {
  readonly tenantId: string;
}

/** @throws backup.refused for a tenant that was erased */
export async function restoreTenant(
  source: Source,
  files: readonly CheckedFile[],
  options: TenantRestoreOptions,
): Promise<Restored> {
  const { tenantId, tombstones } = options;
  const assertStands = async (): Promise<void> => {
    const stone = (await tombstones()).find((each) => each.tenantId === tenantId);
    if (stone !== undefined) throw erased(stone);
  };
  await assertStands();
  const tables = await inEach(source, files, 'tenant', options, (one) => replaceTenant(one, options), assertStands);
  return { tables: tables.flat(), erased: [] };
}

const erased = ({ tenantId, erasedAt }: Tombstone): TenantryError =>
  new TenantryError('backup.refused', `The tenant ${tenantId} was erased on ${erasedAt.toISOString().slice(0, 10)}.`, {
    facts: { tenant: tenantId },
    next: 'Nothing was touched. What was erased is not brought back; onboard the client anew.',
  });

async function replaceTenant(one: Restoring, { tenantId, work }: TenantRestoreOptions): Promise<RestoredTable[]> {
  const { client, file, selection } = one;
  const { tables } = file.manifest;
  await makeStages(client, tables, { proving: false });
  await loadRows(client, framesIn(file.opened, file.dataKey), tables, (_table, index) => stageName(index));
  const before = await countOf(client, selection.tables, tenantId);
  await deleteRows(one, tenantId);
  await withOwnNames(client, async () => {
    for (const [table, index] of inOrder(selection, tables)) {
      const columns = columnList(table.columns);
      await client.query(
        `insert into ${quoteTable(table.name)} (${columns}) overriding system value select ${columns} from ${stageName(index)}`,
      );
      work.onProgress?.({ database: one.source.name, table: table.name, done: index, of: tables.length });
    }
  });
  await compare(one, tenantId);
  await raiseSequences(one, 'at least');
  return reportOf(one, before);
}

/** Triggers of the application find their own tables again. */
async function withOwnNames(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('set local search_path to default');
  await work();
  await client.query('set local search_path = pg_catalog');
}
