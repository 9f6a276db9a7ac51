import { isTenantryError, type PortalSecretView, toWireId } from '@tenantry/contract';
import { listStandingLinks, type Revealed, spendRevealLinkFor, type VaultCtx } from '../../vault/index.ts';
import { notInPortal } from '../errors.ts';
import type { Visitor } from '../visitor.ts';

/** The secrets that wait for a visitor, each to be shown once. Under row-level security. */
export async function listSecrets(ctx: VaultCtx, { tenantId, actor }: Visitor): Promise<PortalSecretView[]> {
  const links = await listStandingLinks(ctx, tenantId, actor.email);
  return links.map(({ linkId, label, expiresAt }) => ({
    id: toWireId('secret', linkId),
    label: label.replace(/^Copy for the one-time link to .*$/, ''),
    expires_at: expiresAt.toISOString(),
  }));
}

/** @throws portal.not_found for a secret of somebody else; vault.link_spent */
export async function revealSecret(ctx: VaultCtx, { tenantId, actor }: Visitor, linkId: string): Promise<Revealed> {
  return spendRevealLinkFor(ctx, { linkId, tenantId, forWhom: actor.email }).catch((error: unknown) => {
    throw isTenantryError(error) && error.code === 'vault.not_found' ? notInPortal('secret') : error;
  });
}
