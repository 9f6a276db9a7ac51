import { createHmac, createSecretKey } from 'node:crypto';
import { fromWireId, TenantryError, toWireId } from '@tenantry/contract';
import type { Secret, SecretRef } from '../connectors/kit/index.ts';
import { openBox } from './box.ts';
import { type EntryContent, type EntryKind, fromBytes } from './content.ts';
import { type DataKeyRow, openDataKey } from './data-keys.ts';
import { deriveKey } from './keyring.ts';
import type { EntryOwner, Reach, VaultCtx } from './types.ts';

export interface EntryRow {
  readonly id: string;
  readonly tenant_id: string | null;
  readonly kind: EntryKind;
  readonly label: string;
  readonly owner_kind: EntryOwner['kind'];
  readonly owner_id: string;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly nonce: Buffer | null;
  readonly ciphertext: Buffer | null;
  readonly fingerprint: Buffer | null;
  readonly data_key: DataKeyRow;
}

export type FlatEntryRow = Omit<EntryRow, 'data_key'> & {
  readonly dk_id: string;
  readonly dk_version: number;
  readonly dk_key_id: string | null;
  readonly dk_nonce: Buffer | null;
  readonly dk_wrapped: Buffer | null;
  readonly dk_destroyed_at: Date | null;
};

/** Columns of an entry joined with its data key, as `toEntry` reads them. */
export const ENTRY_COLUMNS = `e.id, e.tenant_id, e.kind, e.label, e.owner_kind, e.owner_id, e.expires_at, e.revoked_at,
  e.nonce, e.ciphertext, e.fingerprint, k.id as dk_id, k.version as dk_version, k.key_id as dk_key_id,
  k.nonce as dk_nonce, k.wrapped as dk_wrapped, k.destroyed_at as dk_destroyed_at`;

const BY_ID = {
  name: 'vault-entry-by-id',
  text: `select ${ENTRY_COLUMNS} from vault_entries e join vault_data_keys k on k.id = e.data_key_id where e.id = $1`,
};

export const toEntry = (row: FlatEntryRow): EntryRow => ({
  ...row,
  data_key: {
    id: row.dk_id,
    tenant_id: row.tenant_id,
    version: row.dk_version,
    key_id: row.dk_key_id,
    nonce: row.dk_nonce,
    wrapped: row.dk_wrapped,
    destroyed_at: row.dk_destroyed_at,
  },
});

export const toRef = (entryId: string): SecretRef => ({ $secret: toWireId('entry', entryId) });

/** The uuid a reference stands for, or undefined when it is none of ours. */
export const entryIdOf = (ref: SecretRef): string | undefined => fromWireId('entry', ref.$secret);

/** What a sealed entry is bound to: in another row, under another tenant or another name it does not open. */
export const entryContext = (row: Pick<EntryRow, 'id' | 'tenant_id' | 'kind' | 'label'>): readonly unknown[] => [
  'tenantry/entry/v1',
  row.id,
  row.tenant_id,
  row.kind,
  row.label,
];

/**
 * A live entry within reach.
 *
 * @throws vault.not_found also where the entry exists out of reach, is revoked or has expired.
 */
export async function loadEntry(ctx: VaultCtx, ref: SecretRef, within: Reach | undefined): Promise<EntryRow> {
  const id = entryIdOf(ref);
  const row = id === undefined ? undefined : await findEntry(ctx, id);
  if (row === undefined || !isWithin(ctx, row, within)) throw notFound('No such vault entry.', id);
  return alive(ctx, row);
}

/** A live entry, wherever it belongs: for callers that hold another authority, such as the token of a link. */
export async function loadLiveEntry(ctx: VaultCtx, id: string): Promise<EntryRow> {
  const row = await findEntry(ctx, id);
  if (row === undefined) throw notFound('No such vault entry.', id);
  return alive(ctx, row);
}

async function findEntry(ctx: VaultCtx, id: string): Promise<FlatEntryRow | undefined> {
  const { rows } = await ctx.tx.query<FlatEntryRow>(BY_ID, [id]);
  return rows[0];
}

function alive(ctx: VaultCtx, row: FlatEntryRow): EntryRow {
  if (row.revoked_at !== null) throw notFound(`The vault entry "${row.label}" was revoked.`, row.id);
  if (row.expires_at !== null && row.expires_at <= ctx.now) {
    throw notFound(`The vault entry "${row.label}" has expired.`, row.id);
  }
  return toEntry(row);
}

function isWithin(ctx: VaultCtx, row: FlatEntryRow, within: Reach | undefined): boolean {
  const isOwn = ctx.actor.kind === 'run' && row.owner_kind === 'run' && row.owner_id === ctx.actor.runId;
  if (within === undefined) return isOwn || (ctx.actor.kind !== 'run' && ctx.actor.kind !== 'user');
  return (
    isOwn ||
    (within.tenantId !== undefined && within.tenantId === row.tenant_id) ||
    (within.owner !== undefined && within.owner.kind === row.owner_kind && within.owner.id === row.owner_id)
  );
}

const notFound = (message: string, entryId: string | undefined): TenantryError =>
  new TenantryError('vault.not_found', message, {
    facts: entryId === undefined ? {} : { entryId },
    next: 'Seal the secret again and use the new reference.',
  });

/**
 * Opens the box of an entry, without permission or audit: the verbs around it see to both.
 *
 * @throws vault.unreadable when the row was altered, damaged or swapped, or its key was destroyed.
 */
export function openEntry(ctx: VaultCtx, entry: EntryRow): EntryContent {
  const key = openDataKey(ctx, entry.data_key);
  const { nonce, ciphertext } = entry;
  const plain =
    nonce === null || ciphertext === null ? undefined : openBox(key, { nonce, box: ciphertext }, entryContext(entry));
  if (plain !== undefined) return fromBytes(entry.kind, plain);
  throw new TenantryError(
    'vault.unreadable',
    `The vault entry "${entry.label}" was altered or damaged where it is kept.`,
    {
      facts: { entryId: entry.id },
      next: 'Restore the row from a backup, or replace the secret and seal the new one.',
    },
  );
}

/** Keyed under the data key, so that it tells nothing without it and dies with it (PSEC-07). */
export const fingerprintOf = (dataKey: Buffer, secret: Secret): Buffer =>
  createHmac('sha256', deriveKey(createSecretKey(dataKey), 'tenantry/fingerprint/v1'))
    .update(secret.reveal())
    .digest();
