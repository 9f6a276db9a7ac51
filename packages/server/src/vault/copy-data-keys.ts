/**
 * The data keys, copied out of the database and back. They stay sealed under the master keys on the way. A backup of
 * the control plane leaves them out: there is one copy of them, written over with every change, so that a key that was
 * destroyed is destroyed everywhere.
 */
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Tx } from '../db/index.ts';
import type { Keyring } from './keyring.ts';

const text = z.string();
const keySchema = z.strictObject({
  id: z.uuid(),
  tenant_id: z.uuid().nullable(),
  version: z.int(),
  key_id: text,
  nonce: text,
  wrapped: text,
  created_at: text,
  retired_at: text.nullable(),
});

export type CopiedKey = z.infer<typeof keySchema>;

const LIVING = `select id, tenant_id, version, key_id, encode(nonce, 'base64') as nonce, encode(wrapped, 'base64') as wrapped,
  created_at::text as created_at, retired_at::text as retired_at
  from vault_data_keys where destroyed_at is null order by id`;

export const copyDataKeys = async (tx: Tx): Promise<readonly CopiedKey[]> => (await tx.query<CopiedKey>(LIVING)).rows;

/** Changes whenever a key is made, retired, wrapped anew or destroyed. */
export async function dataKeysMark(tx: Tx): Promise<string> {
  const { rows } = await tx.query<{ mark: string }>(
    `select md5(coalesce(string_agg(id::text || coalesce(md5(wrapped), '-') || coalesce(retired_at::text, ''), ',' order by id), '')) as mark
     from vault_data_keys`,
  );
  return rows[0]?.mark ?? '';
}

/** @throws vault.unreadable when there is anything else */
export function parseCopiedKeys(value: unknown): readonly CopiedKey[] {
  const parsed = z.array(keySchema).safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TenantryError('vault.unreadable', 'The copy of the data keys is not one of this release.');
}

/** Any sealed bytes that are kept apart from the database: bound to what they are for. */
export interface MasterSealed {
  readonly master: string;
  readonly nonce: string;
  readonly box: string;
}

export function sealWithMaster(keyring: Keyring, bytes: Buffer, context: readonly unknown[]): MasterSealed {
  const { keyId, nonce, box } = keyring.wrap(bytes, ['tenantry/kept-apart/v1', ...context]);
  return { master: keyId, nonce: nonce.toString('base64'), box: box.toString('base64') };
}

/** @throws vault.key_missing, vault.unreadable */
export const openWithMaster = (keyring: Keyring, sealed: MasterSealed, context: readonly unknown[]): Buffer =>
  keyring.unwrap(
    { keyId: sealed.master, nonce: Buffer.from(sealed.nonce, 'base64'), box: Buffer.from(sealed.box, 'base64') },
    ['tenantry/kept-apart/v1', ...context],
  );
