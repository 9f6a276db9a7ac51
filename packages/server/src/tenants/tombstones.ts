import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { describeActor } from './history.ts';

/** A tenant that was erased: no restore of whatever age brings it back. */
export interface Tombstone {
  readonly tenantId: string;
  readonly productId: string;
  readonly erasedAt: Date;
}

export interface TombstoneInput {
  readonly tenantId: string;
  readonly productId: string;
  readonly reason: string;
}

/**
 * Marks a tenant as erased, in the transaction that erases it. It is never taken back; marking again changes nothing.
 *
 * @returns false when it was marked before
 * @throws access.forbidden
 */
export async function recordTombstone(ctx: Ctx, { tenantId, productId, reason }: TombstoneInput): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  const { rowCount } = await ctx.tx.query(
    `insert into tenant_tombstones (tenant_id, product_id, erased_at, reason, actor) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [tenantId, productId, ctx.now, reason, JSON.stringify(describeActor(ctx.actor))],
  );
  if (rowCount === 0) return false;
  await recordAudit(ctx, { action: 'tenant.entombed', tenantId, subject: { kind: 'tenant', id: tenantId }, reason });
  return true;
}

/** Every erased tenant, of one product or of all, in the order of erasing. */
export async function listTombstones(tx: Tx, productId?: string): Promise<readonly Tombstone[]> {
  const { rows } = await tx.query<{ tenant_id: string; product_id: string; erased_at: Date }>(
    `select tenant_id, product_id, erased_at from tenant_tombstones
     where $1::text is null or product_id = $1 order by erased_at, tenant_id`,
    [productId ?? null],
  );
  return rows.map((row) => ({ tenantId: row.tenant_id, productId: row.product_id, erasedAt: row.erased_at }));
}
