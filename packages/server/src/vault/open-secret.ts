import { timingSafeEqual } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Secret, SecretRef } from '../connectors/kit/index.ts';
import { openDataKey } from './data-keys.ts';
import { type EntryRow, fingerprintOf, loadEntry, openEntry } from './entries.ts';
import type { CredentialRecord, OpenOptions, VaultCtx } from './types.ts';

/**
 * Opens a secret for a purpose that the audit row keeps. Of a credential record it is the password.
 *
 * @throws access.forbidden without `vault:reveal`; vault.not_found when it is revoked, expired, out of reach or was
 *   never there; vault.unreadable when it cannot be decrypted.
 */
export async function openSecret(ctx: VaultCtx, ref: SecretRef, options: OpenOptions): Promise<Secret> {
  const entry = await admit(ctx, ref, options);
  return openEntry(ctx, entry).secret;
}

/** Opens a credential record with its six fields; refuses an entry that is none. */
export async function openRecord(ctx: VaultCtx, ref: SecretRef, options: OpenOptions): Promise<CredentialRecord> {
  const entry = await admit(ctx, ref, options);
  const { record } = openEntry(ctx, entry);
  if (record !== undefined) return record;
  throw new TenantryError('vault.not_found', `The vault entry "${entry.label}" is a single secret, not a record.`);
}

/**
 * Whether an entry holds this very secret, without opening it (PSEC-07): what an operator compares when a signature
 * does not verify.
 */
export async function matchesSecret(
  ctx: VaultCtx,
  ref: SecretRef,
  candidate: Secret,
  options: OpenOptions,
): Promise<boolean> {
  permit(ctx.actor, 'vault:reveal');
  const entry = await loadEntry(ctx, ref, options.within);
  await audit(ctx, entry, 'vault.compared', options.purpose);
  const expected = fingerprintOf(openDataKey(ctx, entry.data_key), candidate);
  return entry.fingerprint !== null && timingSafeEqual(expected, entry.fingerprint);
}

async function admit(ctx: VaultCtx, ref: SecretRef, options: OpenOptions): Promise<EntryRow> {
  permit(ctx.actor, 'vault:reveal');
  const entry = await loadEntry(ctx, ref, options.within);
  await audit(ctx, entry, 'vault.opened', options.purpose);
  return entry;
}

async function audit(ctx: VaultCtx, entry: EntryRow, action: string, purpose: string): Promise<void> {
  if (purpose.trim() === '') {
    throw new TenantryError('request.invalid', 'A secret is opened for a reason: none was given.');
  }
  await recordAudit(ctx, {
    action,
    ...(entry.tenant_id === null ? {} : { tenantId: entry.tenant_id }),
    subject: { kind: 'vault_entry', id: entry.id, name: entry.label },
    reason: purpose,
  });
}
