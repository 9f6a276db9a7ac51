import type { Ctx } from '../../access/index.ts';
import { loadProduct } from '../../products/index.ts';
import type { Tenant } from '../load.ts';

const DAY_MS = 86_400_000;
/** CH-08. */
const TRIAL_DAYS = 14;

/** Notes when a trial that begins now will end: `settings.trial_days` of the product, else 14 days. */
export async function beginTrial(ctx: Ctx, { id, productId }: Pick<Tenant, 'id' | 'productId'>): Promise<void> {
  const { settings } = (await loadProduct(ctx.tx, productId)).profile;
  const days = typeof settings.trial_days === 'number' && settings.trial_days > 0 ? settings.trial_days : TRIAL_DAYS;
  await ctx.tx.query(
    `insert into tenant_trials (tenant_id, ends_at, started_at) values ($1, $2, $3) on conflict (tenant_id) do nothing`,
    [id, new Date(ctx.now.getTime() + days * DAY_MS), ctx.now],
  );
}
