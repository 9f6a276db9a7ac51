/** The shipped runbooks of a tenant's leaving, on the real engine, with the product's own database and a clock that is moved. */
import { randomUUID } from 'node:crypto';
import { emptyCatalog } from '@tenantry/runbook';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ctx, PersonActor } from './access/index.ts';
import { backupWorld, fillTenant, SHOP_TABLES } from './backups/testing/world.ts';
import { readConfig } from './config.ts';
import { allConnectors } from './connectors.ts';
import { migrateQueue, startWorker, type Worker } from './engine/index.ts';
import { exportDeps } from './export-sources.ts';
import { tenantPolicy, tenantTexts } from './identity/index.ts';
import { readClientFile } from './runbooks/client-file.ts';
import { openRegistry, runJobs } from './runbooks/index.ts';
import { approveRunbook } from './runbooks/library/index.ts';
import {
  completeTask,
  decide,
  ESCALATE_TASK,
  listEvidence,
  loadRun,
  startRun,
  type TaskCompletion,
} from './runbooks/runs/index.ts';
import { publishShipped, readShipped, shippedFolder } from './shipped.ts';
import { deletionDeps } from './tenant-erasure.ts';
import { countResidue, findOffboarding, findTenant, keepDeletions, keepOffboardings } from './tenants/index.ts';
import { makeTenant } from './tenants/testing/registry.ts';

const world = await backupWorld();
const { database, keyring, plane, shop } = world;
const now = (): Date => world.clock;
const PUBLIC_URL = 'https://tenantry.example';
const registry = openRegistry(allConnectors({ database, keyring, publicUrl: PUBLIC_URL, now, backups: world.deps }));
const exports = exportDeps({
  loginPolicy: tenantPolicy,
  backups: world.deps,
  config: readConfig({ mode: 'test', publicUrl: PUBLIC_URL }, {}),
});
const deletion = deletionDeps({ backups: world.deps, keyring, exports });

const person = (name: string, ...roles: string[]): PersonActor => ({
  kind: 'person',
  id: randomUUID(),
  name,
  email: `${name.toLowerCase()}@vendor.example`,
  party: 'vendor',
  roles,
  scopes: ['runs:read', 'runs:write', 'runbooks:read', 'runbooks:write', 'tenants:read', 'tenants:write'],
  development: false,
});
const carla = person('Carla', 'customer_success');
const lena = person('Lena', 'customer_success_lead');
const emil = person('Emil', 'engineering_lead');

const as = <T>(actor: PersonActor, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor, now: now() }));
const DAY = 86_400_000;
const later = (days: number): void => {
  world.clock = new Date(world.clock.getTime() + days * DAY);
};

let worker: Worker;
const escalations: Readonly<Record<string, unknown>>[] = [];
beforeAll(async () => {
  await plane.asSuperuser(`grant create on database ${plane.name} to tenantry_owner`);
  await migrateQueue(plane.connection);
  const shipped = (await readShipped(shippedFolder())).filter(({ id }) => id === 'cutlist');
  await as(emil, (ctx) => publishShipped(ctx, shipped, { ...emptyCatalog, ...registry.catalog }));
  await world.connect();
  // Whoever published a version approves none; the approvals of this installation's people are not what is tested here.
  await plane.asSuperuser(`update tenantry.runbook_versions set published_by = '{"id": "release"}'`);
  for (const id of ['offboarding', 'data-export']) {
    for (const [actor, role] of [
      [lena, 'customer_success_lead'],
      [emil, 'engineering_lead'],
    ] as const) {
      await as(actor, (ctx) => approveRunbook(ctx, { id, version: '1.0', role }));
    }
  }
  let bootId = '';
  worker = await startWorker({
    database,
    connection: plane.connection,
    concurrency: 4,
    leaseMs: 5_000,
    now,
    log: () => undefined,
    handlers: {
      ...runJobs({
        database,
        keyring,
        registry,
        tenantTexts,
        now,
        bootId: () => bootId,
        log: () => undefined,
        mode: 'production',
      }),
      // Mails of it are the subject of other tests.
      [ESCALATE_TASK]: async (payload) => void escalations.push(payload),
    },
  });
  bootId = worker.bootId;
}, 120_000);
afterAll(() => worker.stop());

async function leaver() {
  const { tenant } = await makeTenant(database, { status: 'active' });
  await fillTenant(shop, tenant.id, tenant.slug);
  return tenant;
}

const start = (runbook: string, slug: string, intake: object) =>
  as(carla, (ctx) =>
    startRun(
      ctx,
      {
        ...readClientFile({ source: JSON.stringify({ runbook, product: 'cutlist', intake }), file: 'client.yaml' }),
        about: { tenant: slug },
      },
      { keyring, mode: 'production' },
    ),
  );

/** Waits until the step has this status; says what the run is at where it does not come. */
async function until(runId: string, step: string, ...statuses: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; ) {
    const { state } = await database.transaction('worker', (tx) => loadRun(tx, runId));
    const at = state.steps[step]?.status ?? '';
    if (statuses.includes(at)) return;
    if (Date.now() > deadline || (state.status === 'halted' && !statuses.includes(at))) {
      const steps = Object.entries(state.steps).map(
        ([id, each]) => `${id}=${each.status} ${each.failure?.message ?? ''}`,
      );
      throw new Error(
        `${step} is ${at}, not ${statuses.join(' or ')}; the run is ${state.status}: ${steps.join('; ')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const statusOf = async (runId: string): Promise<string> =>
  (await database.transaction('worker', (tx) => loadRun(tx, runId))).state.status;
const yes = (actor: PersonActor, runId: string, step: string) =>
  as(actor, (ctx) => decide(ctx, runId, { step, decision: 'yes' }));
const done = (actor: PersonActor, runId: string, input: TaskCompletion) =>
  as(actor, (ctx) => completeTask(ctx, runId, input, { keyring }));

const LEAVES = {
  cause: 'customer_request',
  reason: 'They move to another product',
  requested_by: 'Nora Lindqvist',
  delete_data: true,
  erasure_request: false,
};

it('OFF-07, OFF-08, OFF-09, OFF-16, OFF-17, OFF-18, OFF-19: the offboarding runs from the notice to the certificate and its closing, past the end of the tenant itself', async () => {
  const { id, slug } = await leaver();
  const bystander = await shop.all(world.beta);
  const run = await start('offboarding', slug, LEAVES);
  await until(run.id, 'authorized', 'waiting');
  await yes(lena, run.id, 'authorized');
  await until(run.id, 'instructions', 'passed');
  expect(await as(carla, ({ tx }) => findOffboarding(tx, id))).toMatchObject({ state: 'grace' });

  later(30.01);
  await keepOffboardings(database, now());
  await until(run.id, 'ended', 'passed');
  for (const step of ['archive', 'billing', 'tickets']) {
    await until(run.id, step, 'waiting');
  }
  later(30.01);
  await keepDeletions(deletion);
  expect(await as(carla, ({ tx }) => findTenant(tx, id))).toBeUndefined();
  // The tenant, its users and its keys are gone: the run is about nobody any more, and still proves it.
  later(0.02);
  await until(run.id, 'deleted', 'passed');
  await until(run.id, 'certificate', 'passed');
  for (const step of ['archive', 'billing']) {
    await done(carla, run.id, { step, note: 'https://records.example/acme' });
  }
  await done(carla, run.id, { step: 'tickets', note: 'None was open.' });
  await until(run.id, 'tickets', 'passed');
  expect(await statusOf(run.id)).toBe('completed');

  const found = await as(carla, ({ tx }) => findOffboarding(tx, id));
  expect(found).toMatchObject({ state: 'deleted', certificate: { final_backup: { taken: true, proven: 'restore' } } });
  const rows = await shop.all(id);
  for (const table of SHOP_TABLES) expect(rows[table], table).toEqual([]);
  expect(await shop.all(world.beta)).toEqual(bystander);
  const left = await countResidue(database, id);
  expect(left.filter((each) => each.rows > 0 && each.retained === undefined)).toEqual([]);
  const evidence = await as(carla, (ctx) => listEvidence(ctx, run.id));
  expect(evidence.map(({ step }) => step)).toEqual(expect.arrayContaining(['ended', 'deleted', 'certificate']));
  const [document] = await plane.asSuperuser<{ bytes: Buffer }>(
    `select bytes from tenantry.run_artifacts where run_id = $1 and step_id = 'certificate'`,
    [run.id],
  );
  expect(document?.bytes.toString()).toContain(String(found?.certificate?.sha256));
}, 240_000);

it('OFF-27: the request for data is reminded of and told to those above before the thirty days, and late is said', async () => {
  const { slug } = await leaver();
  const run = await start('data-export', slug, { requested_by: 'Nora Lindqvist', scope: 'tenant' });
  await until(run.id, 'entitled', 'waiting');
  await yes(lena, run.id, 'entitled');
  await until(run.id, 'taken', 'waiting');
  await done(carla, run.id, { step: 'taken', output: { sha256: 'a'.repeat(64), rows: 42 } });
  await until(run.id, 'delivered', 'waiting');
  const told = () => escalations.filter(({ run: about }) => about === run.id);
  expect(told()).toEqual([]);
  // Three and six working days: a weekend lies in them wherever they begin.
  later(5);
  await expect.poll(() => told().length, { timeout: 30_000 }).toBe(1);
  later(5);
  await expect.poll(() => told().length, { timeout: 30_000 }).toBe(2);
  expect(told().map(({ step }) => step)).toEqual(['delivered', 'delivered']);
  later(15);
  await until(run.id, 'delivered', 'failed');
  expect(await statusOf(run.id)).toBe('halted');
}, 120_000);
