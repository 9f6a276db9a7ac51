import { bug, isTenantId, TenantryError } from '@tenantry/contract';
import pg from 'pg';
import { type ConnectionSettings, clientConfig, surviveServerLoss } from './connection.ts';
import { commitOutcomeUnknown, toDatabaseError } from './errors.ts';
import { beginAs, type DatabaseRole, type TransactionRole } from './roles.ts';
import { gatherWrites, openTx, type Tx } from './transaction.ts';

export interface PoolStats {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface DatabaseOptions {
  readonly connection: ConnectionSettings;
  /** Shown in `pg_stat_activity`, with the role appended. */
  readonly applicationName: string;
  /** Connections at most, for each of the four roles. */
  readonly poolMax: number;
  /** Limit of one statement, in milliseconds, unless the transaction sets its own; a minute when left out. */
  readonly timeoutMs?: number;
}

export interface TransactionOptions {
  /** Limit of one statement, in milliseconds; 0 means none. */
  readonly timeoutMs?: number;
  /**
   * The function sends all it has to send before it first waits, and nothing hangs on the answer but what it returns:
   * then the commit travels along, and the whole takes one round trip. What it sends later is refused.
   */
  readonly atOnce?: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * The control plane's own database. Every statement runs in a transaction under a role; there is no way to query
 * without one. Throws `database.unavailable` or `database.full` when the server cannot serve; other errors of the
 * function and of PostgreSQL come through as they are, after the rollback.
 */
export interface Database {
  readonly connection: ConnectionSettings;
  transaction<T>(role: TransactionRole, fn: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Under `tenantry_app`: only rows of this tenant can be seen or written. */
  tenantTransaction<T>(tenantId: string, fn: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
  stats(): Readonly<Partial<Record<DatabaseRole, PoolStats>>>;
  /** Waits for open transactions, then ends every connection. May be called twice. */
  close(): Promise<void>;
}

/** Connects lazily: the first transaction of a role opens that role's pool. */
export const openDatabase = (options: DatabaseOptions): Database => {
  const pools = new Map<DatabaseRole, pg.Pool>();
  let closing: Promise<void> | undefined;

  const limitOf = (chosen: TransactionOptions | undefined): number => {
    const timeoutMs = chosen?.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 0) throw bug(`${timeoutMs} is no timeout in milliseconds.`);
    return timeoutMs;
  };

  const poolOf = (role: DatabaseRole): pg.Pool => {
    if (closing !== undefined) throw bug('The database was used after it had been closed.');
    const pool = pools.get(role) ?? openPool(options, role);
    pools.set(role, pool);
    return pool;
  };

  return {
    connection: options.connection,
    transaction: async (role, fn, chosen) => {
      const timeoutMs = limitOf(chosen);
      return run(chosen)(poolOf(role), beginAs(role, timeoutMs), timeoutMs, fn);
    },
    tenantTransaction: async (tenantId, fn, chosen) => {
      // The id becomes part of a statement, so its form is checked here, whoever calls.
      if (!isTenantId(tenantId)) throw new TenantryError('tenant.not_found', 'That is not the id of a tenant.');
      const timeoutMs = limitOf(chosen);
      return run(chosen)(poolOf('app'), beginAs('app', timeoutMs, tenantId), timeoutMs, fn);
    },
    stats: () =>
      Object.fromEntries(
        [...pools].map(([role, pool]) => [
          role,
          { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
        ]),
      ),
    close: () => {
      closing ??= Promise.all([...pools.values()].map((pool) => pool.end())).then(() => undefined);
      return closing;
    },
  };
};

/** A pool for each role, so that a flood of engine work cannot take the connections people wait for. */
const openPool = (options: DatabaseOptions, role: DatabaseRole): pg.Pool => {
  const pool = new pg.Pool({
    ...clientConfig(options.connection, `${options.applicationName}:${role}`),
    max: options.poolMax,
    idleTimeoutMillis: 30_000,
    // BEGIN and the first statement travel together, as do statements issued side by side.
    pipeline: true,
  });
  surviveServerLoss(pool);
  return pool;
};

type Run = <T>(pool: pg.Pool, begin: string, timeoutMs: number, fn: (tx: Tx) => Promise<T>) => Promise<T>;

const run = (chosen: TransactionOptions | undefined): Run => (chosen?.atOnce === true ? runAtOnce : runTransaction);

const beginOn = async (pool: pg.Pool, begin: string, timeoutMs: number) => {
  const client = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  gatherWrites(client);
  const began = settle(client.query(begin));
  return { client, began, ...openTx(client, timeoutMs) };
};

const runAtOnce: Run = async (pool, begin, timeoutMs, fn) => {
  const { client, began, tx, end } = await beginOn(pool, begin, timeoutMs);
  const working = settle(fn(tx));
  end();
  const committing = settle(commit(client));
  const [beginning, work, ending] = [await began, await working, await committing];
  // In this order: what fails first makes the rest fail.
  if (!beginning.ok) throw toDatabaseError(beginning.error);
  if (!work.ok) throw toDatabaseError(work.error);
  if (!ending.ok) throw ending.error;
  return work.value;
};

const runTransaction: Run = async <T>(
  pool: pg.Pool,
  begin: string,
  timeoutMs: number,
  fn: (tx: Tx) => Promise<T>,
): Promise<T> => {
  const { client, began, tx, end } = await beginOn(pool, begin, timeoutMs);
  let result: T;
  try {
    result = await fn(tx);
    end();
  } catch (error) {
    end();
    await rollBack(client);
    // A failed BEGIN makes every later statement fail as well: the first cause is the one to tell.
    const beginning = await began;
    throw toDatabaseError(beginning.ok ? error : beginning.error);
  }
  const beginning = await began;
  if (!beginning.ok) {
    await rollBack(client);
    throw toDatabaseError(beginning.error);
  }
  await commit(client);
  return result;
};

const commit = async (client: pg.PoolClient): Promise<void> => {
  let command: string;
  try {
    ({ command } = await client.query('commit'));
  } catch (error) {
    client.release(true);
    // An answer from the server (a deferred constraint) means "not kept"; silence means nobody knows.
    throw error instanceof pg.DatabaseError && error.code?.startsWith('57P') !== true
      ? toDatabaseError(error)
      : commitOutcomeUnknown(error);
  }
  client.release();
  // PostgreSQL answers COMMIT of an aborted transaction with ROLLBACK and no error.
  if (command === 'ROLLBACK') {
    throw bug('A statement failed, its error was swallowed, and so the whole transaction was rolled back.');
  }
};

const rollBack = async (client: pg.PoolClient): Promise<void> => {
  const rolledBack = await settle(client.query('rollback'));
  // A connection that cannot roll back is in no known state.
  client.release(!rolledBack.ok);
};

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

const settle = <T>(promise: Promise<T>): Promise<Settled<T>> =>
  promise.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  );
