/**
 * A control plane in miniature for tests: a real database and queue, one worker, and a made-up outside system
 * whose every effect is a row, so that a second effect can be seen.
 */
import { randomBytes } from 'node:crypto';
import { emptyCatalog, type RunStatus } from '@tenantry/runbook';
import type { Ctx, PersonActor } from '../../access/index.ts';
import { type Connector, Secret } from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import type { TestDatabase } from '../../db/testing/index.ts';
import { migrateQueue, startWorker, type Worker } from '../../engine/index.ts';
import { tenantTexts } from '../../identity/index.ts';
import { saveEnvironment, saveProduct } from '../../products/index.ts';
import { cutlistProfile } from '../../tenants/testing/registry.ts';
import { createKeyring, type Keyring } from '../../vault/index.ts';
import { runActions } from '../actions/index.ts';
import { readClientFile } from '../client-file.ts';
import { openRegistry, type Registry } from '../execution/index.ts';
import { publishRunbook } from '../library/index.ts';
import { runJobs } from '../run-jobs.ts';
import { loadRun, type RunRecord, startRun } from '../runs/index.ts';
import { outsideConnector } from './outside.ts';

const SCOPES = [
  'runs:read',
  'runs:write',
  'runbooks:read',
  'runbooks:write',
  'tenants:read',
  'tenants:write',
  'vault:reveal',
  'audit:read',
] as const;

const person = (id: string, name: string, roles: readonly string[]): PersonActor => ({
  kind: 'person',
  id,
  name,
  email: `${name.toLowerCase()}@vendor.example`,
  party: 'vendor',
  roles,
  scopes: SCOPES,
  development: false,
});

export const ADA = person('10000000-0000-4000-8000-000000000001', 'Ada', ['engineer', 'lead']);
export const BOB = person('10000000-0000-4000-8000-000000000002', 'Bob', ['lead', 'client']);

export interface World {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly registry: Registry;
  /** In a transaction of its own. */
  as<T>(actor: PersonActor, fn: (ctx: Ctx) => Promise<T>): Promise<T>;
  publish(source: string, files?: Readonly<Record<string, string>>): Promise<void>;
  start(clientFile: string): Promise<RunRecord>;
  work(options?: { readonly leaseMs?: number; readonly concurrency?: number }): Promise<Worker>;
  /** Waits until the run has one of these statuses; fails after thirty seconds, since a job that met another is tried again after a while. */
  until(runId: string, ...statuses: readonly RunStatus[]): Promise<RunRecord>;
  /** What stands in the outside system: `[name, how often it was made]`. */
  effects(): Promise<Readonly<Record<string, number>>>;
}

/** `more`: connectors beside the made-up one. */
export async function openWorld(
  { database, connection, name, asSuperuser }: TestDatabase,
  more: (parts: { readonly keyring: Keyring }) => readonly Connector[] = () => [],
): Promise<World> {
  // A clone keeps no privileges of its template's database.
  await asSuperuser(`grant create on database ${name} to tenantry_owner`);
  await migrateQueue(connection);
  await asSuperuser(
    'create table if not exists tenantry.outside (id bigserial primary key, key text not null, name text not null, step text not null, gone boolean not null default false)',
  );
  await asSuperuser(
    'grant all on tenantry.outside to tenantry_worker; grant all on sequence tenantry.outside_id_seq to tenantry_worker',
  );
  const keyring = createKeyring({ current: 'test', keys: { test: new Secret(randomBytes(32).toString('base64')) } });
  const now = (): Date => new Date();
  const registry = openRegistry([outsideConnector(database), runActions({ database, now }), ...more({ keyring })]);
  const as: World['as'] = (actor, fn) => database.transaction('operator', (tx) => fn({ tx, actor, now: now() }));
  await as(ADA, async (ctx) => {
    await saveProduct(ctx, cutlistProfile());
    await saveEnvironment(ctx, { productId: 'cutlist', name: 'production', connections: {} });
  });
  return {
    database,
    keyring,
    registry,
    as,
    publish: async (source, files = {}) => {
      const catalog = { ...emptyCatalog, ...registry.catalog };
      await as(ADA, (ctx) => publishRunbook(ctx, { file: 'test.yaml', source, files }, catalog));
    },
    start: (clientFile) =>
      as(ADA, (ctx) =>
        startRun(ctx, readClientFile({ source: clientFile, file: 'client.yaml' }), { keyring, mode: 'production' }),
      ),
    work: (options = {}) => startTestWorker({ database, connection, keyring, registry, ...options }),
    until: (runId, ...statuses) => waitFor(database, runId, statuses),
    effects: async () => {
      const rows = await asSuperuser<{ name: string; count: string }>(
        'select name, count(*) from tenantry.outside where not gone group by name',
      );
      return Object.fromEntries(rows.map((row) => [row.name, Number(row.count)]));
    },
  };
}

export interface TestWorkerOptions {
  readonly database: Database;
  readonly connection: TestDatabase['connection'];
  readonly keyring: Keyring;
  readonly registry: Registry;
  readonly leaseMs?: number;
  readonly concurrency?: number;
}

export async function startTestWorker({
  database,
  connection,
  keyring,
  registry,
  leaseMs = 1_000,
  concurrency = 4,
}: TestWorkerOptions): Promise<Worker> {
  const now = (): Date => new Date();
  let bootId = '';
  const worker = await startWorker({
    database,
    connection,
    concurrency,
    leaseMs,
    now,
    log: () => undefined,
    handlers: runJobs({
      database,
      keyring,
      registry,
      tenantTexts,
      now,
      bootId: () => bootId,
      log: () => undefined,
      mode: 'development',
    }),
  });
  bootId = worker.bootId;
  return worker;
}

async function waitFor(database: Database, runId: string, statuses: readonly RunStatus[]): Promise<RunRecord> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const record = await database.transaction('worker', (tx) => loadRun(tx, runId));
    if (statuses.includes(record.state.status)) return record;
    if (Date.now() > deadline) {
      const steps = Object.entries(record.state.steps).map(
        ([id, step]) => `${id}=${step.status}${step.failure === undefined ? '' : ` (${step.failure.message})`}`,
      );
      throw new Error(`the run is ${record.state.status}, not ${statuses.join(' or ')}: ${steps.join(', ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A client file for a runbook with an open intake. */
export const clientFile = (runbook: string, intake: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ runbook, product: 'cutlist', intake });
