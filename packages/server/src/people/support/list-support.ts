import { type Ctx, permit, reachOf } from '../../access/index.ts';
import { ASK_MS, loadSupportedTenant, SELECT_SUPPORT, type SupportRow } from './load.ts';

export interface SupportFilter {
  /** Id or slug. */
  readonly tenant?: string | undefined;
  /** Only what is live or waits for an answer. */
  readonly open?: boolean | undefined;
  readonly after?: { readonly askedAt: string; readonly id: string } | undefined;
  readonly limit: number;
}

/**
 * Newest first: who of the vendor asked for or had access to which tenant, when, why, and who let them in. A person
 * of a client sees all of it for the client's own tenants; one of the vendor for the products and clients they reach.
 *
 * @throws access.forbidden, tenant.not_found
 */
export async function listSupport(ctx: Ctx, filter: SupportFilter): Promise<readonly SupportRow[]> {
  permit(ctx.actor, 'support:read');
  const values: unknown[] = [];
  const conditions: string[] = [];
  const reach = reachOf(ctx.actor, 'support:read');
  if (reach !== 'everything') {
    conditions.push(
      `exists (select from unnest($${values.push(reach.products)}::text[], $${values.push(reach.clients)}::uuid[])
                 as reach (product_id, client_id)
               where (reach.product_id is null or reach.product_id = t.product_id)
                 and (reach.client_id is null or reach.client_id = t.client_id))`,
    );
  }
  if (filter.tenant !== undefined) {
    conditions.push(`s.tenant_id = $${values.push((await loadSupportedTenant(ctx, filter.tenant)).id)}`);
  }
  if (filter.open === true) {
    conditions.push(
      `s.ended_at is null and coalesce(s.until_at > $${values.push(ctx.now)},
                                       s.asked_at > $${values.push(new Date(ctx.now.getTime() - ASK_MS))})`,
    );
  }
  if (filter.after !== undefined) {
    conditions.push(`(s.asked_at, s.id) < ($${values.push(filter.after.askedAt)}, $${values.push(filter.after.id)})`);
  }
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  const { rows } = await ctx.tx.query<SupportRow>(
    `${SELECT_SUPPORT} ${where} order by s.asked_at desc, s.id desc limit $${values.push(filter.limit)}`,
    values,
  );
  return rows;
}
