/** Row-level security with `pg`: one tenant for each transaction, and nothing left on the connection afterwards. */

export interface QueryAnswer<Row = Record<string, unknown>> {
  readonly rows: Row[];
  readonly rowCount: number | null;
  readonly command?: string;
}

/** As much of a client of `pg` as is used here. */
export interface ClientLike {
  query(config: { readonly text: string; readonly values?: unknown[] }): Promise<QueryAnswer>;
  /** Whether statements are sent without waiting for the answers before. */
  readonly pipeline?: boolean;
}

/** As much of a pool of `pg` as is used here. */
export interface PoolLike {
  connect(): Promise<ClientLike & { release(failure?: Error | boolean): void }>;
  readonly totalCount: number;
}

export interface TenantOptions {
  /** The setting policies read; `app.current_tenant_id` unless given. */
  readonly setting?: string;
}

/** A tenant id that is none, or a transaction that was not kept. */
export class TenantQueryError extends Error {
  override readonly name = 'TenantQueryError';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const SETTING = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+$/;
const DEFAULT_SETTING = 'app.current_tenant_id';

/**
 * Runs `work` in a transaction that sees one tenant. A pool gives a connection for it; a client must not be inside a
 * transaction already.
 *
 * @throws TenantQueryError for an id that is none; whatever `work` throws, after the rollback
 * @example
 * const names = await withTenant(pool, tenantId, (client) => client.query({ text: 'select name from projects' }));
 */
export function withTenant<Client extends ClientLike, T>(
  db: PoolLike | Client,
  tenantId: string,
  work: (client: Client) => Promise<T>,
  options?: TenantOptions,
): Promise<T> {
  const begin = beginAs(tenantId, options);
  return using(db, async (given, discard) => {
    const client = given as Client;
    try {
      await client.query({ text: begin });
      const result = await work(client);
      assertKept(await client.query({ text: 'commit' }));
      return result;
    } catch (error) {
      await client.query({ text: 'rollback' }).catch(discard);
      throw error;
    }
  });
}

/**
 * One statement as one tenant, with its transaction in one round trip when the client was opened with `pipeline: true`
 * (pg 8.21 and newer); otherwise the same in three. The context is set by the transaction, never by the statement: a
 * common table expression that calls `set_config` may be evaluated after the rows were read.
 *
 * @throws TenantQueryError for an id that is none; errors of the statement as they are
 * @example
 * const { rows } = await queryAsTenant(pool, tenantId, 'select name from projects where id = $1', [id]);
 */
export function queryAsTenant<Row = Record<string, unknown>>(
  db: PoolLike | ClientLike,
  tenantId: string,
  text: string,
  values: readonly unknown[] = [],
  options?: TenantOptions,
): Promise<QueryAnswer<Row>> {
  const begin = beginAs(tenantId, options);
  return using(db, async (client, discard) => {
    // The extended protocol takes one statement only: the text cannot end this transaction and go on without a tenant.
    const statement = { text, values: [...values], queryMode: 'extended' };
    const [begun, answered, ended] = await sendAll(client, [{ text: begin }, statement, { text: 'commit' }]);
    for (const each of [begun, answered, ended]) {
      if (each?.status !== 'rejected') continue;
      // A failed statement was rolled back by the COMMIT; anything else leaves the connection in no known state.
      if (each !== answered || ended?.status === 'rejected') discard();
      throw each.reason;
    }
    if (ended?.status === 'fulfilled') assertKept(ended.value);
    if (answered?.status !== 'fulfilled') throw new TenantQueryError('The statement was not answered.');
    return answered.value as QueryAnswer<Row>;
  });
}

/** The id becomes part of the statement, so that both travel together: only a UUID gets there. */
function beginAs(tenantId: string, { setting = DEFAULT_SETTING }: TenantOptions = {}): string {
  if (typeof tenantId !== 'string' || !UUID.test(tenantId)) {
    throw new TenantQueryError('That is not the id of a tenant.');
  }
  if (!SETTING.test(setting)) throw new TenantQueryError('That is not the name of a setting.');
  return `begin; set local ${setting} = '${tenantId}'`;
}

/** PostgreSQL answers COMMIT of an aborted transaction with ROLLBACK and no error. */
function assertKept(answer: QueryAnswer): void {
  if (answer.command === 'ROLLBACK') {
    throw new TenantQueryError('A statement failed, its error was swallowed, and so the transaction was rolled back.');
  }
}

type Statement = Parameters<ClientLike['query']>[0];

/** Together where the client can, else one after the other; after a failure the rest is sent all the same. */
export async function sendAll(
  client: ClientLike,
  statements: readonly Statement[],
): Promise<PromiseSettledResult<QueryAnswer>[]> {
  if (client.pipeline === true) return Promise.allSettled(statements.map((each) => client.query(each)));
  const answers: PromiseSettledResult<QueryAnswer>[] = [];
  for (const each of statements) answers.push(...(await Promise.allSettled([client.query(each)])));
  return answers;
}

/** The answers, or the first failure: what comes after it fails of it. */
export async function answersOf(client: ClientLike, statements: readonly Statement[]): Promise<readonly QueryAnswer[]> {
  return (await sendAll(client, statements)).map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

type Discard = () => void;

async function using<T>(
  db: PoolLike | ClientLike,
  work: (client: ClientLike, discard: Discard) => Promise<T>,
): Promise<T> {
  if (!('totalCount' in db)) return work(db, () => undefined);
  const client = await db.connect();
  let broken = false;
  try {
    return await work(client, () => {
      broken = true;
    });
  } finally {
    client.release(broken);
  }
}
