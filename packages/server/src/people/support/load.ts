import { isUuid, TenantryError } from '@tenantry/contract';
import { type Actor, type Ctx, covers, type PersonActor } from '../../access/index.ts';
import type { Tx } from '../../db/index.ts';

/** What support access needs to know of a tenant. */
export interface SupportedTenant {
  readonly id: string;
  readonly slug: string;
  readonly productId: string;
  readonly clientId: string | null;
}

/**
 * By id or slug, for somebody whose products and clients it lies in; for others it does not exist.
 *
 * @throws tenant.not_found
 */
export async function loadSupportedTenant(
  { tx, actor }: Pick<Ctx, 'tx' | 'actor'>,
  idOrSlug: string,
): Promise<SupportedTenant> {
  const { rows } = await tx.query<SupportedTenant>(
    `select id, slug, product_id as "productId", client_id as "clientId" from tenants
     where ${isUuid(idOrSlug) ? 'id = $1::uuid' : 'slug = $1'}`,
    [idOrSlug],
  );
  const tenant = rows[0];
  if (tenant !== undefined && covers(actor, 'support:read', tenant)) return tenant;
  throw new TenantryError('tenant.not_found', `There is no tenant ${idOrSlug}.`, { next: 'Check the id or slug.' });
}

export type SupportStatus = 'asked' | 'live' | 'ended' | 'lapsed';

/** A request that nobody answered lapses after a day: the reason is stale by then. */
export const ASK_MS = 24 * 60 * 60_000;

export interface SupportRow {
  readonly id: string;
  readonly tenantId: string;
  readonly tenantSlug: string;
  readonly productId: string;
  readonly clientId: string | null;
  readonly personId: string;
  readonly person: string;
  readonly reason: string;
  readonly hours: number;
  readonly askedAt: Date;
  readonly grantedBy: string | null;
  readonly fromAt: Date | null;
  readonly untilAt: Date | null;
  readonly endedAt: Date | null;
  readonly endedBy: string | null;
  readonly endedReason: string | null;
}

export const SELECT_SUPPORT = `
  select s.id, s.tenant_id as "tenantId", t.slug as "tenantSlug", t.product_id as "productId",
         t.client_id as "clientId", s.person_id as "personId", p.name as person, s.reason, s.hours,
         s.asked_at as "askedAt", granter.name as "grantedBy", s.from_at as "fromAt", s.until_at as "untilAt",
         s.ended_at as "endedAt", ender.name as "endedBy", s.ended_reason as "endedReason"
  from support_access s
  join tenants t on t.id = s.tenant_id
  join people p on p.id = s.person_id
  left join people granter on granter.id = s.granted_by
  left join people ender on ender.id = s.ended_by`;

export function statusOf(row: SupportRow, now: Date): SupportStatus {
  if (row.endedAt !== null) return 'ended';
  if (row.untilAt !== null) return row.untilAt > now ? 'live' : 'ended';
  return row.askedAt.getTime() + ASK_MS > now.getTime() ? 'asked' : 'lapsed';
}

/** Held until the transaction ends. @throws access.support_not_found */
export async function lockSupport(ctx: Pick<Ctx, 'tx' | 'actor'>, id: string): Promise<SupportRow> {
  await ctx.tx.query('select from support_access where id = $1 for update', [id]);
  const row = await findSupport(ctx.tx, id);
  if (row !== undefined && covers(ctx.actor, 'support:read', row)) return row;
  throw new TenantryError('access.support_not_found', `There is no support access ${id}.`, {
    next: 'Take the id from tenantry support list.',
  });
}

async function findSupport(tx: Tx, id: string): Promise<SupportRow | undefined> {
  return (await tx.query<SupportRow>(`${SELECT_SUPPORT} where s.id = $1`, [id])).rows[0];
}

/** @throws access.forbidden for the machinery and for runs: behind every support access stands a person */
export function mustBePerson(actor: Actor): PersonActor {
  if (actor.kind === 'person') return actor;
  throw new TenantryError('access.forbidden', 'Only a person can do this.', { next: 'Use a key of your own.' });
}
