import type { Tx } from '../db/index.ts';

const DAY_MS = 86_400_000;

/** Deletes reports past their days. @returns how many */
export async function purgeMetrics(
  ctx: { readonly tx: Tx; readonly now: Date },
  { keepDays }: { readonly keepDays: number },
): Promise<number> {
  const { rowCount } = await ctx.tx.query('delete from tenant_metrics where ends_at < $1', [
    new Date(ctx.now.getTime() - keepDays * DAY_MS),
  ]);
  return rowCount ?? 0;
}
