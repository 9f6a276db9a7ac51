import type { PortalLinkView } from '@tenantry/contract';
import { type Ctx, permit, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { reachRun, tellMoved } from '../../runbooks/index.ts';
import { revokeEntry } from '../../vault/index.ts';
import { notInPortal } from '../errors.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { loadLinkView } from './list-links.ts';
import { placeOf, refuseClients } from './place-of.ts';

export interface LinkRevocation {
  readonly runId: string;
  readonly linkId: string;
  readonly reason: string;
}

/**
 * Ends a link, every browser that is in by it, and the mail that waits with it. Whoever held it cannot ask for another
 * by themselves. A second time changes nothing.
 *
 * @throws run.not_found, access.forbidden; portal.not_found for a link of another tenant
 */
export async function revokePortalLink(ctx: Ctx, deps: PortalDeps, input: LinkRevocation): Promise<PortalLinkView> {
  permit(ctx.actor, 'runs:write');
  refuseClients(ctx, 'runs:write');
  const record = await reachRun(ctx, input.runId);
  const { tenantId, clientId, productId } = placeOf(record);
  permit(ctx.actor, 'runs:write', { productId, clientId, tenantId });
  const { rows } = await ctx.tx.query<{ revoked_at: Date | null; link_ref: string | null }>(
    'select revoked_at, link_ref from portal_links where id = $1 and tenant_id = $2 for update',
    [input.linkId, tenantId],
  );
  const link = rows[0];
  if (link === undefined) throw notInPortal('link');
  if (link.revoked_at !== null) return loadLinkView(ctx, input.linkId);
  await ctx.tx.query('update portal_links set revoked_at = $2, revoked_reason = $3 where id = $1', [
    input.linkId,
    ctx.now,
    input.reason,
  ]);
  await ctx.tx.query(
    `update portal_sessions set ended_at = $2, ended_reason = 'the link was revoked' where link_id = $1 and ended_at is null`,
    [input.linkId, ctx.now],
  );
  // Streams that are open by it are looked at again, and end.
  await tellMoved(ctx.tx, record.id);
  if (link.link_ref !== null) {
    // Whoever revokes a link need hold nothing of the vault.
    const vault = { ...ctx, actor: systemActor('portal'), keyring: deps.keyring };
    await revokeEntry(vault, { $secret: link.link_ref }, 'The portal link was revoked.');
  }
  await recordAudit(ctx, {
    action: 'portal.link_revoked',
    tenantId,
    runId: record.id,
    subject: { kind: 'portal_link', id: input.linkId },
    reason: input.reason,
  });
  return loadLinkView(ctx, input.linkId);
}
