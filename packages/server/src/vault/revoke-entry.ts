import { permit } from '../access/index.ts';
import { recordAuditMany } from '../audit/index.ts';
import type { SecretRef } from '../connectors/kit/index.ts';
import { entryIdOf } from './entries.ts';
import type { VaultCtx } from './types.ts';

interface RevokedRow {
  readonly id: string;
  readonly tenant_id: string | null;
  readonly label: string;
}

/**
 * Ends an entry: its ciphertext is wiped, and links to it are withdrawn. Answers whether there was anything to end,
 * so that it may be called again.
 */
export async function revokeEntry(ctx: VaultCtx, ref: SecretRef, reason: string): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  const id = entryIdOf(ref);
  if (id === undefined) return false;
  return (await wipe(ctx, 'id = $2', [id], 'vault.revoked', reason)) > 0;
}

/** Ends every entry of a tenant. Answers how many there were to end. */
export async function revokeTenantEntries(ctx: VaultCtx, tenantId: string, reason: string): Promise<number> {
  permit(ctx.actor, 'tenants:write');
  return wipe(ctx, 'tenant_id = $2', [tenantId], 'vault.revoked', reason);
}

/** Wipes entries whose time has passed, at most `batch` of them. Answers how many; the caller schedules it. */
export const wipeExpired = (ctx: VaultCtx, { batch = 500 }: { readonly batch?: number } = {}): Promise<number> =>
  wipe(
    ctx,
    `id in (select id from vault_entries where expires_at <= $1 and revoked_at is null limit $2 for update skip locked)`,
    [batch],
    'vault.expired',
    'Its time had passed.',
  );

async function wipe(
  ctx: VaultCtx,
  which: string,
  values: readonly unknown[],
  action: string,
  reason: string,
): Promise<number> {
  const { rows } = await ctx.tx.query<RevokedRow>(
    `update vault_entries set revoked_at = $1, nonce = null, ciphertext = null, fingerprint = null
     where ${which} and revoked_at is null returning id, tenant_id, label`,
    [ctx.now, ...values],
  );
  if (rows.length === 0) return 0;
  await ctx.tx.query(
    `update reveal_links set withdrawn_at = $1
     where entry_id = any ($2) and spent_at is null and withdrawn_at is null`,
    [ctx.now, rows.map((row) => row.id)],
  );
  await recordAuditMany(
    ctx,
    rows.map((row) => ({
      action,
      ...(row.tenant_id === null ? {} : { tenantId: row.tenant_id }),
      subject: { kind: 'vault_entry', id: row.id, name: row.label },
      reason,
    })),
  );
  return rows.length;
}
