import pg from 'pg';
import { type ConnectionSettings, clientConfig } from '../connection.ts';
import { SUPERUSER } from './cluster.ts';
import { PORT } from './postmaster.ts';

/** Name of both the login and the database Tenantry uses on the embedded cluster. */
const NAME = 'tenantry';

/** SQLSTATEs of "somebody else made it a moment ago". */
const ALREADY_THERE = new Set(['42710', '42P04', '23505']);

const asSuperuser = async <T>(socketDir: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const settings = { host: socketDir, port: PORT, user: SUPERUSER, database: 'postgres' };
  const client = new pg.Client(clientConfig(settings, 'tenantry-supervisor'));
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** The signature of the process that spawned the server behind a socket. */
export const clusterNameOf = (socketDir: string): Promise<string> =>
  asSuperuser(socketDir, async (client) => {
    const { rows } = await client.query<{ name: string }>("select current_setting('cluster_name') as name");
    return rows[0]?.name ?? '';
  });

/**
 * Tenantry logs in as an ordinary role, as it would on a managed PostgreSQL: what works here works there, and no
 * statement that slips through can act as a superuser.
 */
export const ensureLogin = (socketDir: string): Promise<ConnectionSettings> =>
  asSuperuser(socketDir, async (client) => {
    const unlessThere = async (catalogue: string, statement: string): Promise<void> => {
      const { rowCount } = await client.query(catalogue, [NAME]);
      if (rowCount !== 0) return;
      await client.query(statement).catch((error: unknown) => {
        if (!(error instanceof pg.DatabaseError && ALREADY_THERE.has(error.code ?? ''))) throw error;
      });
    };
    await unlessThere('select from pg_roles where rolname = $1', `create role ${NAME} login createrole createdb`);
    await unlessThere('select from pg_database where datname = $1', `create database ${NAME} owner ${NAME}`);
    return { host: socketDir, port: PORT, user: NAME, database: NAME };
  });
