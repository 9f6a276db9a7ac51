import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import {
  type ActionContext,
  isSecretRef,
  type PlannedChange,
  type SecretRef,
  type Undone,
} from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import { toRef } from '../entries.ts';
import type { Keyring } from '../keyring.ts';
import { revokeEntry } from '../revoke-entry.ts';
import type { EntryOwner, VaultCtx } from '../types.ts';

export interface VaultActionDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  /** Address people reach Tenantry at; one-time links start with it. */
  readonly publicUrl: string;
}

export const labelSchema = z.string().min(1).max(200);

/** A secret in an output is its reference: the entry exists already, so the engine stores nothing of it. */
export const secretRef = z.custom<SecretRef>(isSecretRef, 'expects a vault reference').meta({ 'x-secret': true });

/** Runs in a transaction of its own, under the run's name. */
export const inVault = <T>(
  deps: VaultActionDeps,
  ctx: ActionContext,
  fn: (vault: VaultCtx) => Promise<T>,
): Promise<T> =>
  deps.database.transaction('worker', (tx) =>
    fn({
      tx,
      now: ctx.now,
      keyring: deps.keyring,
      actor: { kind: 'run', runId: ctx.run.id, stepId: ctx.step.id },
    }),
  );

export const ownerOf = (ctx: ActionContext): EntryOwner => ({ kind: 'run', id: ctx.run.id });

export const createsEntry = (name: unknown): PlannedChange => ({
  verb: 'create',
  kind: 'vault entry',
  name: String(name),
});

export const entryResource = (entryId: string, name: string) =>
  ({ kind: 'vault_entry', externalId: entryId, name, claim: 'created', undo: {} }) as const;

export async function undoEntry(deps: VaultActionDeps, ctx: ActionContext, entryId: string): Promise<Undone> {
  const ended = await inVault(deps, ctx, (vault) => revokeEntry(vault, toRef(entryId), 'The run was rolled back.'));
  return { outcome: ended ? 'removed' : 'absent' };
}

/** A missing or unreadable entry is what a proof has to find; anything else is a failure of the proof itself. */
export function refusedAs(error: unknown): string {
  if (error instanceof TenantryError && (error.code === 'vault.not_found' || error.code === 'vault.unreadable')) {
    return error.code;
  }
  throw error;
}
