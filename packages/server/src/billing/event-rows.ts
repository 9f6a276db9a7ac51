import { TenantryError } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import type { BillingEvent, BillingFacts } from './core/read-event.ts';

export const EVENT_STATES = ['pending', 'applied', 'superseded', 'ignored', 'unassigned', 'held', 'settled'] as const;
/**
 * - `pending`: received, and not decided yet; `next_at` says when it is looked at.
 * - `applied`: what it says is so here. `superseded`: something newer was known. `ignored`: it means nothing here.
 * - `unassigned`: nobody knows whose it is. `held`: it could not be applied, and a person decides. `settled`: a person did.
 */
export type EventState = (typeof EVENT_STATES)[number];

export interface EventRow {
  readonly productId: string;
  readonly id: string;
  readonly type: string;
  readonly facts: BillingFacts | null;
  readonly tenantId: string | null;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  readonly state: EventState;
  readonly outcome: string | null;
  readonly attempts: number;
  readonly nextAt: Date | null;
  readonly decidedAt: Date | null;
  readonly replayedBy: string | null;
}

const COLUMNS = `product_id as "productId", id, type, facts, tenant_id as "tenantId", occurred_at as "occurredAt",
  received_at as "receivedAt", state, outcome, attempts, next_at as "nextAt", decided_at as "decidedAt",
  replayed_by as "replayedBy"`;

/** Answers whether it is new: an event that was received before is left as it is. */
export async function insertEvent(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  productId: string,
  { id, type, occurredAt, facts }: BillingEvent,
): Promise<boolean> {
  const ignored = facts === undefined;
  const { rowCount } = await tx.query(
    `insert into billing_events (product_id, id, type, facts, occurred_at, received_at, state, outcome, next_at, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (product_id, id) do nothing`,
    [
      productId,
      id,
      type,
      ignored ? null : JSON.stringify(facts),
      occurredAt,
      now,
      ignored ? 'ignored' : 'pending',
      ignored ? 'Events of this kind mean nothing here.' : null,
      ignored ? null : now,
      ignored ? now : null,
    ],
  );
  return rowCount > 0;
}

/** @throws billing.not_found */
export async function lockEvent(tx: Tx, productId: string, id: string): Promise<EventRow> {
  const { rows } = await tx.query<EventRow>(
    `select ${COLUMNS} from billing_events where product_id = $1 and id = $2 for update`,
    [productId, id],
  );
  const [row] = rows;
  if (row !== undefined) return row;
  throw new TenantryError('billing.not_found', `${productId} has received no event ${id}.`, {
    next: `See those it has: tenantry billing events ${productId}.`,
  });
}

export async function dueEvents(tx: Tx, now: Date, limit: number): Promise<readonly EventRow[]> {
  const { rows } = await tx.query<EventRow>(
    `select ${COLUMNS} from billing_events where state = 'pending' and next_at <= $1
     order by next_at, occurred_at, id limit ${limit}`,
    [now],
  );
  return rows;
}

export interface EventChange {
  readonly state: EventState;
  readonly outcome: string;
  readonly tenantId?: string | null;
  /** Of `pending`: when it is looked at again. */
  readonly nextAt?: Date;
  readonly attempts?: number;
}

export async function writeEvent(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  { productId, id, tenantId, attempts }: EventRow,
  change: EventChange,
): Promise<void> {
  await tx.query(
    `update billing_events set state = $3, outcome = $4, tenant_id = $5, next_at = $6, attempts = $7, decided_at = $8
     where product_id = $1 and id = $2`,
    [
      productId,
      id,
      change.state,
      change.outcome,
      change.tenantId === undefined ? tenantId : change.tenantId,
      change.nextAt ?? null,
      change.attempts ?? attempts,
      change.state === 'pending' ? null : now,
    ],
  );
}

export interface EventFilter {
  readonly productId: string;
  readonly state?: EventState | undefined;
  readonly tenantId?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface EventPage {
  readonly events: readonly EventRow[];
  readonly cursor: string | undefined;
}

/** Newest first. @throws request.invalid for a cursor that is none of ours */
export async function selectEvents(tx: Tx, filter: EventFilter): Promise<EventPage> {
  const [at, id] = filter.cursor === undefined ? [null, null] : readCursor(filter.cursor);
  const { rows } = await tx.query<EventRow>(
    `select ${COLUMNS} from billing_events
     where product_id = $1 and state = coalesce($2, state) and ($3::uuid is null or tenant_id = $3)
       and ($4::timestamptz is null or (received_at, id) < ($4, $5))
     order by received_at desc, id desc limit $6`,
    [filter.productId, filter.state ?? null, filter.tenantId ?? null, at, id, filter.limit + 1],
  );
  const events = rows.slice(0, filter.limit);
  const last = events.at(-1);
  return { events, cursor: rows.length > filter.limit && last !== undefined ? writeCursor(last) : undefined };
}

const writeCursor = ({ receivedAt, id }: EventRow): string =>
  Buffer.from(JSON.stringify([receivedAt.toISOString(), id])).toString('base64url');

function readCursor(cursor: string): readonly [string, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [at, id] = Array.isArray(value) ? value : [];
    if (typeof at === 'string' && typeof id === 'string' && !Number.isNaN(Date.parse(at))) return [at, id];
  } catch {
    // Falls through to the refusal.
  }
  throw new TenantryError('request.invalid', 'The cursor is not one of ours.', {
    faults: [{ path: 'cursor', message: 'not a cursor' }],
    next: 'Use the cursor of the page before as it was given.',
  });
}
