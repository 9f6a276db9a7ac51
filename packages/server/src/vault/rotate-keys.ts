import { permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { sealBox } from './box.ts';
import { toBytes } from './content.ts';
import { currentDataKey, type DataKeyRow, dataKeyContext, insertDataKey, openDataKey } from './data-keys.ts';
import { ENTRY_COLUMNS, entryContext, type FlatEntryRow, fingerprintOf, openEntry, toEntry } from './entries.ts';
import type { VaultCtx } from './types.ts';

export interface BatchOptions {
  /** Rows taken in this transaction. */
  readonly batch?: number;
}

const BATCH_DEFAULT = 200;

/**
 * Seals one batch of data keys under the current master key. Call it, a transaction each time, until `remaining` is 0;
 * after an interruption it goes on where it was. Keep the old master key in the ring until then: entries themselves
 * are not touched.
 */
export async function rotateMasterKey(
  ctx: VaultCtx,
  { batch = BATCH_DEFAULT }: BatchOptions = {},
): Promise<{ readonly rewrapped: number; readonly remaining: number }> {
  permit(ctx.actor, 'keys:write');
  const { current } = ctx.keyring;
  const { rows } = await ctx.tx.query<DataKeyRow>(
    `select id, tenant_id, version, destroyed_at, key_id, nonce, wrapped from vault_data_keys
     where key_id <> $1 order by id limit $2 for update skip locked`,
    [current, batch],
  );
  for (const row of rows) {
    const wrapped = ctx.keyring.wrap(openDataKey(ctx, row), dataKeyContext(row));
    await ctx.tx.query('update vault_data_keys set key_id = $2, nonce = $3, wrapped = $4 where id = $1', [
      row.id,
      wrapped.keyId,
      wrapped.nonce,
      wrapped.box,
    ]);
  }
  const left = await ctx.tx.query<{ remaining: number }>(
    'select count(*)::int as remaining from vault_data_keys where key_id <> $1',
    [current],
  );
  if (rows.length > 0) {
    await recordAudit(ctx, {
      action: 'vault.master_key_rotated',
      subject: { kind: 'vault_master_key', id: current },
      detail: { dataKeys: rows.length },
    });
  }
  return { rewrapped: rows.length, remaining: left.rows[0]?.remaining ?? 0 };
}

/** Gives a tenant a new data key. New entries use it; old ones stay readable until `resealEntries` has moved them. */
export async function rotateDataKey(ctx: VaultCtx, tenantId: string | null): Promise<{ readonly version: number }> {
  permit(ctx.actor, 'keys:write');
  const before = await currentDataKey(ctx, tenantId);
  const held = await ctx.tx.query<DataKeyRow>(
    `select id, tenant_id, version, destroyed_at, key_id, nonce, wrapped from vault_data_keys where id = $1 for update`,
    [before.id],
  );
  // Whoever held the lock before may have destroyed it: an erased tenant gets no new key.
  for (const row of held.rows) openDataKey(ctx, row);
  await insertDataKey(ctx, tenantId, before.version + 1);
  await ctx.tx.query('update vault_data_keys set retired_at = $2 where id = $1 and retired_at is null', [
    before.id,
    ctx.now,
  ]);
  const { version } = await currentDataKey(ctx, tenantId);
  await recordAudit(ctx, {
    action: 'vault.data_key_rotated',
    ...(tenantId === null ? {} : { tenantId }),
    subject: { kind: 'vault_data_key', id: before.id },
    detail: { version },
  });
  return { version };
}

/**
 * Moves one batch of a tenant's entries from retired data keys to the current one, and destroys each retired key that
 * no entry needs any more. Call it until `remaining` is 0.
 */
export async function resealEntries(
  ctx: VaultCtx,
  { tenantId, batch = BATCH_DEFAULT }: BatchOptions & { readonly tenantId: string | null },
): Promise<{ readonly resealed: number; readonly remaining: number }> {
  permit(ctx.actor, 'keys:write');
  const current = await currentDataKey(ctx, tenantId);
  const { rows } = await ctx.tx.query<FlatEntryRow>(
    `select ${ENTRY_COLUMNS} from vault_entries e join vault_data_keys k on k.id = e.data_key_id
     where e.tenant_id is not distinct from $1 and e.revoked_at is null and k.version < $2
     order by e.id limit $3 for update of e skip locked`,
    [tenantId, current.version, batch],
  );
  for (const row of rows) {
    const content = openEntry(ctx, toEntry(row));
    const { nonce, box } = sealBox(current.key, toBytes(content), entryContext(row));
    await ctx.tx.query(
      'update vault_entries set data_key_id = $2, nonce = $3, ciphertext = $4, fingerprint = $5 where id = $1',
      [row.id, current.id, nonce, box, fingerprintOf(current.key, content.secret)],
    );
  }
  const remaining = await destroyUnused(ctx, tenantId, current.version);
  return { resealed: rows.length, remaining };
}

/** Answers how many entries still need a retired key. */
async function destroyUnused(ctx: VaultCtx, tenantId: string | null, version: number): Promise<number> {
  // Whoever seals holds a share of the key row until commit: this waits for them, so that their entry is counted below.
  await ctx.tx.query(
    `select from vault_data_keys
     where tenant_id is not distinct from $1 and version < $2 and destroyed_at is null order by id for update`,
    [tenantId, version],
  );
  await ctx.tx.query(
    `update vault_data_keys k set destroyed_at = $3, key_id = null, nonce = null, wrapped = null
     where tenant_id is not distinct from $1 and version < $2 and destroyed_at is null
       and not exists (select from vault_entries e where e.data_key_id = k.id and e.revoked_at is null)`,
    [tenantId, version, ctx.now],
  );
  const { rows } = await ctx.tx.query<{ remaining: number }>(
    `select count(*)::int as remaining from vault_entries e join vault_data_keys k on k.id = e.data_key_id
     where e.tenant_id is not distinct from $1 and e.revoked_at is null and k.version < $2`,
    [tenantId, version],
  );
  return rows[0]?.remaining ?? 0;
}
