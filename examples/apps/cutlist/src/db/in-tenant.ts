import type { Pool, PoolClient } from 'pg';

/** A connection inside a transaction that sees one tenant only. */
export type TenantDb = Pick<PoolClient, 'query'>;

/**
 * Runs `work` in a transaction whose context is one tenant. The setting is local to the transaction, so a connection
 * that goes back to the pool remembers no tenant (PDB-05).
 */
export function inTenant<T>(pool: Pool, tenantId: string, work: (db: TenantDb) => Promise<T>): Promise<T> {
  return inTransaction(pool, 'app.current_tenant_id', tenantId, work);
}

/** As `inTenant`, before the tenant is known: only the `tenants` row with this slug is readable. */
export function atLogin<T>(pool: Pool, slug: string, work: (db: TenantDb) => Promise<T>): Promise<T> {
  return inTransaction(pool, 'app.login_slug', slug, work);
}

async function inTransaction<T>(
  pool: Pool,
  setting: string,
  value: string,
  work: (db: TenantDb) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin');
    await client.query('select set_config($1, $2, true)', [setting, value]);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    failure = await rollBack(client);
    throw error;
  } finally {
    // A connection that could not roll back may still be inside the tenant's transaction: it is thrown away.
    client.release(failure);
  }
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
