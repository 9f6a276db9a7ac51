import { createSecretKey } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { openBox, sealBox } from './box.ts';
import { currentDataKey, type DataKeyRow, openDataKey } from './data-keys.ts';
import { deriveKey } from './keyring.ts';
import type { VaultCtx } from './types.ts';

/** A key of somebody else, sealed under a data key of the vault. It may be kept anywhere: alone it opens nothing. */
export interface KeptKey {
  readonly dataKeyId: string;
  readonly nonce: Buffer;
  readonly box: Buffer;
}

export interface KeepKeyInput {
  /** Whose data key seals it; null: the control plane's own. When that key is destroyed, so is what it opens. */
  readonly tenantId: string | null;
  readonly key: Buffer;
  /** What the key is for; it opens beside the same values only. */
  readonly context: readonly unknown[];
}

const BY_ID = {
  name: 'vault-data-key-by-id',
  text: 'select id, tenant_id, version, destroyed_at, key_id, nonce, wrapped from vault_data_keys where id = $1',
};

/** A key under a data key seals nothing else (RFC 5869), so that no key serves two uses. */
const sealingKey = (dataKey: Buffer): Buffer => deriveKey(createSecretKey(dataKey), 'tenantry/kept-key/v1');

/** Seals a key that encrypts data kept outside the vault, such as a backup. */
export async function keepKey(ctx: VaultCtx, { tenantId, key, context }: KeepKeyInput): Promise<KeptKey> {
  const dataKey = await currentDataKey(ctx, tenantId);
  return { dataKeyId: dataKey.id, ...sealBox(sealingKey(dataKey.key), key, ['tenantry/kept-key/v1', ...context]) };
}

/**
 * The key again.
 *
 * @throws vault.unreadable when the data key was destroyed or is unknown here, or the box was altered
 */
export async function openKeptKey(ctx: VaultCtx, kept: KeptKey, context: readonly unknown[]): Promise<Buffer> {
  const { rows } = await ctx.tx.query<DataKeyRow>(BY_ID, [kept.dataKeyId]);
  const [row] = rows;
  if (row === undefined) throw unreadable(`The vault has no data key ${kept.dataKeyId}.`);
  const key = openBox(sealingKey(openDataKey(ctx, row)), kept, ['tenantry/kept-key/v1', ...context]);
  if (key !== undefined) return key;
  throw unreadable('A key that the vault sealed was altered, or stands beside other data than it was sealed for.');
}

const unreadable = (message: string): TenantryError =>
  new TenantryError('vault.unreadable', message, {
    next: 'Use the vault this was sealed with; what was altered does not open again.',
  });
