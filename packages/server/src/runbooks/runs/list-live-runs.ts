import { type Ctx, coversTenantData, permit, reachOf } from '../../access/index.ts';

interface Row {
  readonly id: string;
  readonly product_id: string | null;
  readonly client_id: string | null;
  readonly tenant_id: string | null;
}

/**
 * Ids of runs that have not ended, as far as the reader may look into them: halted ones first, then those that wait for
 * people, the oldest of each first.
 */
export async function listLiveRuns(ctx: Ctx, limit: number): Promise<readonly string[]> {
  permit(ctx.actor, 'runs:read');
  const reach = reachOf(ctx.actor, 'runs:read');
  const everything = reach === 'everything';
  const { rows } = await ctx.tx.query<Row>(
    `select id, product_id, client_id, tenant_id from runs
     where status in ('planned', 'running', 'waiting', 'halted', 'rolling_back', 'rollback_blocked')
       and ($1 or exists (select from unnest($2::text[], $3::uuid[]) as reach (product_id, client_id)
                          where (reach.product_id is null or reach.product_id = runs.product_id)
                            and (reach.client_id is null or reach.client_id = runs.client_id)))
     order by status in ('halted', 'rollback_blocked') desc,
              exists (select from run_steps s where s.run_id = runs.id and s.waiting_for in ('person', 'approval')) desc,
              created_at, id
     limit $4`,
    [everything, everything ? [] : reach.products, everything ? [] : reach.clients, limit],
  );
  // Support looks into a tenant only while it was let in.
  return rows
    .filter((row) => {
      const where = { productId: row.product_id, clientId: row.client_id, tenantId: row.tenant_id };
      return coversTenantData(ctx.actor, 'runs:read', where);
    })
    .map(({ id }) => id);
}
