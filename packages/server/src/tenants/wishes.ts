/**
 * What a client asks for about its tenant: its data, to stay, another plan. It is a line of the history, and decides
 * nothing: a person of the vendor does.
 */
import type { Wish } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { recordHistory } from './history.ts';
import { findTenant, permitTenant } from './load.ts';

export interface TenantWish {
  readonly wish: Wish;
  readonly askedAt: Date;
  readonly askedBy: string;
  /** uuid of the question it is talked about in. */
  readonly questionId: string;
}

export interface NewWish {
  readonly tenantId: string;
  readonly wish: Wish;
  readonly questionId: string;
  readonly note?: string | undefined;
}

/** Newest that are looked at: a client asks a few things a year. */
const LOOKED_AT = 50;

/** @throws access.forbidden */
export async function recordWish(ctx: Ctx, { tenantId, wish, questionId, note }: NewWish): Promise<void> {
  const tenant = await findTenant(ctx.tx, tenantId);
  if (tenant === undefined) return;
  permitTenant(ctx.actor, 'tenants:read', tenant);
  await recordHistory(ctx, {
    tenantId,
    operation: `wish_${wish}`,
    from: null,
    to: { question: questionId },
    reason: note,
  });
  await recordAudit(ctx, {
    action: 'tenant.wish_asked',
    tenantId,
    subject: { kind: 'tenant', id: tenantId, name: tenant.slug },
    detail: { wish, question: questionId },
  });
}

/** Newest first. */
export async function listWishes(tx: Tx, tenantId: string): Promise<readonly TenantWish[]> {
  const { rows } = await tx.query<TenantWish>(
    `select substr(operation, 6) as wish, at as "askedAt", actor ->> 'label' as "askedBy", to_value ->> 'question' as "questionId"
     from tenant_history where tenant_id = $1 and operation in ('wish_export', 'wish_stay', 'wish_plan')
     order by id desc limit ${LOOKED_AT}`,
    [tenantId],
  );
  return rows;
}
