/**
 * A control plane for suites of whole processes, put together from the built server: what people do to runs, and
 * what proves that a run was not harmed. Workers are other processes (`workers.mjs`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTenantryError } from '@tenantry/contract';
import { emptyCatalog } from '@tenantry/runbook';
import { Secret } from '../../packages/server/dist/connectors/kit/index.js';
import { openDatabase } from '../../packages/server/dist/db/index.js';
import { migrateQueue } from '../../packages/server/dist/engine/index.js';
import { parseProfile, saveEnvironment, saveProduct } from '../../packages/server/dist/products/index.js';
import { readClientFile } from '../../packages/server/dist/runbooks/client-file.js';
import { openRegistry } from '../../packages/server/dist/runbooks/execution/index.js';
import { publishRunbook } from '../../packages/server/dist/runbooks/library/index.js';
import { loadRun, startRun } from '../../packages/server/dist/runbooks/runs/index.js';
import { createKeyring } from '../../packages/server/dist/vault/index.js';
import { openOutside, outsideConnector } from './outside.mjs';

/** @typedef {import('../../packages/server/dist/access/index.js').PersonActor} PersonActor */
/** @typedef {import('../../packages/server/dist/access/index.js').Ctx} Ctx */
/** @typedef {import('../../packages/server/dist/connectors/kit/index.js').Connector} Connector */
/** @typedef {import('../../packages/server/dist/db/index.js').ConnectionSettings} ConnectionSettings */
/** @typedef {import('../../packages/server/dist/runbooks/runs/index.js').RunRecord} RunRecord */
/** @typedef {ReturnType<typeof createPlane>} Plane */
/** @typedef {{ connection: ConnectionSettings, directory: string, poolMax?: number, connectors?: readonly Connector[] }} PlaneOptions */

const PLAN = { title: 'Any', limits: { users: 5 }, features: { sso: false }, sla_percent: null };
const PRODUCT = 'crash';
/** The product of every suite. */
export const PROFILE = {
  product: PRODUCT,
  name: 'Crash',
  urls: { app: 'https://localhost:8443', health: 'https://localhost:8443/health' },
  support: { email: 'support@vendor.example' },
  roles: [{ key: 'admin', title: 'Administrator', permission: 'owner_admin' }],
  plans: { free: PLAN, starter: PLAN, professional: PLAN, enterprise: PLAN },
  support_tiers: [{ key: 'basic', title: 'Basic', response: '4 hours' }],
};

const UNTIL_MS = 15_000;
const POLL_MS = 25;

/**
 * @param {string} id
 * @param {string} name
 * @param {readonly string[]} roles
 * @returns {PersonActor}
 */
const person = (id, name, roles) => ({
  kind: 'person',
  id,
  name,
  email: `${name.toLowerCase()}@vendor.example`,
  party: 'vendor',
  roles,
  scopes: [
    'runs:read',
    'runs:write',
    'runbooks:read',
    'runbooks:write',
    'tenants:read',
    'tenants:write',
    'vault:reveal',
    'audit:read',
  ],
  development: false,
});

export const ADA = person('10000000-0000-4000-8000-000000000001', 'Ada', ['engineer', 'lead']);
export const BOB = person('10000000-0000-4000-8000-000000000002', 'Bob', ['lead', 'client']);

/**
 * @param {string} runbook
 * @param {Readonly<Record<string, unknown>>} intake
 */
export const clientFileOf = (runbook, intake) =>
  readClientFile({ source: JSON.stringify({ runbook, product: PRODUCT, intake }), file: 'client.yaml' });

/** The same in every process of a suite. */
export const suiteKeyring = () =>
  createKeyring({ current: 'test', keys: { test: new Secret(Buffer.alloc(32, 7).toString('base64')) } });

/**
 * What every process of a suite has; nothing is written. `connectors` instead of the outside system.
 *
 * @param {PlaneOptions} options
 */
export function createPlane({ connection, directory, poolMax = 6, connectors }) {
  const database = openDatabase({ connection, applicationName: 'crash', poolMax });
  const outside = openOutside(directory);
  const registry = openRegistry(connectors ?? [outsideConnector(outside)]);
  const keyring = suiteKeyring();
  /**
   * In a transaction of its own.
   *
   * @template T
   * @param {PersonActor} actor
   * @param {(ctx: Ctx) => Promise<T>} fn
   */
  const as = (actor, fn) => database.transaction('operator', (tx) => fn({ tx, actor, now: new Date() }));
  return {
    connection,
    directory,
    database,
    outside,
    registry,
    keyring,
    as,
    /** Queue, product and environment: once for a database. */
    async prepare() {
      await migrateQueue(connection);
      await as(ADA, async (ctx) => {
        await saveProduct(ctx, parseProfile(PROFILE));
        await saveEnvironment(ctx, { productId: PRODUCT, name: 'production', connections: {} });
      });
    },
    /** @param {string} source */
    publish: (source) =>
      as(ADA, (ctx) =>
        publishRunbook(ctx, { file: 'test.yaml', source, files: {} }, { ...emptyCatalog, ...registry.catalog }),
      ),
    /**
     * @param {string} runbook
     * @param {Readonly<Record<string, unknown>>} intake
     * @param {{ readonly run?: string }} about
     */
    start: (runbook, intake, about = {}) =>
      as(ADA, (ctx) => startRun(ctx, { ...clientFileOf(runbook, intake), about }, { keyring, mode: 'production' })),
    /** @param {string} runId */
    load: (runId) => database.transaction('worker', (tx) => loadRun(tx, runId)),
    /**
     * The run as soon as it has one of these statuses. An outage of the database meanwhile is waited out.
     *
     * @param {string} runId
     * @param {readonly string[]} statuses
     * @param {number} withinMs
     * @returns {Promise<RunRecord>}
     */
    async until(runId, statuses, withinMs = UNTIL_MS) {
      const deadline = Date.now() + withinMs;
      for (;;) {
        const record = await this.load(runId).catch(ignoreOutage);
        if (record !== undefined && statuses.includes(record.state.status)) return record;
        if (Date.now() > deadline)
          throw new Error(`not ${statuses.join(' or ')} in ${withinMs} ms: ${describe(record)}`);
        await sleep(POLL_MS);
      }
    },
    /**
     * Rows past every policy of the application: suites only look.
     *
     * @template Row
     * @param {string} text
     * @param {readonly unknown[]} values
     * @returns {Promise<Row[]>}
     */
    rows: (text, values = []) =>
      database.transaction('operator', async (tx) => /** @type {Row[]} */ ((await tx.query(text, values)).rows)),
    close: () => database.close(),
  };
}

/** @param {unknown} error */
export function ignoreOutage(error) {
  if (isTenantryError(error) && (error.code === 'database.unavailable' || error.code === 'database.full'))
    return undefined;
  throw error;
}

/** @param {RunRecord | undefined} record */
function describe(record) {
  if (record === undefined) return 'the database is away';
  const steps = Object.entries(record.state.steps).map(
    ([id, step]) => `${id}=${step.status}${step.failure === undefined ? '' : ` (${step.failure.message})`}`,
  );
  return `${record.state.status}; ${steps.join(', ')}`;
}
