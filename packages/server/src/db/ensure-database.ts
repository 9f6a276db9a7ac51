import pg from 'pg';
import { type ConnectionSettings, clientConfig } from './connection.ts';
import { toDatabaseError } from './errors.ts';

/** Makes a database on the same server unless it is there; for the example applications of a development installation. */
export const ensureDatabase = async (settings: ConnectionSettings, name: string): Promise<void> => {
  const client = new pg.Client(clientConfig(settings, 'tenantry-ensure-database'));
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
};
