import { TenantryError } from '@tenantry/contract';
import type pg from 'pg';

/**
 * How values are written: the same text on every server, whatever its own settings are. Scans keep the order of the
 * table, so that a table that was filled from a copy gives the same copy again.
 */
const TEXT_FORM = `
  set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
  set local extra_float_digits = 3; set local bytea_output = 'hex'; set local client_encoding = 'UTF8';
  set local lc_monetary = 'C'; set local xmloption = 'content'; set local search_path = pg_catalog;
  set local synchronize_seqscans = off; set local max_parallel_workers_per_gather = 0;
  set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`;

/** One view of the database for everything that follows, until `endTransaction`; nothing can be written. */
export async function beginSnapshot(client: pg.ClientBase): Promise<void> {
  await client.query('begin isolation level repeatable read read only');
  // The snapshot is taken by the first statement.
  await client.query(`${TEXT_FORM}; select 1`);
}

const LOCK_WAIT = '10s';

/** A transaction that writes; what it waits for it does not wait for long. */
export async function beginRestore(client: pg.ClientBase): Promise<void> {
  await client.query('begin');
  await client.query(`${TEXT_FORM}; set local lock_timeout = '${LOCK_WAIT}'; set constraints all deferred`);
}

/** Ends a connection whatever is going on on it. */
export async function closeClient(client: pg.Client): Promise<void> {
  await client.end().catch(() => undefined);
}

/** Cuts a connection when the signal says so: what it was doing fails, and the server rolls it back. */
export function cutOnAbort(client: pg.Client, signal: AbortSignal | undefined): () => void {
  const cut = (): void => void closeSocket(client);
  signal?.addEventListener('abort', cut, { once: true });
  if (signal?.aborted === true) cut();
  return () => signal?.removeEventListener('abort', cut);
}

function closeSocket(client: pg.Client): void {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  connection?.stream?.destroy();
}

/** @throws backup.refused for a text that is no id: it becomes part of a statement */
export function tenantLiteral(tenantId: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenantId)) return `'${tenantId}'`;
  throw new TenantryError('tenant.not_found', 'That is not the id of a tenant.');
}
