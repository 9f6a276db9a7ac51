/** A connection for work that outlasts a step: copies of whole databases, and programs that stand beside us. */
import pg from 'pg';
import { secretsOf } from '../kit/index.ts';
import { faultOfPostgres } from './faults.ts';
import { guardedSocket } from './guarded-socket.ts';
import { clientConfig, type PostgresSettings } from './settings.ts';
import { quoteName } from './sql.ts';

const CONNECT_MS = 10_000;

export interface OpenedPostgres {
  readonly settings: PostgresSettings;
  /** As a reader knows the server. */
  readonly system: string;
}

/**
 * Opens a connection of its own; whoever asked ends it. It goes on through silence, as a copy of a large table is.
 *
 * @throws TenantryError of the closed `connector.*` set
 */
export async function connectPostgres({ settings, system }: OpenedPostgres, signal?: AbortSignal): Promise<pg.Client> {
  const client = new pg.Client({
    ...clientConfig(settings),
    stream: guardedSocket,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
  // A connection that breaks tells the statement under way; without a listener it would end the process.
  client.on('error', () => undefined);
  const socketOf = (): { destroy(): void } | undefined =>
    (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream;
  const cut = (): void => socketOf()?.destroy();
  signal?.addEventListener('abort', cut, { once: true });
  try {
    signal?.throwIfAborted();
    await client.connect();
    if (settings.role !== undefined) await client.query(`set role ${quoteName(settings.role)}`);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw postgresFault({ settings, system }, error, signal);
  } finally {
    signal?.removeEventListener('abort', cut);
  }
}

/** What the driver or the server said, in the closed set of connectors. An error of our own stays as it is. */
export const postgresFault = (
  { settings, system }: OpenedPostgres,
  error: unknown,
  signal?: AbortSignal,
  committing = false,
): unknown =>
  faultOfPostgres(
    error,
    { settings, system, secrets: secretsOf(settings) },
    committing,
    signal ?? new AbortController().signal,
  );

/** The same connection in the environment that libpq reads (PostgreSQL, section 34.15): arguments are for all to see. */
export function programEnvironment(settings: PostgresSettings): Readonly<Record<string, string>> {
  const client = new pg.Client(clientConfig(settings));
  const { host, port, user, password, database } = client;
  const verified = clientConfig(settings).ssl !== false;
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user ?? '',
    PGDATABASE: database ?? '',
    PGSSLMODE: verified ? 'verify-full' : 'disable',
    ...(typeof password === 'string' && password !== '' && { PGPASSWORD: password }),
    ...(verified && { PGSSLROOTCERT: settings.ca_path ?? 'system' }),
    ...(settings.role === undefined ? {} : { PGOPTIONS: `-c role=${settings.role}` }),
  };
}
