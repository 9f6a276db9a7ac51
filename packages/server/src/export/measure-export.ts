import { planeRows } from './plane-rows.ts';
import type { ExportDeps, ProductDatabases, TenantRows } from './sources.ts';

/**
 * Whether an export is too large to be answered at once. Rows are counted no further than the limit, so asking costs no
 * more of a large tenant than of one at the limit.
 */
export async function isLarge(deps: ExportDeps, tenantId: string, databases: ProductDatabases): Promise<boolean> {
  const { directRowsMax, directBytesMax } = deps.limits;
  let [rows, bytes] = [0, 0];
  const isOver = (): boolean => rows > directRowsMax || bytes > directBytesMax;
  const add = async (tables: readonly TenantRows[]): Promise<void> => {
    for (const table of tables) {
      if (isOver()) return;
      const size = await table.size(directRowsMax - rows + 1);
      rows += size.rows;
      bytes += size.bytes;
    }
  };
  await deps.database.transaction('worker', async (tx) => add(await planeRows(tx, tenantId)));
  if (!isOver()) await databases.each(new AbortController().signal, ({ tables }) => add(tables));
  return isOver();
}
