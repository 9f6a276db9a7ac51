import { randomBytes, randomUUID } from 'node:crypto';
import { bug, TenantryError } from '@tenantry/contract';
import { KEY_BYTES } from './box.ts';
import type { WrappedKey } from './keyring.ts';
import type { VaultCtx } from './types.ts';

/** A row of `vault_data_keys`. The last three are null once the key was destroyed. */
export interface DataKeyRow {
  readonly id: string;
  readonly tenant_id: string | null;
  readonly version: number;
  readonly destroyed_at: Date | null;
  readonly key_id: string | null;
  readonly nonce: Buffer | null;
  readonly wrapped: Buffer | null;
}

export interface DataKey {
  readonly id: string;
  readonly version: number;
  readonly key: Buffer;
}

const CURRENT = {
  name: 'vault-data-key-current',
  text: `select id, tenant_id, version, destroyed_at, key_id, nonce, wrapped
         from vault_data_keys where tenant_id is not distinct from $1 order by version desc limit 1`,
};

/** Row identity that a wrapped key is bound to. */
export const dataKeyContext = (row: Pick<DataKeyRow, 'id' | 'tenant_id' | 'version'>): readonly unknown[] => [
  'tenantry/data-key/v1',
  row.id,
  row.tenant_id,
  row.version,
];

/** The key that new entries of this tenant are sealed with; the first call makes it. */
export async function currentDataKey(ctx: VaultCtx, tenantId: string | null): Promise<DataKey> {
  const row = (await findCurrent(ctx, tenantId)) ?? (await makeFirst(ctx, tenantId));
  return { id: row.id, version: row.version, key: openDataKey(ctx, row) };
}

/**
 * @throws vault.unreadable when the key was destroyed.
 */
export function openDataKey(ctx: VaultCtx, row: DataKeyRow): Buffer {
  const wrapped = wrappedOf(row);
  if (wrapped !== undefined) return ctx.keyring.unwrap(wrapped, dataKeyContext(row));
  const when = row.destroyed_at?.toISOString() ?? 'an unknown time';
  throw new TenantryError('vault.unreadable', `The key of this tenant's secrets was destroyed at ${when}.`, {
    facts: { dataKeyId: row.id },
    next: 'Nothing opens these values again: that was the purpose of destroying the key.',
  });
}

const wrappedOf = ({ key_id, nonce, wrapped }: DataKeyRow): WrappedKey | undefined =>
  key_id === null || nonce === null || wrapped === null ? undefined : { keyId: key_id, nonce, box: wrapped };

export async function findCurrent(ctx: VaultCtx, tenantId: string | null): Promise<DataKeyRow | undefined> {
  const { rows } = await ctx.tx.query<DataKeyRow>(CURRENT, [tenantId]);
  return rows[0];
}

async function makeFirst(ctx: VaultCtx, tenantId: string | null): Promise<DataKeyRow> {
  await insertDataKey(ctx, tenantId, 1);
  // Whoever came first won; both read the winner.
  const row = await findCurrent(ctx, tenantId);
  if (row === undefined) throw bug('A data key that was just made cannot be read back.');
  return row;
}

/** Adds a version unless somebody else just did. */
export async function insertDataKey(ctx: VaultCtx, tenantId: string | null, version: number): Promise<void> {
  const id = randomUUID();
  const wrapped = ctx.keyring.wrap(randomBytes(KEY_BYTES), dataKeyContext({ id, tenant_id: tenantId, version }));
  await ctx.tx.query(
    `insert into vault_data_keys (id, tenant_id, version, key_id, nonce, wrapped, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict on constraint vault_data_keys_version_unique do nothing`,
    [id, tenantId, version, wrapped.keyId, wrapped.nonce, wrapped.box, ctx.now],
  );
}
