/**
 * Tenants that nobody uses (LIFE-16, CH-09): warned 30 and 7 days before, then suspended for reading. Off unless the
 * product's profile says `settings.inactivity_days`.
 */
import { systemActor } from '../../access/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { suspendTenant } from './suspend-tenant.ts';
import type { TellAdmins } from './trials.ts';

const DAY_MS = 86_400_000;
/** Days before the suspension; of the 90 of the decision, the 60th and the 83rd. */
const WARNINGS = [30, 7] as const;
const INACTIVITY = systemActor('inactivity');
const BATCH = 200;

/** A log-in, a session that was used, or a call its application has told of. A tenant that is new counts as used. */
const LAST_USED = `
  greatest(t.created_at,
    coalesce((select max(u.last_login_at) from users u where u.tenant_id = t.id), t.created_at),
    coalesce((select max(s.last_seen_at) from user_sessions s where s.tenant_id = t.id), t.created_at),
    coalesce((select max(m.ends_at) from tenant_metrics m where m.tenant_id = t.id and m.requests > 0), t.created_at),
    coalesce((select max(h.at) from tenant_history h where h.tenant_id = t.id and h.operation = 'reinstate'), t.created_at))`;

interface Idle {
  readonly tenantId: string;
  readonly lastUsedAt: Date;
  readonly days: number;
}

/** Warns and suspends whom nobody has used for long. Answers how many were suspended. */
export async function keepInactivity(database: Database, tell: TellAdmins, now: Date): Promise<number> {
  const idle = await database.transaction('worker', (tx) => idleTenants(tx, now));
  let suspended = 0;
  for (const each of idle) {
    const endsAt = new Date(each.lastUsedAt.getTime() + each.days * DAY_MS);
    if (endsAt.getTime() > now.getTime()) await warn(database, tell, each, endsAt, now);
    else if (await suspend(database, each, now)) suspended += 1;
  }
  return suspended;
}

async function idleTenants(tx: Tx, now: Date): Promise<readonly Idle[]> {
  const { rows } = await tx.query<Idle>(
    `select * from (
       select t.id as "tenantId", ${LAST_USED} as "lastUsedAt", (p.profile -> 'settings' ->> 'inactivity_days')::int as days
       from tenants t join products p on p.id = t.product_id
       where t.status = 'active' and jsonb_typeof(p.profile -> 'settings' -> 'inactivity_days') = 'number') x
     where "lastUsedAt" <= $1::timestamptz - make_interval(days => greatest(days - ${WARNINGS[0]}, 0))
     order by "lastUsedAt" limit ${BATCH}`,
    [now],
  );
  return rows;
}

async function warn(database: Database, tell: TellAdmins, idle: Idle, endsAt: Date, now: Date): Promise<void> {
  const leftMs = endsAt.getTime() - now.getTime();
  const before = WARNINGS.findLast((each) => leftMs <= each * DAY_MS);
  if (before === undefined) return;
  const { tenantId, lastUsedAt, days } = idle;
  const key = `inactivity:${tenantId}/${lastUsedAt.toISOString()}/${before}`;
  const values = { days: `${days - before} days`, ends: endsAt.toISOString().slice(0, 10) };
  await database.transaction('worker', (tx) =>
    tell({ tx, actor: INACTIVITY, now }, { tenantId, template: 'inactivity-warning', key, values }),
  );
}

const suspend = (database: Database, { tenantId, lastUsedAt, days }: Idle, now: Date): Promise<boolean> =>
  database.transaction('worker', async (tx) => {
    const { rows } = await tx.query<{ status: string }>('select status from tenants where id = $1 for update', [
      tenantId,
    ]);
    if (rows[0]?.status !== 'active') return false;
    const reason = `Nobody has used it for ${days} days, since ${lastUsedAt.toISOString().slice(0, 10)}.`;
    await suspendTenant(
      { tx, actor: INACTIVITY, now },
      { tenantId, cause: 'inactivity', reason, authority: 'inactivity' },
    );
    return true;
  });
