/** What of the control plane's own database is saved. */
import { TenantryError } from '@tenantry/contract';
import type pg from 'pg';
import { orderTables } from '../core/table-order.ts';
import { type Catalogue, readCatalogue } from '../database/catalogue.ts';
import type { Selection } from '../database/tenant-tables.ts';

/** The name in files and headers. */
export const SELF = 'tenantry';

/** The queue's tables belong to it: a run waits for its jobs. */
const SCHEMAS = ['tenantry.', 'graphile_worker.'];

export const KEYS_TABLE = 'tenantry.vault_data_keys';
/** What of a data key is not saved with it: the key. */
const KEY_MATERIAL = new Set(['key_id', 'nonce', 'wrapped']);

/** Every table of ours, without the keys themselves. */
export async function readSelf(client: pg.ClientBase): Promise<{ catalogue: Catalogue; selection: Selection }> {
  const all = await readCatalogue(client);
  const ours = (name: string): boolean => SCHEMAS.some((schema) => name.startsWith(schema));
  const catalogue: Catalogue = {
    ...all,
    tables: all.tables.filter(({ name }) => ours(name)),
    sequences: all.sequences.filter(({ name }) => ours(name)),
  };
  const tables = catalogue.tables.map((table) => ({
    ...table,
    columns: table.name === KEYS_TABLE ? table.columns.filter(({ name }) => !KEY_MATERIAL.has(name)) : table.columns,
    tenantColumn: undefined,
  }));
  const hidden = tables.find(({ seesAll, maySelect }) => !seesAll || !maySelect);
  if (hidden !== undefined) {
    throw new TenantryError('backup.refused', `The control plane cannot read all of its table ${hidden.name}.`, {
      facts: { table: hidden.name, role: catalogue.role },
      next: 'Give the role tenantry_owner back what it had, or report this.',
    });
  }
  const { order, ring } = orderTables(
    tables.map(({ name }) => name),
    catalogue.references,
  );
  if (ring.length > 0) {
    throw new TenantryError('backup.refused', `Foreign keys of the control plane form a ring: ${ring.join(', ')}.`, {
      next: 'Report this.',
    });
  }
  const byName = new Map(tables.map((table) => [table.name, table]));
  return { catalogue, selection: { database: SELF, tables: order.flatMap((name) => byName.get(name) ?? []) } };
}
