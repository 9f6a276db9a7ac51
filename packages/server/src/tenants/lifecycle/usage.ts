import { TenantryError } from '@tenantry/contract';
import { type Ctx, permit } from '../../access/index.ts';
import type { Tx } from '../../db/index.ts';
import { loadProduct } from '../../products/index.ts';
import { type Usage, windowMs } from '../core/plan-impact.ts';
import { permitTenant, readTenant, type Tenant } from '../load.ts';
import { keepUsageOfDay } from './usage-days.ts';

export interface UsageReport {
  /** Id or slug. */
  readonly tenant: string;
  /** Name of a limit of the product. */
  readonly meter: string;
  readonly used: number;
  readonly source: string;
  /** When it was counted. */
  readonly countedAt: Date;
}

/** A count of the future would outlast every right one: clocks of two machines differ by less. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Takes down how much of a limit a tenant uses, as its application has counted it. Of two counts the one taken later
 * holds, whichever comes first. Answers whether it was taken.
 *
 * @throws request.invalid for a meter the product does not have, a window, a count of the future, or one that is no
 * whole number; tenant.not_found, access.forbidden
 */
export async function reportUsage(ctx: Ctx, report: UsageReport): Promise<boolean> {
  permit(ctx.actor, 'metrics:write');
  const tenant = await readTenant(ctx, report.tenant);
  permitTenant(ctx.actor, 'metrics:write', tenant);
  const fault = await faultOf(ctx, tenant, report);
  if (fault !== undefined) {
    throw new TenantryError('request.invalid', `The usage cannot be taken down: ${fault.message}.`, {
      faults: [fault],
    });
  }
  const { rowCount } = await ctx.tx.query(
    `insert into tenant_usage as kept (tenant_id, meter, used, source, counted_at) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, meter) do update
       set used = excluded.used, source = excluded.source, counted_at = excluded.counted_at
       where kept.counted_at < excluded.counted_at`,
    [tenant.id, report.meter, report.used, report.source, report.countedAt],
  );
  await keepUsageOfDay(ctx.tx, { tenantId: tenant.id, ...report });
  return rowCount > 0;
}

async function faultOf(ctx: Ctx, { productId }: Tenant, { meter, used, countedAt }: UsageReport) {
  const { plans } = (await loadProduct(ctx.tx, productId)).profile;
  const meters = Object.keys(plans.free.limits).filter((name) => windowMs(name) === undefined);
  if (!meters.includes(meter)) return { path: 'meter', message: `"${meter}" is not one of ${meters.join(', ')}` };
  if (!Number.isSafeInteger(used) || used < 0) return { path: 'used', message: 'expects a whole number from 0 on' };
  if (countedAt.getTime() > ctx.now.getTime() + CLOCK_SKEW_MS) {
    return { path: 'counted_at', message: `lies in the future: it is ${ctx.now.toISOString()} here` };
  }
  return undefined;
}

/**
 * What a tenant uses. Users are counted here as well, because many of them live here: the larger number holds, so that
 * a count that comes late lets nobody pass the limit.
 */
export async function readUsage(tx: Tx, tenantId: string): Promise<Usage> {
  const { rows } = await tx.query<{ meter: string; used: string }>(
    `select meter, used::text from tenant_usage where tenant_id = $1
     union all select 'users', count(*)::text from users where tenant_id = $1 and status <> 'disabled'`,
    [tenantId],
  );
  const usage: Record<string, number> = {};
  for (const { meter, used } of rows) usage[meter] = Math.max(usage[meter] ?? 0, Number(used));
  return usage;
}
