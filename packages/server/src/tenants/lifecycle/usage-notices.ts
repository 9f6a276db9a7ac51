/** Tells administrators and operators that a tenant nears a limit, whoever counted it: users here, the application, the night. */
import { type Ctx, systemActor } from '../../access/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { loadProduct, type PlanTable } from '../../products/index.ts';
import { resolveLimits } from '../core/entitlements.ts';
import type { Usage } from '../core/plan-impact.ts';
import { type NoticeChange, noticesDue, type UsageNotice } from '../core/usage-notices.ts';
import type { Tenant } from '../load.ts';
import type { TellAdmins } from './trials.ts';

const USAGE = systemActor('usage');
const PAGE = 500;

export interface UsageTelling {
  readonly admins: TellAdmins;
  readonly operators: (
    ctx: Ctx,
    note: {
      readonly productId: string;
      readonly clientId: string | null;
      readonly key: string;
      readonly subject: string;
      readonly text: string;
      readonly next: string;
    },
  ) => Promise<unknown>;
}

type Place = Pick<Tenant, 'id' | 'slug' | 'plan' | 'settings' | 'productId' | 'clientId'>;

interface Measured extends Place {
  readonly usage: Usage;
  readonly notices: readonly UsageNotice[];
}

/** Looks at every live tenant, a page at a time, and writes only where something was crossed. Answers how many were told. */
export async function keepUsageNotices(database: Database, telling: UsageTelling, now: Date): Promise<number> {
  const tables = new Map<string, PlanTable>();
  let told = 0;
  for (let after: string | undefined; ; ) {
    const page = await database.transaction('worker', (tx) => readPage(tx, after));
    for (const tenant of page) {
      const table = await tableOf(database, tables, tenant.productId);
      const { limits } = resolveLimits(table, tenant.plan, tenant.settings.limits);
      const changes = noticesDue({ limits, usage: tenant.usage, notices: tenant.notices, now });
      if (changes.length > 0) await tellOf(database, telling, tenant, changes, now);
      told += changes.filter(({ tell }) => tell).length;
    }
    after = page.at(-1)?.id;
    if (page.length < PAGE) return told;
  }
}

async function tableOf(database: Database, tables: Map<string, PlanTable>, productId: string): Promise<PlanTable> {
  const known = tables.get(productId);
  if (known !== undefined) return known;
  const { plans } = (await database.transaction('worker', (tx) => loadProduct(tx, productId))).profile;
  tables.set(productId, plans);
  return plans;
}

/** Of two counts of the users the larger holds, as in `readUsage`. */
async function readPage(tx: Tx, after: string | undefined): Promise<readonly Measured[]> {
  const { rows } = await tx.query<
    Place & { usage: Usage | null; notices: readonly UsageNotice[] | null; users: number }
  >(
    `select t.id, t.slug, t.plan, t.settings, t.product_id as "productId", t.client_id as "clientId",
       (select jsonb_object_agg(u.meter, u.used) from tenant_usage u where u.tenant_id = t.id) as usage,
       (select count(*)::int from users u where u.tenant_id = t.id and u.status <> 'disabled') as users,
       (select jsonb_agg(jsonb_build_object('meter', n.meter, 'level', n.level, 'standing', n.standing, 'period', n.period))
          from tenant_usage_notices n where n.tenant_id = t.id) as notices
     from tenants t where t.status in ('active', 'trial') and ($1::uuid is null or t.id > $1) order by t.id limit ${PAGE}`,
    [after ?? null],
  );
  return rows.map(({ usage, users, notices, ...place }) => ({
    ...place,
    usage: { ...usage, users: Math.max(usage?.users ?? 0, users) },
    notices: notices ?? [],
  }));
}

const tellOf = (
  database: Database,
  telling: UsageTelling,
  tenant: Measured,
  changes: readonly NoticeChange[],
  now: Date,
): Promise<void> =>
  database.transaction('worker', async (tx) => {
    const ctx = { tx, actor: USAGE, now };
    for (const change of changes) {
      await save(tx, tenant.id, change, now);
      if (!change.tell) continue;
      const { meter, level, period, used, limit } = change;
      const key = `usage:${tenant.id}/${meter}/${level}/${period}`;
      const name = meter.replaceAll('_', ' ');
      const state = level === 'reached' ? 'is used up: the next is refused' : 'is nearly used up';
      const values = { meter: name, used: String(used), limit: String(limit), state };
      await telling.admins(ctx, { tenantId: tenant.id, template: 'usage-limit', key, values });
      await telling.operators(ctx, {
        productId: tenant.productId,
        clientId: tenant.clientId,
        key,
        subject: `${tenant.slug}: ${name} ${level === 'reached' ? 'used up' : 'nearly used up'}`,
        text: `${tenant.slug} uses ${used} of ${limit} ${name} of its plan ${tenant.plan}. Its administrators are told.`,
        next: `tenantry tenant usage ${tenant.slug}`,
      });
    }
  });

const save = (tx: Tx, tenantId: string, notice: NoticeChange, now: Date): Promise<unknown> =>
  tx.query(
    `insert into tenant_usage_notices (tenant_id, meter, level, standing, period, used, limit_value, told_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (tenant_id, meter, level) do update set standing = excluded.standing, period = excluded.period,
       used = excluded.used, limit_value = excluded.limit_value, told_at = excluded.told_at`,
    [tenantId, notice.meter, notice.level, notice.standing, notice.period, notice.used, notice.limit, now],
  );
