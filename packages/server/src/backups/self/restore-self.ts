/**
 * The control plane from its own backup, while no process of it runs. All of it happens in one transaction of the
 * owner: tables emptied and filled, keys put beside their entries, erased tenants taken out.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import type pg from 'pg';
import type { Database } from '../../db/index.ts';
import { type Header, keyContext } from '../core/header.ts';
import { type Manifest, misfits, schemaHash, type TableEntry } from '../core/manifest.ts';
import { isStamp } from '../core/stamp.ts';
import type { Catalogue } from '../database/catalogue.ts';
import { hashRows, rowsQuery } from '../database/copy-out.ts';
import { beginRestore, closeClient } from '../database/snapshot.ts';
import { quoteName, quoteTable } from '../database/sql-names.ts';
import { loadRows } from '../database/staging.ts';
import type { Selection } from '../database/tenant-tables.ts';
import { checkBackupFile, damaged, framesIn, type OpenedFile, openBackupFile } from '../file/read-file.ts';
import { noBackup } from '../load.ts';
import type { KeyCopy, SelfParts, Tombstone } from '../sources.ts';
import { connectAsOwner, SELF_FOLDER } from './create-self.ts';
import { type KeysFile, readKeysFile } from './keys-file.ts';
import { KEYS_TABLE, readSelf, SELF } from './self-tables.ts';

export interface SelfRestoreDeps {
  /** Migrated to this release already. */
  readonly connection: Database['connection'];
  readonly self: SelfParts;
  readonly folder: string;
  readonly keysFolder: string;
}

export interface SelfRestoreReport {
  readonly stamp: string;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  /** Tenants that were erased since, and were taken out again. */
  readonly erased: readonly string[];
  /** Data keys that no longer exist: what they sealed stays shut. */
  readonly keysGone: number;
  readonly keysFrom: Date;
}

export interface SelfFile {
  readonly stamp: string;
  readonly path: string;
}

/** The control plane's own backups as they lie in the folder, newest first: its database may be gone. */
export async function listSelfFiles(folder: string): Promise<readonly SelfFile[]> {
  const names = await readdir(join(folder, SELF_FOLDER)).catch(() => []);
  return names
    .flatMap((name) => {
      const [, stamp] = /^tenantry_(\d{8}_\d{6})\.dump\.gz\.enc$/.exec(name) ?? [];
      return stamp === undefined ? [] : [{ stamp, path: join(folder, SELF_FOLDER, name) }];
    })
    .toSorted((a, b) => (a.stamp < b.stamp ? 1 : -1));
}

/** @throws backup.not_found for anything but `latest` or the timestamp of a file that is there */
export async function findSelfFile(folder: string, which: string): Promise<SelfFile> {
  if (which !== 'latest' && !isStamp(which)) throw noBackup(`"${which}" is neither "latest" nor a timestamp`);
  const files = await listSelfFiles(folder);
  const found = files.find(({ stamp }) => which === 'latest' || stamp === which);
  if (found !== undefined) return found;
  throw noBackup(`there is none of the control plane ${which === 'latest' ? 'yet' : `of ${which}`} in ${folder}`);
}

export interface CheckedSelf {
  readonly opened: OpenedFile;
  readonly dataKey: Buffer;
  readonly manifest: Manifest;
}

/** Reads it through. @throws backup.unreadable, vault.key_missing */
export async function checkSelfFile(self: SelfParts, { path }: SelfFile): Promise<CheckedSelf> {
  const opened = await openBackupFile(path);
  const { header } = opened;
  if (header.scope !== 'self' || !('master' in header.key)) throw damaged(path, 'is not one of the control plane');
  const dataKey = self.openWithMaster(header.key, keyContext(factsOf(header)));
  return { opened, dataKey, manifest: await checkBackupFile(opened, dataKey) };
}

const factsOf = ({ backup, scope, tenant, stamp }: Header) => ({ backup, scope, tenant, stamp });

/**
 * @throws backup.not_found, backup.unreadable, backup.mismatch for another schema, backup.refused while a process of
 *   the control plane runs, vault.key_missing
 */
export async function restoreSelf(deps: SelfRestoreDeps, which: string): Promise<SelfRestoreReport> {
  const file = await findSelfFile(deps.folder, which);
  const checked = await checkSelfFile(deps.self, file);
  const keys = await readKeysFile(deps.self, deps.keysFolder);
  const client = await connectAsOwner(deps.connection);
  try {
    await beginRestore(client);
    await client.query('select tenantry.admit_backups()');
    await assertAlone(client);
    const report = await replace(deps, client, checked, keys);
    await client.query('commit');
    return { stamp: file.stamp, ...report, keysFrom: keys.writtenAt };
  } finally {
    await closeClient(client);
  }
}

async function assertAlone(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and application_name like 'tenantry%'`,
  );
  if (rows.length === 0) return;
  throw new TenantryError('backup.refused', 'The control plane is running on this database.', {
    facts: { connections: rows.map(({ name }) => name) },
    next: 'Nothing was touched. Stop every server and worker, then restore.',
  });
}

async function replace(deps: SelfRestoreDeps, client: pg.Client, checked: CheckedSelf, keys: KeysFile) {
  const { manifest } = checked;
  const { catalogue, selection } = await readSelf(client);
  assertSame(manifest, selection);
  const tombstones = await knownTombstones(client, keys.tombstones);
  const destroyed = await destroyedKeys(client);
  await unlock(client, catalogue);
  await fill(client, checked, selection);
  const gone = new Set(tombstones.map(({ tenantId }) => tenantId));
  const living = keys.keys.filter(
    ({ id, tenant_id }) => !destroyed.has(id) && (tenant_id === null || !gone.has(tenant_id)),
  );
  const keysGone = await putKeys(client, living);
  const erased = await entombAll(deps.self, client, selection, tombstones);
  // Tables with checks still to be made cannot be altered.
  await client.query('set constraints all immediate');
  await lock(client, catalogue);
  return { tables: manifest.tables.map(({ name, rows }) => ({ table: name, rows })), erased, keysGone };
}

/** Neither older nor newer: rows of another release mean other things. */
function assertSame(manifest: Manifest, { tables }: Selection): void {
  if (schemaHash(tables) === manifest.schema_sha256) return;
  const missing = misfits(manifest.tables, tables);
  const [first = 'it lacks what this release has added'] = missing;
  throw new TenantryError(
    'backup.mismatch',
    `The backup is of ${missing.length > 0 ? 'a newer' : 'an older'} release of Tenantry than this one: ${first}.`,
    {
      faults: missing.map((message) => ({ path: SELF, message })),
      next: 'Nothing was touched. Restore with the release that made it into an empty database, then upgrade.',
    },
  );
}

/** Those of the copy, and those of the database as it still stands: either may be the newer. */
async function knownTombstones(client: pg.Client, copied: readonly Tombstone[]): Promise<readonly Tombstone[]> {
  const { rows } = await client.query<{ tenant_id: string; product_id: string; erased_at: Date }>(
    'select tenant_id, product_id, erased_at from tenantry.tenant_tombstones',
  );
  const all = [
    ...copied,
    ...rows.map((row) => ({ tenantId: row.tenant_id, productId: row.product_id, erasedAt: row.erased_at })),
  ];
  return [...new Map(all.map((stone) => [stone.tenantId, stone])).values()];
}

async function destroyedKeys(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ id: string }>(`select id from ${KEYS_TABLE} where destroyed_at is not null`);
  return new Set(rows.map(({ id }) => id));
}

/** Append-only tables refuse even their owner; here their very history is put back. Undone by `lock`, or by a rollback. */
async function unlock(client: pg.Client, { tables }: Catalogue): Promise<void> {
  for (const { name } of tables) {
    await client.query(`alter table ${quoteTable(name)} disable trigger user, no force row level security`);
  }
}

/** Only what enforces row-level security is forced again: the queue's tables have none. */
async function lock(client: pg.Client, { tables }: Catalogue): Promise<void> {
  for (const { name, guarded } of tables) {
    await client.query(
      `alter table ${quoteTable(name)} enable trigger user${guarded ? ', force row level security' : ''}`,
    );
  }
}

async function fill(
  client: pg.Client,
  { opened, dataKey, manifest }: CheckedSelf,
  selection: Selection,
): Promise<void> {
  await client.query(`truncate ${selection.tables.map(({ name }) => quoteTable(name)).join(', ')}`);
  // The check that a key is whole holds only once it has its key again.
  await client.query('alter table tenantry.vault_data_keys drop constraint vault_data_keys_destroyed_whole');
  await loadRows(client, framesIn(opened, dataKey), manifest.tables, ({ name }) => quoteTable(name));
  for (const table of manifest.tables) await compareSelf(client, table, selection);
  for (const { name, value, called } of manifest.sequences) {
    await client.query('select setval($1::regclass, $2::bigint, $3)', [quoteTable(name), value, called]);
  }
}

async function compareSelf(client: pg.Client, entry: TableEntry, { tables }: Selection): Promise<void> {
  const table = tables.find(({ name }) => name === entry.name);
  if (table === undefined) return;
  const found = await hashRows(client, rowsQuery({ table, tenantId: undefined }));
  if (found.rows === entry.rows && found.sha256 === entry.sha256) return;
  throw new TenantryError('backup.refused', `After the restore ${entry.name} would not hold what the backup does.`, {
    facts: { table: entry.name, rows: found.rows, expected: entry.rows },
    next: 'Everything is as it was. Report this.',
  });
}

/** Puts the keys of the copy where their rows are; a row without one is a key that was destroyed since. */
async function putKeys(client: pg.Client, living: readonly KeyCopy[]): Promise<number> {
  await client.query(
    `insert into tenantry.vault_data_keys (id, tenant_id, version, key_id, nonce, wrapped, created_at, retired_at)
     select k.id, k.tenant_id, k.version, k.key_id, decode(k.nonce, 'base64'), decode(k.wrapped, 'base64'),
       k.created_at, k.retired_at
     from jsonb_to_recordset($1::jsonb) as k (id uuid, tenant_id uuid, version int, key_id text, nonce text,
       wrapped text, created_at timestamptz, retired_at timestamptz)
     on conflict (id) do update set key_id = excluded.key_id, nonce = excluded.nonce, wrapped = excluded.wrapped`,
    [JSON.stringify(living)],
  );
  const { rowCount } = await client.query(
    'update tenantry.vault_data_keys set destroyed_at = now() where wrapped is null and destroyed_at is null',
  );
  await client.query(
    `alter table tenantry.vault_data_keys add constraint vault_data_keys_destroyed_whole check (
      (destroyed_at is null and key_id is not null and nonce is not null and wrapped is not null)
      or (destroyed_at is not null and key_id is null and nonce is null and wrapped is null))`,
  );
  return rowCount ?? 0;
}

/** Every erased tenant is erased again, table by table, and its tombstone stands again. */
async function entombAll(
  { retained }: SelfParts,
  client: pg.Client,
  selection: Selection,
  tombstones: readonly Tombstone[],
): Promise<string[]> {
  for (const { tenantId, productId, erasedAt } of tombstones) {
    await client.query(
      `insert into tenantry.tenant_tombstones (tenant_id, product_id, erased_at, reason, actor)
       values ($1, $2, $3, 'erased before this restore', '{"kind": "system", "id": "backups", "label": "tenantry backups"}')
       on conflict do nothing`,
      [tenantId, productId, erasedAt],
    );
  }
  const kept = new Set(retained.map((name) => `tenantry.${name}`));
  const ids = tombstones.map(({ tenantId }) => tenantId);
  const found = new Set<string>();
  for (const { name, columns } of selection.tables.toReversed()) {
    const column = name === 'tenantry.tenants' ? 'id' : 'tenant_id';
    if (kept.has(name) || !columns.some((each) => each.name === column)) continue;
    const { rows } = await client.query<{ id: string }>(
      `delete from ${quoteTable(name)} where ${quoteName(column)} = any ($1::uuid[]) returning ${quoteName(column)} as id`,
      [ids],
    );
    for (const { id } of rows) found.add(id);
  }
  return [...found];
}
