import type { Act } from '../act.ts';
import { Refusal } from '../refusal.ts';
import { effectiveLimits } from './plan-limits.ts';

const COUNTS = {
  users: 'select count(*)::int as used from users',
  projects: 'select count(*)::int as used from projects',
} as const;

/**
 * Refuses one more user or project than the plan has room for. Holds a lock of this tenant to the end of the
 * transaction: two creations at once cannot both take the last place.
 */
export async function assertRoom({ db, visitor, guard }: Act, kind: keyof typeof COUNTS): Promise<void> {
  const told = (used: number) => guard?.limit(visitor.tenantId, kind, used, 1, { pilot: visitor.pilot });
  const limit = told(0)?.limit ?? effectiveLimits(visitor.tenant.plan, visitor.tenant.settings)[kind];
  if (limit === Number.POSITIVE_INFINITY) return;
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${visitor.tenantId} ${kind}`]);
  const { rows } = await db.query<{ used: number }>(COUNTS[kind]);
  const used = rows[0]?.used ?? 0;
  if (told(used)?.ok ?? used < limit) return;
  throw new Refusal('plan_limit_reached', `The ${visitor.tenant.plan} plan of your workshop allows ${limit} ${kind}.`);
}
