import { bug } from '@tenantry/contract';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';

/** A statement with a name is parsed and planned once for each connection. */
export type Statement = string | { readonly name: string; readonly text: string };

/** One open transaction. It stops working when the function it was handed to returns. */
export interface Tx {
  /** Hot paths, and SQL that Drizzle cannot say. */
  query<Row>(statement: Statement, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number }>;
  /** Drizzle on the same connection. Its own `transaction` is refused: a savepoint is plain SQL. */
  readonly orm: NodePgDatabase;
}

export interface OpenTx {
  readonly tx: Tx;
  /** After this every use of `tx` is refused. */
  readonly end: () => void;
}

/** Ending the transaction from inside would let what follows run under the login's own rights. */
const TRANSACTION_CONTROL =
  /^\s*(begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+to))\b/i;

/** How long after its own limit a statement may stay unanswered before the connection counts as dead. */
const ANSWER_GRACE_MS = 5_000;

const gathering = new WeakSet<pg.Client>();

/**
 * What is sent until the turn of the loop ends leaves in one write: each write costs a system call and wakes a process
 * of PostgreSQL, which is dearer than most statements.
 */
export const gatherWrites = (client: pg.Client): void => {
  if (gathering.has(client)) return;
  const { stream } = client.connection;
  gathering.add(client);
  stream.cork();
  process.nextTick(() => {
    gathering.delete(client);
    stream.uncork();
  });
};

/** 25P02, in_failed_sql_transaction. */
const isFollowUp = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '25P02';

/** Wraps a connection on which `beginAs` was sent. `timeoutMs` is the limit of one statement; 0 means none. */
export const openTx = (client: pg.Client, timeoutMs: number): OpenTx => {
  const limit = timeoutMs > 0 ? { query_timeout: timeoutMs + ANSWER_GRACE_MS } : {};
  let open = true;
  const assertUsable = (text: string): void => {
    if (!open) throw bug('A transaction was used after it had ended.', { detail: text });
    if (TRANSACTION_CONTROL.test(text)) {
      throw bug('A statement tried to begin or end a transaction inside one.', { detail: text });
    }
  };
  // Of statements sent side by side, what the first one met makes the others fail: that is the cause to tell, whichever
  // of them is heard first.
  let cause: unknown;
  const send = async (statement: Statement, values?: unknown[]): Promise<pg.QueryResult> => {
    const config = typeof statement === 'string' ? { text: statement } : statement;
    assertUsable(config.text);
    gatherWrites(client);
    try {
      const result = await client.query({ ...config, ...limit }, values);
      // Also after a savepoint was gone back to.
      cause = undefined;
      return result;
    } catch (error) {
      if (isFollowUp(error) && cause !== undefined) throw cause;
      cause = error;
      throw error;
    }
  };
  let orm: NodePgDatabase | undefined;
  const tx: Tx = {
    query: async <Row>(statement: Statement, values: readonly unknown[] = []) => {
      const { rows, rowCount } = await send(statement, [...values]);
      return { rows: rows as Row[], rowCount: rowCount ?? 0 };
    },
    get orm() {
      // Drizzle only ever calls `query` on a client it did not open itself.
      orm ??= drizzle({ query: send } as unknown as pg.PoolClient);
      return orm;
    },
  };
  return {
    tx,
    end: () => {
      open = false;
    },
  };
};
