import { randomUUID } from 'node:crypto';
import { bug, TenantryError } from '@tenantry/contract';
import { recordAudit } from '../audit/index.ts';
import { sealBox } from './box.ts';
import { type EntryContent, toBytes } from './content.ts';
import { currentDataKey, type DataKey } from './data-keys.ts';
import { entryContext, fingerprintOf, toRef } from './entries.ts';
import type { RecordInput, Sealed, SealInput, VaultCtx } from './types.ts';

export const LABEL_MAX = 200;

/**
 * Stores only while the data key is still there: between reading it and this statement it may have been destroyed,
 * and what is sealed under a destroyed key is lost.
 */
const INSERT = {
  name: 'vault-entry-insert',
  text: `with usable as (select id from vault_data_keys where id = $2 and wrapped is not null for key share)
         insert into vault_entries (id, data_key_id, tenant_id, kind, label, owner_kind, owner_id, idempotency_key,
                                    nonce, ciphertext, fingerprint, created_at, expires_at)
         select $1, usable.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 from usable
         on conflict (idempotency_key) where revoked_at is null do nothing`,
};

const BY_KEY = {
  name: 'vault-entry-by-key',
  text: 'select id from vault_entries where idempotency_key = $1 and revoked_at is null',
};

/** A second data key can be met while the first is being rotated away; a third would be no accident. */
const ATTEMPTS_MAX = 2;

/**
 * Seals one secret and answers the reference that stands for it. The verb that calls has asked for permission:
 * sealing reads nothing.
 *
 * @throws request.invalid for an empty or oversized secret; vault.unreadable when the tenant's key was destroyed.
 * @example
 * const { ref } = await sealSecret({ ...ctx, keyring }, { tenantId, label: 'API key', secret, owner: { kind: 'run', id: runId } });
 */
export const sealSecret = (ctx: VaultCtx, input: SealInput): Promise<Sealed> =>
  sealContent(ctx, input, { secret: input.secret, record: undefined });

/** Seals a credential record with its six fields (PADM-07). */
export const sealRecord = (ctx: VaultCtx, input: RecordInput): Promise<Sealed> =>
  sealContent(ctx, input, { secret: input.record.password, record: input.record });

type Placement = Omit<SealInput, 'secret'>;

async function sealContent(ctx: VaultCtx, input: Placement, content: EntryContent): Promise<Sealed> {
  checkPlacement(ctx, input);
  const plain = toBytes(content);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const existing = await findEntryByKey(ctx, input.key);
    if (existing !== undefined) return sealed(existing);
    const entryId = randomUUID();
    const dataKey = await currentDataKey(ctx, input.tenantId);
    if (await insertEntry(ctx, entryId, dataKey, { ...input, content, plain })) {
      await auditSealed(ctx, entryId, input);
      return sealed(entryId);
    }
  }
  // Nothing was stored, yet no entry of the key lives: it did when the insert ran, and was revoked since.
  const existing = await findEntryByKey(ctx, input.key);
  if (existing !== undefined) return sealed(existing);
  throw bug('A secret could not be sealed: its data key changed twice meanwhile.');
}

function checkPlacement(ctx: VaultCtx, { label, expiresAt }: Placement): void {
  if (label.length === 0 || label.length > LABEL_MAX) {
    throw new TenantryError('request.invalid', `The label of a vault entry has 1 to ${LABEL_MAX} characters.`);
  }
  if (expiresAt !== undefined && expiresAt <= ctx.now) {
    throw new TenantryError('request.invalid', 'The vault entry would expire before it exists.');
  }
}

const sealed = (entryId: string): Sealed => ({ ref: toRef(entryId), entryId });

/** The living entry that was sealed under an idempotency key. */
export async function findEntryByKey(ctx: VaultCtx, key: string | undefined): Promise<string | undefined> {
  if (key === undefined) return undefined;
  const { rows } = await ctx.tx.query<{ id: string }>(BY_KEY, [key]);
  return rows[0]?.id;
}

async function insertEntry(
  ctx: VaultCtx,
  id: string,
  dataKey: DataKey,
  input: Placement & { readonly content: EntryContent; readonly plain: Buffer },
): Promise<boolean> {
  const { tenantId, label, owner, key, content, plain, expiresAt } = input;
  const kind = content.record === undefined ? (input.kind ?? 'secret') : 'record';
  const { nonce, box } = sealBox(dataKey.key, plain, entryContext({ id, tenant_id: tenantId, kind, label }));
  const { rowCount } = await ctx.tx.query(INSERT, [
    id,
    dataKey.id,
    tenantId,
    kind,
    label,
    owner.kind,
    owner.id,
    key ?? null,
    nonce,
    box,
    fingerprintOf(dataKey.key, content.secret),
    ctx.now,
    expiresAt ?? null,
  ]);
  return rowCount === 1;
}

const auditSealed = (ctx: VaultCtx, entryId: string, { tenantId, label, owner }: Placement): Promise<void> =>
  recordAudit(ctx, {
    action: 'vault.sealed',
    ...(tenantId === null ? {} : { tenantId }),
    subject: { kind: 'vault_entry', id: entryId, name: label },
    detail: { owner },
  });
