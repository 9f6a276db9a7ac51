import { PROBLEM_CONTENT_TYPE, type Problem } from '@tenantry/contract';
import type { LightMyRequestResponse } from 'fastify';
import { onTestFinished } from 'vitest';
import type { PersonActor, Scope } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';
import { createHttpServer, createLogger, type HttpConfig, type HttpServer } from '../index.ts';

export const TEST_NOW = new Date('2026-11-20T09:00:00Z');

const CONFIG: HttpConfig = {
  publicUrl: 'https://tenantry.example',
  bodyLimitBytes: 4_096,
  rateLimitPerMinute: 1_000,
};

export const testPerson = (id: string, scopes: readonly Scope[]): PersonActor => ({
  kind: 'person',
  id,
  keyId: `key-of-${id}`,
  name: 'Ada',
  email: 'ada@vendor.example',
  party: 'vendor',
  roles: [],
  scopes,
  development: false,
});

export interface TestServerOptions {
  readonly config?: Partial<HttpConfig>;
  /** Keys that are valid, by their text. */
  readonly keys?: Readonly<Record<string, PersonActor>>;
  readonly database?: Database;
  readonly now?: () => Date;
  readonly lockWaitMs?: number;
  readonly healthWaitMs?: number;
}

export interface TestServer {
  readonly server: HttpServer;
  /** Everything that was logged, as text. */
  readonly log: () => string;
  readonly revoke: (key: string) => void;
}

/** A database for tests of routes that never ask it anything. */
const refuse = (): never => {
  throw new Error('this test has no database');
};
const noDatabase: Database = {
  connection: { url: 'postgres://nowhere.invalid/none' },
  transaction: async () => refuse(),
  tenantTransaction: async () => refuse(),
  stats: () => ({}),
  close: async () => undefined,
};

/** A server that is closed when the test ends. */
export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const lines: string[] = [];
  const keys = new Map(Object.entries(options.keys ?? {}));
  const server = await createHttpServer({
    config: { ...CONFIG, ...options.config },
    logger: createLogger({ logLevel: 'debug', destination: { write: (line) => void lines.push(line) } }),
    database: options.database ?? noDatabase,
    authenticate: async (key) => keys.get(key),
    now: options.now ?? (() => TEST_NOW),
    lockWaitMs: options.lockWaitMs ?? 30_000,
    healthWaitMs: options.healthWaitMs ?? 30_000,
  });
  onTestFinished(() => server.close());
  return { server, log: () => lines.join(''), revoke: (key) => void keys.delete(key) };
}

export const problemIn = (response: LightMyRequestResponse): Problem => {
  if (response.headers['content-type']?.toString().split(';')[0] !== PROBLEM_CONTENT_TYPE) {
    throw new Error(`no problem: ${response.statusCode} ${response.body}`);
  }
  return response.json();
};

/**
 * Asks every route without a key and returns those that answered anything but 401, as `METHOD /url`. Every member of
 * an address is filled with `x`.
 */
export async function routesOpenWithoutKey(server: HttpServer): Promise<readonly string[]> {
  await server.ready();
  const open = new Set<string>();
  for (const [index, { method, url }] of server.routeTable.entries()) {
    const response = await server.inject({
      method: method as 'GET',
      url: url.replace(/:\w+|\*/g, 'x'),
      // A different address each time, so that the limit for wrong keys does not end the walk.
      remoteAddress: `10.0.${Math.floor(index / 250)}.${index % 250}`,
    });
    if (response.statusCode !== 401) open.add(`${method} ${url}`);
  }
  return [...open].sort();
}
