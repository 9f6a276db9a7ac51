import { type PortalLinkView, toWireId } from '@tenantry/contract';
import { type Ctx, permit } from '../../access/index.ts';
import { reachRun } from '../../runbooks/index.ts';
import { notInPortal } from '../errors.ts';
import { placeOf, refuseClients } from './place-of.ts';

interface Row {
  readonly id: string;
  readonly tenant_id: string;
  readonly run_id: string;
  readonly person_id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly made_by: { readonly name: string };
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly opened_at: Date | null;
  readonly revoked_at: Date | null;
  readonly revoked_reason: string | null;
  readonly sessions: number;
}

const SELECT = `select l.id, l.tenant_id, l.run_id, l.person_id, p.name, p.email, l.roles, l.made_by, l.created_at, l.expires_at,
    l.opened_at, l.revoked_at, l.revoked_reason,
    (select count(*)::int from portal_sessions s where s.link_id = l.id and s.ended_at is null and s.expires_at > $2) as sessions
  from portal_links l join people p on p.id = l.person_id`;

/** Every link into the portal of the run's tenant, newest first. @throws run.not_found, access.forbidden */
export async function listPortalLinks(ctx: Ctx, runId: string): Promise<readonly PortalLinkView[]> {
  permit(ctx.actor, 'runs:read');
  refuseClients(ctx, 'runs:read');
  const record = await reachRun(ctx, runId);
  const { rows } = await ctx.tx.query<Row>(
    `${SELECT} where l.tenant_id = $1 order by l.created_at desc, l.id limit 200`,
    [placeOf(record).tenantId, ctx.now],
  );
  return rows.map((row) => viewLink(row, ctx.now));
}

/** @throws portal.not_found */
export async function loadLinkView(ctx: Ctx, id: string): Promise<PortalLinkView> {
  const { rows } = await ctx.tx.query<Row>(`${SELECT} where l.id = $1`, [id, ctx.now]);
  if (rows[0] === undefined) throw notInPortal('link');
  return viewLink(rows[0], ctx.now);
}

function viewLink(row: Row, now: Date): PortalLinkView {
  return {
    id: toWireId('portal_link', row.id),
    tenant_id: row.tenant_id,
    run: toWireId('run', row.run_id),
    person: { id: toWireId('person', row.person_id), name: row.name, email: row.email },
    roles: [...row.roles],
    status: statusOf(row, now),
    made_by: row.made_by.name,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    opened_at: row.opened_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    revoked_reason: row.revoked_reason,
    sessions: row.sessions,
  };
}

function statusOf(row: Row, now: Date): PortalLinkView['status'] {
  if (row.revoked_at !== null) return 'revoked';
  if (row.expires_at <= now) return 'expired';
  return row.opened_at === null ? 'waiting' : 'open';
}
