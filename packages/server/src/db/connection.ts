import pg from 'pg';
import { type DatabaseRole, takeRoleForSession } from './roles.ts';

/** Where PostgreSQL listens: a URL, or the Unix socket of a server on this machine (`host` is its directory). */
export type ConnectionSettings =
  | { readonly url: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly database: string;
      readonly password?: string;
    };

const CONNECT_TIMEOUT_MS = 5_000;

/** The settings in the driver's words. */
export const clientConfig = (settings: ConnectionSettings, applicationName: string): pg.ClientConfig => ({
  ...('url' in settings ? { connectionString: settings.url } : settings),
  application_name: applicationName,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
});

export interface SessionPoolOptions {
  readonly applicationName: string;
  /** Connections at most. */
  readonly max: number;
}

/**
 * A pool whose sessions hold one role for as long as they live: for LISTEN, and for libraries that write their own
 * queries (the job queue). It needs a session-mode connection. The caller ends it.
 */
export const openSessionPool = (
  settings: ConnectionSettings,
  role: DatabaseRole,
  options: SessionPoolOptions,
): pg.Pool => {
  const pool = new pg.Pool({
    ...clientConfig(settings, options.applicationName),
    max: options.max,
    onConnect: async (client) => {
      await client.query(takeRoleForSession(role));
    },
  });
  surviveServerLoss(pool);
  return pool;
};

/**
 * A server that goes away makes idle and checked-out clients emit `error`, which ends the process when nobody
 * listens. The query in flight, or the next one, reports the loss to the caller who can act on it.
 */
export const surviveServerLoss = (pool: pg.Pool): void => {
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
};
