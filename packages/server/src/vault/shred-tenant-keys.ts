import { permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { findCurrent, insertDataKey } from './data-keys.ts';
import type { VaultCtx } from './types.ts';

/**
 * Destroys every data key of a tenant: its entries can never be opened again, its one-time links are withdrawn, and
 * no new key is ever made for it. May be repeated. Answers how many keys were destroyed by this call.
 *
 * The wrapped bytes leave the table now. They leave the data files when PostgreSQL next vacuums it, and copies of the
 * table (backups, archived WAL) hold them until they expire: the erasure certificate has to say so.
 */
export async function shredTenantKeys(
  ctx: VaultCtx,
  input: { readonly tenantId: string; readonly reason: string },
): Promise<number> {
  permit(ctx.actor, 'keys:write');
  const { tenantId, reason } = input;
  // Without a row to mark, the first secret sealed after the erasure would make a key again.
  if ((await findCurrent(ctx, tenantId)) === undefined) await insertDataKey(ctx, tenantId, 1);
  const destroyed = await destroyAll(ctx, tenantId);
  await ctx.tx.query(
    `update reveal_links set withdrawn_at = $2 where tenant_id = $1 and spent_at is null and withdrawn_at is null`,
    [tenantId, ctx.now],
  );
  if (destroyed > 0) {
    await recordAudit(ctx, {
      action: 'vault.keys_destroyed',
      tenantId,
      subject: { kind: 'tenant', id: tenantId },
      reason,
      detail: { keys: destroyed },
    });
  }
  return destroyed;
}

/**
 * A rotation that was waited for has left a key this statement could not see yet: again, until none is found. A
 * rotation that waits for us finds its key destroyed and makes no other.
 */
async function destroyAll(ctx: VaultCtx, tenantId: string): Promise<number> {
  for (let destroyed = 0; ; ) {
    const { rowCount } = await ctx.tx.query(
      `update vault_data_keys set destroyed_at = $2, key_id = null, nonce = null, wrapped = null
       where tenant_id = $1 and destroyed_at is null`,
      [tenantId, ctx.now],
    );
    if (rowCount === 0) return destroyed;
    destroyed += rowCount;
  }
}
