import type { TenantWishView } from '@tenantry/contract';
import type { Ctx } from '../../access/index.ts';
import type { Tx } from '../../db/index.ts';
import { findOffboarding, listWishes, readTenant, type Tenant } from '../../tenants/index.ts';
import { dueAt, isCurrent, type WishPlace } from '../core/wishes.ts';
import { findQuestion } from '../questions/index.ts';

const LEAVING: readonly string[] = ['grace', 'offboarded', 'deleting'];

export async function wishPlaceOf(tx: Tx, { id, status }: Pick<Tenant, 'id' | 'status'>): Promise<WishPlace> {
  const found = await findOffboarding(tx, id);
  return { status, offboarding: found !== undefined && LEAVING.includes(found.state) ? found : undefined };
}

/** Those that are on the table, newest first. */
export async function currentWishes(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  tenantId: string,
  place: WishPlace,
): Promise<TenantWishView[]> {
  const views: TenantWishView[] = [];
  for (const { wish, askedAt, askedBy, questionId } of await listWishes(tx, tenantId)) {
    const question = isCurrent(wish, askedAt, place, now) ? await findQuestion(tx, tenantId, questionId) : undefined;
    if (question === undefined) continue;
    views.push({
      wish,
      asked_at: askedAt.toISOString(),
      asked_by: askedBy,
      due_at: dueAt(wish, askedAt)?.toISOString() ?? null,
      question: question.id,
      run: question.run,
      answered: question.waits_for !== 'vendor',
    });
  }
  return views;
}

/** For people of the vendor. @throws tenant.not_found, access.forbidden */
export async function listTenantWishes(ctx: Ctx, idOrSlug: string): Promise<TenantWishView[]> {
  const tenant = await readTenant(ctx, idOrSlug);
  return currentWishes(ctx, tenant.id, await wishPlaceOf(ctx.tx, tenant));
}
