import pg from 'pg';
import { type ConnectionSettings, clientConfig } from './connection.ts';
import { toDatabaseError } from './errors.ts';

/** Makes a database on the same server unless it is there; for the example applications of a development installation. */
export const ensureDatabase = (settings: ConnectionSettings, name: string): Promise<void> =>
  onServer(settings, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  });

/** A new, empty database on the same server, and how to reach it. */
export const createDatabase = async (settings: ConnectionSettings, name: string): Promise<ConnectionSettings> => {
  await onServer(settings, (client) => client.query(`create database ${pg.escapeIdentifier(name)} template template0`));
  return elsewhere(settings, name);
};

/** Ends every connection to it and drops it. */
export const dropDatabase = async (settings: ConnectionSettings, gone: ConnectionSettings): Promise<void> => {
  const name = databaseOf(gone);
  await onServer(settings, (client) => client.query(`drop database ${pg.escapeIdentifier(name)} with (force)`));
};

const databaseOf = (settings: ConnectionSettings): string =>
  'url' in settings ? decodeURIComponent(new URL(settings.url).pathname.slice(1)) : settings.database;

function elsewhere(settings: ConnectionSettings, database: string): ConnectionSettings {
  if (!('url' in settings)) return { ...settings, database };
  const url = new URL(settings.url);
  url.pathname = `/${encodeURIComponent(database)}`;
  return { url: url.href };
}

async function onServer(settings: ConnectionSettings, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(clientConfig(settings, 'tenantry-ensure-database'));
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
