import type { RateStore } from '../rate.ts';
import {
  type Reservation,
  type ReservationRequest,
  type ReservationStore,
  refusedReservation,
} from '../reservation.ts';
import {
  answersOf,
  type ClientLike,
  type PoolLike,
  queryAsTenant,
  type TenantOptions,
  withTenant,
} from './as-tenant.ts';

/**
 * Counts calls in the application's own database, for all its processes. One statement; the row is locked for as long as
 * that takes. What does not fit is not counted, so that a client that never stops asking gets in again.
 */
export function postgresRateStore(db: PoolLike, options?: TenantOptions): RateStore {
  const text = `
    insert into tenantry_rates as r (tenant_id, name, used, refused, ends_at)
    values ($1, $2, case when $4::float8 <= $3::float8 then $4 else 0 end, $4 > $3, clock_timestamp() + $5::float8 * interval '1 millisecond')
    on conflict (tenant_id, name) do update set
      used = case when r.ends_at <= clock_timestamp() then excluded.used
                  when r.used + $4 <= $3 then r.used + $4 else r.used end,
      ends_at = case when r.ends_at <= clock_timestamp() then excluded.ends_at else r.ends_at end,
      refused = case when r.ends_at <= clock_timestamp() then $4 > $3 else r.used + $4 > $3 end
    returning used, extract(epoch from ends_at - clock_timestamp()) * 1000 as reset_ms, refused`;
  return {
    take: async ({ tenantId, name, limit, windowMs, cost }) => {
      const { rows } = await queryAsTenant<{ used: number; reset_ms: string; refused: boolean }>(
        db,
        tenantId,
        text,
        [tenantId, name, limit, cost, windowMs],
        options,
      );
      const [row] = rows;
      if (row === undefined) throw new Error('The count of calls was not answered.');
      return { used: Number(row.used), allowed: !row.refused, resetMs: Math.max(1, Number(row.reset_ms)) };
    },
  };
}

export interface PostgresReservations extends ReservationStore {
  /** Gives back what was confirmed before, as its thing is deleted; in that transaction. @throws RangeError */
  giveBack(client: ClientLike, tenantId: string, name: string, amount?: number): Promise<void>;
  /**
   * Sets the count to what there really is. `count` is asked while nothing can be confirmed, as the tenant and in one
   * transaction with the write, so a create at the same time is counted once. Answers what it was off by.
   */
  reconcile(tenantId: string, name: string, count: (client: ClientLike) => Promise<number>): Promise<number>;
}

const LOCK = `insert into tenantry_usage (tenant_id, name) values ($1, $2)
  on conflict (tenant_id, name) do update set used = tenantry_usage.used returning used`;

// Another statement than the lock, so that it sees what was committed while it waited for it.
const RESERVE = `
  with live as (
    select coalesce(sum(amount), 0) as amount from tenantry_reservations
    where tenant_id = $1 and name = $2 and expires_at > clock_timestamp()
  ), gone as (
    delete from tenantry_reservations where tenant_id = $1 and name = $2 and expires_at <= clock_timestamp()
  ), room as (
    select $4::float8 - u.used - live.amount as room from tenantry_usage u, live where u.tenant_id = $1 and u.name = $2
  ), made as (
    insert into tenantry_reservations (tenant_id, name, amount, expires_at)
    select $1, $2, $3::float8, clock_timestamp() + $5::float8 * interval '1 millisecond' from room where room >= $3::float8 returning id
  )
  select room, (select id from made) as id from room`;

const CONFIRM = `
  with held as (
    delete from tenantry_reservations where tenant_id = $1 and id = $3 returning amount
  ), others as (
    select coalesce(sum(amount), 0) as amount from tenantry_reservations
    where tenant_id = $1 and name = $2 and id <> $3 and expires_at > clock_timestamp()
  )
  update tenantry_usage u set used = u.used + $4::float8
  where u.tenant_id = $1 and u.name = $2
    and (exists (select from held) or u.used + (select amount from others) + $4::float8 <= $5::float8)
  returning used`;

/**
 * Keeps reservations and counts in the application's own database (decision 0011). The row of a tenant's limit is locked
 * while a place is given: of N + 1 creates at once, in however many processes, one is refused. A process that dies
 * leaves a lease that ends.
 */
export function postgresReservations(db: PoolLike, options?: TenantOptions): PostgresReservations {
  const inTenant = <T>(tenantId: string, work: (client: ClientLike) => Promise<T>): Promise<T> =>
    withTenant(db, tenantId, work, options);

  return {
    reserve: async (request) => {
      assertAmount(request.name, request.amount);
      return inTenant(request.tenantId, async (client) => {
        const { tenantId, name, amount, limit, leaseMs } = request;
        if (limit === Number.POSITIVE_INFINITY) {
          await lock(client, tenantId, name);
          return reservation(request, '', limit);
        }
        const asking = { text: RESERVE, values: [tenantId, name, amount, limit, leaseMs] };
        const [, asked] = await answersOf(client, [locking(tenantId, name), asking]);
        const row = asked?.rows[0] as { readonly room: number; readonly id: string | null } | undefined;
        const room = Math.max(0, row?.room ?? 0);
        if (row === undefined || row.id === null) {
          return refusedReservation({ code: 'limit_reached', limit, remaining: room });
        }
        return reservation(request, row.id, room - amount);
      });
    },
    giveBack: async (client, tenantId, name, amount = 1) => {
      assertAmount(name, amount);
      await client.query({
        text: 'update tenantry_usage set used = greatest(0, used - $3::float8) where tenant_id = $1 and name = $2',
        values: [tenantId, name, amount],
      });
    },
    reconcile: (tenantId, name, count) =>
      inTenant(tenantId, async (client) => {
        const before = await lock(client, tenantId, name);
        const counted = await count(client);
        if (!Number.isFinite(counted) || counted < 0) throw new RangeError(`The count of ${name} is ${counted}.`);
        await client.query({
          text: 'update tenantry_usage set used = $3::float8, reconciled_at = now() where tenant_id = $1 and name = $2',
          values: [tenantId, name, counted],
        });
        return counted - before;
      }),
  };

  function reservation(
    { tenantId, name, amount, limit }: ReservationRequest,
    id: string,
    remaining: number,
  ): Reservation {
    const held = id === '' ? null : id;
    let settled: 'no' | 'confirmed' | 'released' = 'no';
    const confirm = async (client: ClientLike): Promise<boolean> => {
      const confirming =
        held === null
          ? { text: COUNT, values: [tenantId, name, amount] }
          : { text: CONFIRM, values: [tenantId, name, held, amount, limit] };
      const [, answer] = await answersOf(client, [locking(tenantId, name), confirming]);
      return answer?.rows.length === 1;
    };
    return {
      ok: true,
      code: 'ok',
      limit,
      remaining,
      confirm: async (client) => {
        if (settled !== 'no') return settled === 'confirmed';
        const kept = client === undefined ? await inTenant(tenantId, confirm) : await confirm(client as ClientLike);
        settled = kept ? 'confirmed' : 'released';
        return kept;
      },
      release: async () => {
        if (settled !== 'no' || held === null) return;
        settled = 'released';
        const text = 'delete from tenantry_reservations where tenant_id = $1 and id = $2';
        await queryAsTenant(db, tenantId, text, [tenantId, held], options);
      },
    };
  }
}

/** PostgreSQL holds NaN to be larger than any number: counted once, it would open the limit for good. */
function assertAmount(name: string, amount: number): void {
  if (!(amount >= 0) || !Number.isFinite(amount)) throw new RangeError(`That is no amount of ${name}: ${amount}.`);
}

/** Of an unlimited one nothing is held; it is counted all the same, for the day it is limited. */
const COUNT = 'update tenantry_usage set used = used + $3::float8 where tenant_id = $1 and name = $2 returning used';

const locking = (tenantId: string, name: string) => ({ text: LOCK, values: [tenantId, name] });

async function lock(client: ClientLike, tenantId: string, name: string): Promise<number> {
  const { rows } = await client.query(locking(tenantId, name));
  return Number(rows[0]?.used ?? 0);
}
