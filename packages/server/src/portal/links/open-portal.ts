import { type Ctx, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Secret } from '../../connectors/kit/index.ts';
import { linkRefused } from '../errors.ts';
import { hashOf, newToken } from '../token.ts';

export interface Opening {
  /** Of the link. */
  readonly token: string;
  readonly address: string;
  readonly userAgent: string;
}

interface LinkRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly run_id: string;
  readonly person_id: string;
  readonly expires_at: Date;
}

/**
 * Exchanges the token of a link for a session, once: of two browsers one gets in. One statement decides.
 *
 * @throws portal.link_refused, the same for every reason
 */
export async function openPortal(
  ctx: Pick<Ctx, 'tx' | 'now'>,
  { token, address, userAgent }: Opening,
): Promise<{ readonly session: Secret; readonly expiresAt: Date }> {
  const { rows } = await ctx.tx.query<LinkRow>(
    `update portal_links l set opened_at = $2
     from people p
     where l.token_hash = $1 and l.opened_at is null and l.revoked_at is null and l.expires_at > $2
       and p.id = l.person_id and p.disabled_at is null and p.client_id = l.client_id
     returning l.id, l.tenant_id, l.run_id, l.person_id, l.expires_at`,
    [hashOf(token), ctx.now],
  );
  const link = rows[0];
  if (link === undefined) throw linkRefused();
  const session = newToken('tps_');
  await ctx.tx.query(
    `insert into portal_sessions (tenant_id, link_id, token_hash, address, user_agent, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $6, $7)`,
    [link.tenant_id, link.id, session.hash, address, userAgent.slice(0, 500), ctx.now, link.expires_at],
  );
  await recordAudit(
    { ...ctx, actor: systemActor('portal') },
    {
      action: 'portal.opened',
      tenantId: link.tenant_id,
      runId: link.run_id,
      subject: { kind: 'portal_link', id: link.id },
      detail: { personId: link.person_id, address },
    },
  );
  return { session: session.token, expiresAt: link.expires_at };
}

/** Whether this is the very link somebody came in by: reading its mail again in the same browser spends nothing. */
export async function isLinkOf({ tx }: Pick<Ctx, 'tx'>, linkId: string, token: string): Promise<boolean> {
  const { rowCount } = await tx.query('select from portal_links where id = $1 and token_hash = $2', [
    linkId,
    hashOf(token),
  ]);
  return rowCount === 1;
}

/** Ends one session. */
export async function endPortalSession(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  id: string,
  reason: string,
): Promise<void> {
  await tx.query('update portal_sessions set ended_at = $2, ended_reason = $3 where id = $1 and ended_at is null', [
    id,
    now,
    reason,
  ]);
}
