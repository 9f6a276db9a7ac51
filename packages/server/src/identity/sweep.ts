import type { Database } from '../db/index.ts';
import { DEFAULT_POLICY } from './core/policy.ts';
import { purgeKnownAddresses } from './known-addresses.ts';
import { endSession, purgeSessions, SESSIONS } from './sessions.ts';
import { purgeThrottles } from './throttle.ts';

const BATCH = 500;

/** Sessions nobody came back to: as `lifeOf` has it, for those that no request will ever look at. */
const RUN_OUT = `
  select s.id, s.tenant_id,
    case when s.created_at + interval '1 millisecond' *
      case s.kind when 'token' then coalesce(p.refresh_ms, $2) else coalesce(p.absolute_ms, $3) end <= $1
      then 'absolute' else 'idle' end as reason
  from user_sessions s left join tenant_policies p using (tenant_id)
  where s.ended_at is null and case s.kind
    when 'token' then s.created_at + interval '1 millisecond' * coalesce(p.refresh_ms, $2) <= $1
    else s.created_at + interval '1 millisecond' * coalesce(p.absolute_ms, $3) <= $1
      or s.last_seen_at + interval '1 millisecond' * coalesce(p.idle_ms, $4) <= $1 end
  order by s.last_seen_at limit ${BATCH}`;

/** Ends sessions that have run out, so that whoever follows their end hears of it. Answers how many. */
export const sweepSessions = (database: Database, now: Date): Promise<number> =>
  database.transaction('operator', async (tx) => {
    const { refreshMs, absoluteMs, idleMs } = DEFAULT_POLICY;
    const { rows } = await tx.query<{ id: string; tenant_id: string; reason: 'idle' | 'absolute' }>(RUN_OUT, [
      now,
      refreshMs,
      absoluteMs,
      idleMs,
    ]);
    for (const { id: sessionId, tenant_id: tenantId, reason } of rows) {
      await endSession({ tx, actor: SESSIONS, now }, { tenantId, sessionId, reason });
    }
    return rows.length;
  });

/** Forgets what has served its time: ended sessions, old counters, addresses and links. The caller schedules it. */
export const purgeIdentity = (database: Database, now: Date): Promise<number> =>
  database.transaction('operator', async (tx) => {
    const links = await tx.query(`delete from user_tokens where expires_at < $1::timestamptz - interval '30 days'`, [
      now,
    ]);
    const counts = [await purgeThrottles(tx, now), await purgeKnownAddresses(tx, now), await purgeSessions(tx, now)];
    return counts.reduce((sum, count) => sum + count, links.rowCount);
  });
