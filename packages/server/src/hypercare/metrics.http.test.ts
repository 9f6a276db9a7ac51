import { LATENCY_BOUNDS_MS, type MetricsSummary } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { testContext } from '../connectors/kit/testing/context.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, TEST_NOW, testPerson, testServer } from '../http/testing/test-server.ts';
import { upsertClient } from '../tenants/index.ts';
import { act, clientPerson, makeTenant, storeCutlist } from '../tenants/testing/registry.ts';
import { metricsActions, purgeMetrics } from './index.ts';
import { metricsRoutes } from './routes.ts';

const { asSuperuser, database } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const acme = await doing((ctx) => upsertClient(ctx, { reference: 'crm-1', legal_name: 'Acme GmbH' }));
const { tenant } = await makeTenant(database, { slug: 'acme', clientId: acme.id });
const { tenant: other } = await makeTenant(database, { slug: 'other' });

const APP = 'tnt_app';
const READER = 'tnt_reader';
const CLIENT = 'tnt_client';
const ELSEWHERE = 'tnt_elsewhere';
const keys = {
  [APP]: testPerson('app', ['metrics:write']),
  [READER]: testPerson('reader', ['tenants:read']),
  [CLIENT]: { ...clientPerson(acme.id), scopes: ['tenants:read', 'metrics:write'] as const },
  [ELSEWHERE]: {
    ...testPerson('elsewhere', ['metrics:write']),
    grants: [{ role: 'engineer' as const, productId: 'another', clientId: null }],
  },
};

const minutesAgo = (minutes: number): string => new Date(TEST_NOW.getTime() - minutes * 60_000).toISOString();
const report = (more: Readonly<Record<string, unknown>> = {}) => ({
  source: 'web-1',
  from: minutesAgo(2),
  to: minutesAgo(1),
  requests: 100,
  errors: 1,
  latency: [...LATENCY_BOUNDS_MS, 0].map((bound) => (bound === 100 ? 100 : 0)),
  log_ins: 4,
  log_ins_failed: 0,
  active_users: 3,
  features: { 'cut-list': 7 },
  ...more,
});

const serving = async () => {
  const { server } = await testServer({ keys, database });
  metricsRoutes(server);
  const headers = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' });
  return {
    push: (body: object, { to = 'acme', key = APP }: { to?: string; key?: string } = {}) =>
      server.inject({ method: 'POST', url: `/api/v1/tenants/${to}/metrics`, headers: headers(key), payload: body }),
    read: (from = 'acme', key = READER, minutes = 60) =>
      server.inject({ url: `/api/v1/tenants/${from}/metrics?minutes=${minutes}`, headers: headers(key) }),
  };
};

const probe = (tenantId: string, input: object = {}) => {
  const [check] = metricsActions({ database }).checks;
  if (check === undefined) expect.fail('there is no check');
  const context = { ...testContext({ tenant: { id: tenantId, slug: 'x' } }), now: TEST_NOW };
  return check.run(context, check.input.parse(input)) as Promise<MetricsSummary>;
};

describe('201', () => {
  it('a report is kept, and read back by people and by runbooks', async () => {
    const { push, read } = await serving();
    const response = await push(report());
    expect([response.statusCode, response.json()]).toEqual([201, { status: 'stored' }]);
    const summary = (await read()).json<MetricsSummary>();
    expect(summary).toMatchObject({
      reports: 1,
      requests: 100,
      error_rate: 0.01,
      active_users: 3,
      log_in_success_rate: 1,
      features: { 'cut-list': 7 },
      missing: [],
      bands: { error_rate: 'warn', p95_ms: 'ok', log_in_success_rate: 'ok' },
    });
    expect(await probe(tenant.id)).toEqual(summary);
  });

  it('of several processes is added up', async () => {
    const { push, read } = await serving();
    await push(report({ source: 'web-2', from: minutesAgo(20), to: minutesAgo(19) }));
    await push(report({ source: 'web-3', from: minutesAgo(20), to: minutesAgo(19), errors: 3 }));
    const before = (await read('acme', READER, 10)).json<MetricsSummary>();
    const all = (await read('acme', READER, 60)).json<MetricsSummary>();
    expect(all.requests - before.requests).toBe(200);
  });
});

describe('200', () => {
  it('a report sent again changes nothing', async () => {
    const { push, read } = await serving();
    const again = report({ source: 'again', from: minutesAgo(30), to: minutesAgo(29) });
    expect((await push(again)).statusCode).toBe(201);
    const before = (await read()).json<MetricsSummary>();
    const response = await push(again);
    expect([response.statusCode, response.json()]).toEqual([200, { status: 'known' }]);
    expect((await read()).json()).toEqual(before);
  });

  it('sent twice at the same time it is stored once', async () => {
    const { push } = await serving();
    const twice = report({ source: 'twice', from: minutesAgo(30), to: minutesAgo(29) });
    const codes = (await Promise.all([push(twice), push(twice)])).map(({ statusCode }) => statusCode);
    expect(codes.sort()).toEqual([200, 201]);
  });

  it('a tenant nobody reports of has nothing but what is missing, which is no pass', async () => {
    const { read } = await serving();
    const summary = (await read('other')).json<MetricsSummary>();
    expect(summary).toMatchObject({ reports: 0, coverage: 0, error_rate: null, p95_ms: null, active_users: null });
    expect(summary.missing).toHaveLength(4);
    expect((await probe(other.id)).bands).toEqual({
      error_rate: 'missing',
      p95_ms: 'missing',
      log_in_success_rate: 'missing',
    });
  });
});

describe('400', () => {
  it.each([
    ['more errors than requests', { errors: 101 }],
    ['more latencies than requests', { requests: 50, errors: 0 }],
    ['a time that goes backwards', { from: minutesAgo(1), to: minutesAgo(2) }],
    ['more than an hour', { from: minutesAgo(90), to: minutesAgo(1) }],
    ['the future', { from: minutesAgo(-5), to: minutesAgo(-6) }],
    ['the day before yesterday', { from: minutesAgo(2_900), to: minutesAgo(2_890) }],
    ['a latency list of another length', { latency: [1, 2, 3] }],
    ['half a request', { requests: 1.5 }],
    ['a source that is no name', { source: 'web 1; drop' }],
    ['too many features', { features: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, 1])) }],
    ['a member it does not know', { error_rate: 0 }],
  ])('%s', async (_what, more) => {
    const { push } = await serving();
    const response = await push(report({ source: 'bad', ...more }));
    expect([response.statusCode, problemIn(response).code]).toEqual([400, 'request.invalid']);
  });
});

describe('403 and 404', () => {
  it('a key without the scope of its own may not report, and one that reports may not read', async () => {
    const { push, read } = await serving();
    expect(problemIn(await push(report(), { key: READER })).facts).toEqual({ scope: 'metrics:write' });
    expect((await read('acme', APP)).statusCode).toBe(403);
  });

  it('a tenant out of reach is not there', async () => {
    const { push, read } = await serving();
    expect((await push(report(), { key: ELSEWHERE })).statusCode).toBe(404);
    expect((await push(report(), { to: 'other', key: CLIENT })).statusCode).toBe(404);
    expect((await push(report(), { to: 'nobody' })).statusCode).toBe(404);
    expect((await read('other', CLIENT)).statusCode).toBe(404);
  });

  it('a run about one tenant is not told of another', async () => {
    await expect(probe(tenant.id, { tenant: other.id })).rejects.toMatchObject({ code: 'access.forbidden' });
  });
});

describe('409', () => {
  it.each([
    ['the same time with other figures', { errors: 9 }],
    ['time that overlaps', { from: minutesAgo(40.5), to: minutesAgo(39.5) }],
  ])('%s', async (_what, more) => {
    const { push } = await serving();
    const source = `first-${Object.keys(more)[0]}`;
    const first = report({ source, from: minutesAgo(40), to: minutesAgo(39) });
    expect((await push(first)).statusCode).toBe(201);
    const response = await push({ ...first, ...more });
    expect([response.statusCode, problemIn(response).code]).toEqual([409, 'metrics.conflict']);
  });
});

describe('the table', () => {
  it('shows the application role the rows of its tenant alone', async () => {
    const seen = (id: string) =>
      database.tenantTransaction(id, async (tx) => (await tx.query('select from tenant_metrics')).rowCount);
    expect(await seen(tenant.id)).toBeGreaterThan(0);
    expect(await seen(other.id)).toBe(0);
    await expect(database.tenantTransaction(tenant.id, (tx) => tx.query('delete from tenant_metrics'))).rejects.toThrow(
      'permission denied',
    );
  });

  it('forgets reports when their days are over', async () => {
    const purge = (keepDays: number) =>
      database.transaction('worker', (tx) =>
        purgeMetrics({ tx, now: new Date(TEST_NOW.getTime() + 14 * 86_400_000) }, { keepDays }),
      );
    expect(await purge(15)).toBe(0);
    expect(await purge(13)).toBeGreaterThan(0);
    expect(await asSuperuser('select from tenantry.tenant_metrics')).toEqual([]);
  });
});
