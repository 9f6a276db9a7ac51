/**
 * Happenings of the world outside a run, told once and kept: whoever waits for one finds it even when it came first.
 * Who waits is looked up after the event is committed, so that no wait begun meanwhile is missed.
 */
import type { Tx } from '../db/index.ts';
import { enqueue } from './jobs.ts';

export const SPREAD_TASK = 'events.spread';

export interface NewEvent {
  /** `scim.request`, `portal.file_received`: as runbooks wait for it. */
  readonly name: string;
  readonly tenantId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** The same happening told twice under one key is one event. */
  readonly key?: string;
  readonly at: Date;
}

/** The position of the event, or undefined when it was told before. */
export async function publishEvent(tx: Tx, event: NewEvent): Promise<number | undefined> {
  const { rows } = await tx.query<{ position: string }>(
    {
      name: 'publish_event',
      text: `insert into events (name, tenant_id, data, key, at) values ($1, $2, $3, $4, $5)
             on conflict (name, key) where key is not null do nothing returning position`,
    },
    [event.name, event.tenantId, JSON.stringify(event.data), event.key ?? null, event.at],
  );
  if (rows[0] === undefined) return undefined;
  const position = Number(rows[0].position);
  await enqueue(tx, [{ task: SPREAD_TASK, payload: { position } }]);
  return position;
}

export interface StoredEvent {
  readonly position: number;
  readonly name: string;
  readonly tenantId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

interface Row {
  readonly position: string;
  readonly name: string;
  readonly tenant_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

const toEvent = ({ position, tenant_id: tenantId, ...row }: Row): StoredEvent => ({
  ...row,
  tenantId,
  position: Number(position),
});

export async function findEvent(tx: Tx, position: number): Promise<StoredEvent | undefined> {
  const { rows } = await tx.query<Row>('select position, name, tenant_id, data, at from events where position = $1', [
    position,
  ]);
  return rows[0] === undefined ? undefined : toEvent(rows[0]);
}

/** Those of a name from an instant on, oldest first. */
export async function eventsSince(tx: Tx, name: string, since: Date, limit: number): Promise<readonly StoredEvent[]> {
  const { rows } = await tx.query<Row>(
    `select position, name, tenant_id, data, at from events where name = $1 and at >= $2 order by position limit $3`,
    [name, since, limit],
  );
  return rows.map(toEvent);
}

/** Events older than anything may still wait for. Answers how many went. */
export async function forgetEvents(tx: Tx, before: Date): Promise<number> {
  const { rowCount } = await tx.query('delete from events where at < $1', [before]);
  return rowCount ?? 0;
}
