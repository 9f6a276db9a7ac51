import { TenantryError } from '@tenantry/contract';
import pg from 'pg';
import { clientConfig } from '../connection.ts';
import { toDatabaseError } from '../errors.ts';
import { until } from './processes.ts';
import type { PostgresSupervisor, SupervisorStatus } from './supervisor.ts';

export interface ExternalOptions {
  readonly url: string;
  /** How long `start` waits for a server that is not there yet, as in a stack that boots all at once. */
  readonly waitMs?: number;
}

const VERSION_MIN = 15;
const DEFAULT_WAIT_MS = 30_000;
const RETRY_EVERY_MS = 500;

/** A PostgreSQL that somebody else runs: `start` only checks that it is there and new enough. */
export const externalPostgres = (options: ExternalOptions): PostgresSupervisor => {
  let state: SupervisorStatus['state'] = 'stopped';
  return {
    start: async () => {
      state = 'starting';
      try {
        await checkServer(options);
      } catch (error) {
        state = 'stopped';
        throw error;
      }
      state = 'running';
      return { url: options.url };
    },
    stop: async () => {
      state = 'stopped';
    },
    status: () => ({ kind: 'external', state, restarts: 0 }),
  };
};

const checkServer = async ({ url, waitMs = DEFAULT_WAIT_MS }: ExternalOptions): Promise<void> => {
  let version = 0;
  let problem: unknown;
  const answered = await until(
    async () => {
      try {
        version = await majorOf(url);
        return true;
      } catch (error) {
        problem = toDatabaseError(error);
        // Only what may pass is waited for: a wrong password stays wrong.
        if (!(problem instanceof TenantryError) || problem.retry === 'never') throw problem;
        return false;
      }
    },
    waitMs,
    RETRY_EVERY_MS,
  );
  if (!answered) throw problem;
  assertSupported(version);
};

/** Takes the major version of a server. */
export const assertSupported = (version: number): void => {
  if (version >= VERSION_MIN) return;
  throw new TenantryError(
    'database.start_failed',
    `The database URL leads to PostgreSQL ${version}; Tenantry needs ${VERSION_MIN} or later.`,
    { facts: { version, minimum: VERSION_MIN }, next: 'Upgrade that server, or give the URL of a newer one.' },
  );
};

const majorOf = async (url: string): Promise<number> => {
  const client = new pg.Client(clientConfig({ url }, 'tenantry-check'));
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
    return Math.floor(Number(rows[0]?.version) / 10_000);
  } finally {
    await client.end().catch(() => undefined);
  }
};
