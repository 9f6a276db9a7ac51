/** What the end of tenants does by itself: dunning, reminders, and the end of the grace (OFF-05, CH-32, CH-75). */
import { isTenantryError } from '@tenantry/contract';
import { systemActor } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';
import { DUNNING_DAYS, reminderDue } from '../core/offboarding.ts';
import { tellOffboardingMoved } from '../status-listeners.ts';
import { DUNNING, DUNNING_REASON, endAccess, offboardTenant } from './offboard-tenant.ts';
import { lockOffboarding, OFFBOARDING_COLUMNS, type Offboarding } from './offboarding-rows.ts';

const DAY_MS = 86_400_000;
const OFFBOARDING = systemActor('offboarding');
const BATCH = 200;

/** Answers how many lost their access. */
export async function keepOffboardings(database: Database, now: Date): Promise<number> {
  await dun(database, now);
  const { rows } = await database.transaction('worker', (tx) =>
    tx.query<Offboarding>(
      `select ${OFFBOARDING_COLUMNS} from tenant_offboardings where state = 'grace' and ends_at <= $1
       order by ends_at limit ${BATCH}`,
      [new Date(now.getTime() + 30 * DAY_MS)],
    ),
  );
  let ended = 0;
  for (const each of rows) {
    // One tenant that cannot go keeps no other from going; it is tried again.
    try {
      if (each.endsAt.getTime() > now.getTime()) await remind(database, each, now);
      else if (await end(database, each, now)) ended += 1;
    } catch (error) {
      if (!isTenantryError(error) || error.kind !== 'refusal') throw error;
    }
  }
  return ended;
}

const end = (database: Database, { id }: Offboarding, now: Date): Promise<boolean> =>
  database.transaction('worker', async (tx) => {
    // Somebody may have called it off meanwhile.
    const found = await lockOffboarding(tx, id, ['grace']);
    if (found === undefined || found.endsAt.getTime() > now.getTime()) return false;
    await endAccess({ tx, actor: OFFBOARDING, now }, found);
    return true;
  });

async function remind(database: Database, offboarding: Offboarding, now: Date): Promise<void> {
  const days = reminderDue(offboarding.announcedAt, offboarding.endsAt, now);
  if (days === undefined) return;
  await database.transaction('worker', (tx) =>
    tellOffboardingMoved({ tx, actor: OFFBOARDING, now }, { offboarding, what: 'reminder', days }),
  );
}

/** Who was suspended for a payment that long leaves for it, unless they are leaving already. */
async function dun(database: Database, now: Date): Promise<void> {
  const { rows } = await database.transaction('worker', (tx) =>
    tx.query<{ tenantId: string }>(
      `select s.tenant_id as "tenantId" from tenant_suspensions s join tenants t on t.id = s.tenant_id
       where s.cause = 'payment_failure' and s.ended_at is null and s.began_at <= $1
         and t.status = 'suspended' and t.pending_offboarding_at is null
         and not exists (select from tenant_offboardings o where o.tenant_id = s.tenant_id
           and (o.state in ('grace', 'offboarded', 'deleting') or o.announced_at > s.began_at))
       order by s.began_at limit ${BATCH}`,
      [new Date(now.getTime() - DUNNING_DAYS * DAY_MS)],
    ),
  );
  for (const { tenantId } of rows) {
    const wish = { tenantId, cause: 'non_payment', reason: DUNNING_REASON, authority: 'dunning' } as const;
    await database
      .transaction('worker', (tx) => offboardTenant({ tx, actor: DUNNING, now }, wish))
      .catch((error: unknown) => {
        // Paid, or leaving, since it was looked up.
        if (!isTenantryError(error) || error.kind !== 'refusal') throw error;
      });
  }
}
