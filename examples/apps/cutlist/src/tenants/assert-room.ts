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
export async function assertRoom({ db, visitor }: Act, kind: keyof typeof COUNTS): Promise<void> {
  const limit = effectiveLimits(visitor.tenant.plan, visitor.tenant.settings)[kind];
  if (!Number.isFinite(limit)) return;
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${visitor.tenantId} ${kind}`]);
  const { rows } = await db.query<{ used: number }>(COUNTS[kind]);
  if ((rows[0]?.used ?? 0) < limit) return;
  throw new Refusal('plan_limit_reached', `The ${visitor.tenant.plan} plan of your workshop allows ${limit} ${kind}.`);
}
