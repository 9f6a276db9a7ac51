import type { Act } from '../act.ts';
import type { CutlistContext } from '../context.ts';
import { inTenant } from '../db/in-tenant.ts';
import { Refusal } from '../refusal.ts';
import { assertRoom } from '../tenants/assert-room.ts';
import type { Plan } from '../tenants/plan-limits.ts';
import { effectiveLimits } from '../tenants/plan-limits.ts';

/** So many rows are made and taken back within one transaction; a larger limit is not tried. */
const TRIED_MAX = 5_000;

/**
 * Whether the last place of the plan is given and one more is refused: tried with the very rule that holds for everybody,
 * on users that no other transaction ever sees.
 *
 * @returns null where there is no limit of users, or one too large to be tried
 */
export async function tryPlanLimit(context: CutlistContext, tenantId: string): Promise<boolean | null> {
  const found: { holds: boolean | null } = { holds: null };
  try {
    await inTenant(context.pool, tenantId, async (db) => {
      const { rows } = await db.query<{ plan: Plan; settings: unknown; used: number }>(
        `select plan, settings, (select count(*)::int from users) as used from tenants where id = $1`,
        [tenantId],
      );
      const [tenant] = rows;
      if (tenant === undefined) return;
      const { guard } = context;
      const told = guard?.limit(tenantId, 'users', 0, 1, { pilot: true }).limit;
      const limit = told ?? effectiveLimits(tenant.plan, tenant.settings).users;
      const missing = limit - tenant.used;
      if (!Number.isFinite(limit) || missing < 1 || missing > TRIED_MAX) return;
      const visitor = { tenantId, tenant, pilot: true };
      const act = { db, visitor, guard, now: context.clock() } as unknown as Act;
      await addUsers(db, tenantId, missing - 1);
      const hasRoom = await isAllowed(act);
      await addUsers(db, tenantId, 1);
      found.holds = hasRoom && !(await isAllowed(act));
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return found.holds;
}

/** Ends the transaction without anything of it. */
class RolledBack extends Error {}

const addUsers = (db: Act['db'], tenantId: string, count: number): Promise<unknown> =>
  db.query(
    `insert into users (tenant_id, email, full_name)
     select $1, gen_random_uuid() || '@self-check.invalid', 'Self-check' from generate_series(1, $2)`,
    [tenantId, count],
  );

async function isAllowed(act: Act): Promise<boolean> {
  try {
    await assertRoom(act, 'users');
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'plan_limit_reached') return false;
    throw error;
  }
}
