/**
 * Transactions on a connection of the environment. Pools live as long as they have a connection open, and
 * close theirs when idle, so that a step holds nothing between two calls.
 */
import pg from 'pg';
import { type ActionContext, sha256 } from '../kit/index.ts';
import { faultOfPostgres } from './faults.ts';
import { guardedSocket } from './guarded-socket.ts';
import { clientConfig, type PostgresSettings, type PostgresTarget } from './settings.ts';
import { quoteName } from './sql.ts';

const CONNECTIONS_MAX = 4;
const IDLE_MS = 5_000;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 20_000;
const LOCK_MS = 5_000;

const pools = new Map<string, pg.Pool>();

/** Closes every pool now; for shutdown and for tests. */
export async function closePostgresPools(): Promise<void> {
  const open = [...pools.values()];
  pools.clear();
  await Promise.all(open.map((pool) => pool.end()));
}

function poolOf(settings: PostgresSettings): pg.Pool {
  const config = clientConfig(settings);
  // The settings hold the password: only their hash is kept as a name.
  const name = sha256(JSON.stringify(config));
  const known = pools.get(name);
  if (known !== undefined) return known;
  const pool = new pg.Pool({
    ...config,
    stream: guardedSocket,
    max: CONNECTIONS_MAX,
    idleTimeoutMillis: IDLE_MS,
    connectionTimeoutMillis: CONNECT_MS,
    allowExitOnIdle: true,
  });
  // A connection that breaks while idle is no fault of any step; the next one opens another.
  pool.on('error', () => undefined);
  pool.on('remove', () => {
    if (pool.totalCount === 0 && pool.waitingCount === 0 && pools.get(name) === pool) pools.delete(name);
  });
  pools.set(name, pool);
  return pool;
}

export interface SessionOptions {
  readonly readOnly?: boolean;
  /** Sets `app.current_tenant_id` for this transaction, as the application does (PDB-05). */
  readonly tenant?: string | undefined;
  /** Always rolled back: what it does is only tried. */
  readonly rollback?: boolean;
  readonly statementMs?: number;
}

export type Row = Readonly<Record<string, unknown>>;

/** One transaction. `query` sends one statement, with its values apart from its text. */
export interface Session {
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Row[]; readonly rowCount: number }>;
}

/**
 * Runs `work` in one transaction as the connection's role.
 *
 * @throws TenantryError of the closed `connector.*` set
 */
export async function transaction<T>(
  ctx: ActionContext,
  target: PostgresTarget,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  let committing = false;
  let client: pg.PoolClient | undefined;
  const abort = () => client?.release(new Error('cut off'));
  try {
    ctx.signal.throwIfAborted();
    client = await untilAborted(poolOf(target.settings).connect(), ctx.signal);
    ctx.signal.addEventListener('abort', abort, { once: true });
    const session = sessionOf(client);
    await begin(session, target.settings, options);
    const result = await work(session);
    committing = options.rollback !== true;
    await session.query(committing ? 'commit' : 'rollback');
    ctx.signal.removeEventListener('abort', abort);
    client.release();
    return result;
  } catch (error) {
    ctx.signal.removeEventListener('abort', abort);
    // A connection on which something failed is not trusted with another transaction.
    if (!ctx.signal.aborted) client?.release(true);
    throw faultOfPostgres(error, target, committing, ctx.signal);
  }
}

/** A connection that opens after the deadline goes straight back. */
function untilAborted(connecting: Promise<pg.PoolClient>, signal: AbortSignal): Promise<pg.PoolClient> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason);
      connecting.then(
        (client) => client.release(),
        () => undefined,
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    connecting.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

const sessionOf = (client: pg.PoolClient): Session => ({
  async query(text, values = []) {
    // The extended protocol takes exactly one statement: text can never smuggle in a second.
    const statement: ExtendedQuery = { text, values: [...values], queryMode: 'extended' };
    const { rows, rowCount } = await client.query<Row>(statement);
    return { rows, rowCount: rowCount ?? 0 };
  },
});

/** The driver knows `queryMode`; its type declarations do not. */
interface ExtendedQuery extends pg.QueryConfig<unknown[]> {
  readonly queryMode: 'extended';
}

async function begin(session: Session, settings: PostgresSettings, options: SessionOptions): Promise<void> {
  await session.query(options.readOnly === true ? 'begin isolation level repeatable read read only' : 'begin');
  if (settings.role !== undefined) await session.query(`set local role ${quoteName(settings.role)}`);
  await session.query(`select set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)`, [
    String(options.statementMs ?? STATEMENT_MS),
    String(LOCK_MS),
  ]);
  if (options.tenant !== undefined) await setTenant(session, options.tenant);
}

/** The context of one tenant, until the end of the transaction. */
export async function setTenant(session: Session, tenant: string): Promise<void> {
  await session.query(`select set_config('app.current_tenant_id', $1, true)`, [tenant]);
}
