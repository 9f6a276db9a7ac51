import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { emptyCatalog } from '@tenantry/runbook';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishRunbook } from '../../packages/server/dist/runbooks/library/index.js';
import { resolveStep } from '../../packages/server/dist/runbooks/runs/index.js';
import { keepingServer } from '../../packages/server/src/connectors/email/testing/mail-servers.ts';
import { answer, webServer } from '../../packages/server/src/connectors/http/testing/web-servers.ts';
import { cloneDatabase, makeTestDirectory } from '../../packages/server/src/db/testing/index.ts';
import { saveEnvironment } from '../../packages/server/src/products/index.ts';
import { ADA, BOB } from './control-plane.mjs';
import { POINTS, type Point } from './kill-cases.ts';
import { faultsOfRun } from './proofs.mjs';
import { CASES, ELSEWHERE, idOf, sourceOf, TEMPLATE } from './shipped-actions.ts';
import { createShippedPlane } from './shipped-plane.mjs';
import { startFleet } from './workers.mjs';

const RESUMES_WITHIN_MS = 20_000;
const PROGRAM = fileURLToPath(new URL('./shipped-worker.mjs', import.meta.url));

const database = await cloneDatabase();
await database.asSuperuser(`grant create on database ${database.name} to tenantry_owner`);
const shop = await cloneDatabase();
await shop.asSuperuser(`create table shops (id uuid primary key, slug text not null);
  create table tenantry_marks (key text primary key, table_name text not null, row_key jsonb not null,
    before jsonb, after jsonb not null, made_at timestamptz not null default now())`);

const mails: string[] = [];
const mailServer = await keepingServer(mails);
/** Keeps one order for each key, as a server that takes our keys does; without one, one for each call. */
const orders: { readonly key: string; readonly name: string }[] = [];
const orderServer = await webServer((request, response) => {
  void request.toArray().then((chunks) => {
    const { name } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { name: string };
    const key = request.headers['idempotency-key'] ?? randomUUID();
    if (!orders.some((order) => order.key === key)) orders.push({ key: String(key), name });
    answer(response, 201, { name });
  });
});

const directory = await makeTestDirectory();
const settings = { connection: database.connection, directory };
const plane = createShippedPlane(settings);
let fleet: Awaited<ReturnType<typeof startFleet>>;

beforeAll(async () => {
  await plane.prepare();
  const { host, port } = shop.connection;
  const connections = {
    postgres: { shop: { host, port, database: shop.connection.database, user: 'postgres' } },
    http: { api: { base_url: orderServer.url, allow_private: true } },
    smtp: { default: { host: '127.0.0.1', port: mailServer.port, from: 'no-reply@vendor.example' } },
  };
  const catalog = { ...emptyCatalog, ...plane.registry.catalog };
  const files = { 'templates/hello.md': TEMPLATE };
  await plane.as(ADA, async (ctx) => {
    await saveEnvironment(ctx, { productId: 'crash', name: 'production', connections });
    for (const [action, entry] of Object.entries(CASES)) {
      await publishRunbook(ctx, { file: `${action}.yaml`, source: sourceOf(action, entry), files }, catalog);
    }
  });
  fleet = await startFleet({ ...settings, leaseMs: 1_000, concurrency: 4, program: PROGRAM }, 2);
}, 60_000);

afterAll(async () => {
  await fleet.end();
  await plane.close();
  await mailServer[Symbol.asyncDispose]();
  await orderServer[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

interface Started {
  readonly id: string;
  readonly slug: string;
}

async function start(action: string): Promise<Started> {
  const slug = `c-${randomUUID().slice(0, 8)}`;
  const { id } = await plane.start(idOf(action), { slug });
  return { id, slug };
}

/** How much of everything an action may leave behind stands for this run. */
async function effects({ id, slug }: Started): Promise<Readonly<Record<string, unknown>>> {
  const [counts] = await database.asSuperuser<Record<string, unknown>>(
    `with t as (select id from tenantry.tenants where slug = $2)
     select (select count(*)::int from t) as tenants,
       (select count(*)::int from tenantry.tenant_history where tenant_id in (select id from t)) as history,
       (select count(*)::int from tenantry.tenant_settings_versions where tenant_id in (select id from t)) as settings,
       (select count(*)::int from tenantry.tenant_suspensions where tenant_id in (select id from t)) as suspensions,
       (select count(*)::int from tenantry.tenant_offboardings where tenant_id in (select id from t)) as offboardings,
       (select count(*)::int from tenantry.tenant_issues where tenant_id in (select id from t)) as issues,
       (select count(*)::int from tenantry.tenant_check_ins where tenant_id in (select id from t)) as check_ins,
       (select count(*)::int from tenantry.tenant_contacts where tenant_id in (select id from t)) as contacts,
       (select count(*)::int from tenantry.users where tenant_id in (select id from t)) as users,
       (select count(*)::int from tenantry.mail_outbox where tenant_id in (select id from t)) as invitations,
       (select count(*)::int from tenantry.vault_entries where owner_id = $1) as secrets,
       (select count(*)::int from tenantry.reveal_links l join tenantry.vault_entries e on e.id = l.entry_id where e.owner_id = $1) as links,
       (select count(*)::int from tenantry.run_resources where run_id::text = $1) as ledger`,
    [id, slug],
  );
  const [rows] = await shop.asSuperuser<{ count: number }>('select count(*)::int from shops where slug = $1', [slug]);
  return {
    ...counts,
    rows: rows?.count,
    orders: orders.filter(({ name }) => name === slug).length,
    mails: mails.filter((mail) => mail.includes(slug)).length,
  };
}

const deliveryOf = (action: string): string => plane.registry.catalog.actions[action]?.delivery ?? '';

/** What a run leaves that nobody disturbed. */
const whole = new Map<string, Readonly<Record<string, unknown>>>();

async function undisturbed(action: string): Promise<Readonly<Record<string, unknown>>> {
  const known = whole.get(action);
  if (known !== undefined) return known;
  const run = await start(action);
  await plane.until(run.id, ['completed'], RESUMES_WITHIN_MS);
  const left = await effects(run);
  // Otherwise "as much as without a crash" would say nothing.
  const others = CASES[action]?.isFirst === true ? 0 : 1 + (CASES[action]?.before?.length ?? 0);
  expect(Number(left.ledger) + Number(left.orders) + Number(left.mails)).toBeGreaterThan(others);
  whole.set(action, left);
  return left;
}

async function dieAt(action: string, point: Point): Promise<void> {
  const expected = await undisturbed(action);
  const death = fleet.deathAt(`${point}@${action}`);
  const run = await start(action);
  await death;
  await fleet.fill();
  const isKnown = deliveryOf(action) !== 'unknown' || point === 'after_commit';
  const { state } = await plane.until(run.id, [isKnown ? 'completed' : 'halted'], RESUMES_WITHIN_MS);
  if (!isKnown) {
    expect(state.steps.it).toMatchObject({ status: 'uncertain', tries: 1 });
    const before = await effects(run);
    const { step, reason } = { step: 'it', reason: 'looked in the other system' };
    await plane.as(BOB, (ctx) => resolveStep(ctx, run.id, { step, outcome: 'happened', output: {}, reason }));
    await plane.until(run.id, ['completed'], RESUMES_WITHIN_MS);
    const after = await effects(run);
    expect([after.mails, after.orders]).toEqual([before.mails, before.orders]);
    expect(Number(after.mails) + Number(after.orders)).toBe(point === 'after_intent' ? 0 : 1);
  } else {
    expect(state.steps.it).toMatchObject({ status: 'passed', tries: 1 });
    expect(await effects(run)).toEqual(expected);
  }
  expect(await faultsOfRun(plane, run.id, { single: [] })).toEqual([]);
}

describe('the shipped actions', () => {
  it('RUN-40: each has an entry here, or a reason why it is tried elsewhere', () => {
    const named = [...Object.keys(CASES), ...Object.keys(ELSEWHERE)].sort();
    expect(named).toEqual(Object.keys(plane.registry.catalog.actions).sort());
  });
});

const PRODUCT = Object.keys(CASES).flatMap((action) => POINTS.map((point) => [action, point] as const));

describe('a worker that dies by SIGKILL in a shipped action', () => {
  it.for(PRODUCT)(
    'RUN-40: %s %s: no step is lost and nothing is done twice',
    { timeout: 60_000 },
    async ([action, point]) => {
      await dieAt(action, point);
    },
  );
});
