import { randomUUID } from 'node:crypto';
import { createConnection } from 'node:net';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { type ConnectionSettings, clientConfig } from '../connection.ts';
import { type Database, openDatabase } from '../database.ts';
import { until } from '../embedded/processes.ts';
// Declares what `inject` returns.
import type {} from './global-setup.ts';
import type { ClusterAnswer } from './test-cluster.ts';

type SocketSettings = Exclude<ConnectionSettings, { url: string }>;

/** A migrated, empty database of one test file. */
export interface TestDatabase {
  readonly name: string;
  readonly connection: SocketSettings;
  /** The same as a URL, for programs that are started with `--database-url`. */
  readonly url: string;
  readonly database: Database;
  /** Another set of pools, as a second process would have; closed with the file. */
  open(applicationName: string): Database;
  /** Past every policy: to look at, or to damage, what the product itself could not. */
  asSuperuser<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

const POOL_MAX = 5;

/**
 * Gives a test file a database of its own, cloned from the migrated template, and drops it after the last test.
 * A connection that the file has left open fails the file. Call it at the top level, or inside `describe`:
 *
 * @example
 * const { database } = await cloneDatabase();
 */
export const cloneDatabase = async (): Promise<TestDatabase> => {
  const { host, port, template } = await askCluster();
  const server: SocketSettings = { host, port, user: 'tenantry', database: 'tenantry' };
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await queryOnce(server, `create database ${name} template ${template}`);
  const connection = { ...server, database: name };
  const opened: Database[] = [];
  const open = (applicationName: string): Database => {
    const database = openDatabase({ connection, applicationName, poolMax: POOL_MAX });
    opened.push(database);
    return database;
  };

  afterAll(async () => {
    await Promise.all(opened.map((database) => database.close()));
    const leaked = await leakedConnections(server, name);
    await queryOnce(server, `drop database ${name} with (force)`);
    if (leaked.length > 0) throw new Error(`Connections were left open by: ${leaked.join(', ')}.`);
  });

  return {
    name,
    connection,
    url: urlOf(connection),
    database: open('test'),
    open,
    asSuperuser: (text, values) => queryOnce({ ...connection, user: 'postgres' }, text, values),
  };
};

/** The settings as a connection URL; the directory of the socket stands where the host name does. */
export const urlOf = ({ user, host, port, database }: SocketSettings): string =>
  `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`;

const askCluster = (): Promise<ClusterAnswer> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(inject('tenantryCluster'));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => {
      const answer: ClusterAnswer | { readonly error: string } = JSON.parse(text);
      if ('error' in answer) reject(new Error(`The test cluster could not start: ${answer.error}`));
      else resolve(answer);
    });
  });

const queryOnce = async <Row>(
  settings: SocketSettings,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> => {
  const client = new pg.Client(clientConfig(settings, 'test-harness'));
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows as Row[];
  } finally {
    await client.end();
  }
};

/** A backend lives on for a moment after its client has said goodbye, so those that are ending get that moment. */
const leakedConnections = async (server: SocketSettings, name: string): Promise<readonly string[]> => {
  let left: readonly string[] = [];
  await until(async () => {
    const rows = await queryOnce<{ who: string }>(
      server,
      `select coalesce(nullif(application_name, ''), 'a nameless program') as who
       from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    left = rows.map((row) => row.who);
    return left.length === 0;
  }, 2_000);
  return left;
};
