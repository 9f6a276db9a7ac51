/** What tenants have used day by day: of each meter the last count of each day, in UTC. */
import type { TenantUsageHistoryView } from '@tenantry/contract';
import type { Ctx } from '../../access/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { windowMs } from '../core/plan-impact.ts';
import { loadLimits } from '../entitlements.ts';
import type { Tenant } from '../load.ts';

const DAY_MS = 86_400_000;
/** A year can be laid beside the one before, month by month. */
const KEPT_DAYS = 400;

export interface UsageOfDay {
  readonly tenantId: string;
  readonly meter: string;
  readonly used: number;
  readonly countedAt: Date;
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** A count that comes late still tells of its own day. */
export async function keepUsageOfDay(tx: Tx, { tenantId, meter, used, countedAt }: UsageOfDay): Promise<void> {
  await tx.query(
    `insert into tenant_usage_days as kept (tenant_id, meter, day, used, counted_at) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, meter, day) do update set used = excluded.used, counted_at = excluded.counted_at
       where kept.counted_at < excluded.counted_at`,
    [tenantId, meter, dayOf(countedAt), used, countedAt],
  );
}

/** Users are counted here, as nobody reports them; and days past their time go. Answers how many were taken down. */
export const keepUsageDays = (database: Database, now: Date): Promise<number> =>
  database.transaction('worker', async (tx) => {
    const { rowCount } = await tx.query(
      `insert into tenant_usage_days (tenant_id, meter, day, used, counted_at)
       select t.id, 'users', $1::date, count(u.id), $2
       from tenants t left join users u on u.tenant_id = t.id and u.status <> 'disabled'
       where t.status <> 'offboarded' group by t.id
       on conflict (tenant_id, meter, day) do update set used = excluded.used, counted_at = excluded.counted_at`,
      [dayOf(now), now],
    );
    await tx.query('delete from tenant_usage_days where day < $1::date', [
      dayOf(new Date(now.getTime() - KEPT_DAYS * DAY_MS)),
    ]);
    return rowCount;
  });

/** Every stock of the plan, also one that nobody has counted yet. */
export async function viewUsageHistory(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  tenant: Tenant,
  days: number,
): Promise<TenantUsageHistoryView> {
  const from = dayOf(new Date(now.getTime() - (days - 1) * DAY_MS));
  const { limits, unset } = await loadLimits(tx, tenant);
  const { rows } = await tx.query<{ meter: string; day: string; used: string }>(
    `select meter, day::text, used::text from tenant_usage_days where tenant_id = $1 and day >= $2::date order by day`,
    [tenant.id, from],
  );
  const names = [...Object.keys(limits), ...unset].filter((name) => windowMs(name) === undefined).sort();
  return {
    tenant_id: tenant.id,
    from,
    to: dayOf(now),
    meters: names.map((name) => ({
      name,
      limit: limits[name] ?? null,
      days: rows.filter(({ meter }) => meter === name).map(({ day, used }) => ({ day, used: Number(used) })),
    })),
  };
}
