import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordAudit, sealAudit } from '../audit/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { enqueue } from '../engine/index.ts';
import { problemIn, testPerson, testServer } from '../http/testing/test-server.ts';
import { summarizeTenants } from '../hypercare/index.ts';
import { reportMetrics } from '../hypercare/report-metrics.ts';
import { openWorld, type World } from '../runbooks/testing/world.ts';
import { makeTenant, operator } from '../tenants/testing/registry.ts';
import { openTelemetry, type ScrapeRules, serveMetrics, type Telemetry } from './index.ts';
import { telemetryRoutes } from './metrics-routes.ts';

const test = await cloneDatabase();
const { database } = test;
let world: World;
beforeAll(async () => {
  world = await openWorld(test);
});
const TOKEN = 'a-token-of-prometheus';
const listening: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const listener of listening) await listener.close();
});

/** A clock that moves on by itself, so that no reading is served twice. */
const ticking = () => {
  let seconds = 0;
  return () => {
    seconds += 10;
    return new Date(Date.parse('2026-11-20T09:00:00Z') + seconds * 1_000);
  };
};

const open = (options: { database?: Database; max?: number; now?: () => Date } = {}): Telemetry =>
  openTelemetry({
    version: '1.2.3',
    database: options.database ?? database,
    now: options.now ?? ticking(),
    readTenants: (tx, at) => summarizeTenants(tx, { now: at, max: options.max ?? 10 }),
  });

const linesOf = (text: string, name: string): readonly string[] =>
  text.split('\n').filter((line) => line.startsWith(name) && !/_bucket|_sum/.test(line));
const scrape = async (telemetry: Telemetry, name: string): Promise<readonly string[]> =>
  linesOf((await telemetry.scrape()).text, name);

const serving = async (rules: ScrapeRules, telemetry = open()) => {
  const { server } = await testServer({ keys: { tnt_key: testPerson('ada', ['tenants:read']) }, database });
  telemetryRoutes(server, telemetry, rules);
  server.get('/things/:thing', { config: { scope: 'tenants:read' }, schema: { hide: true } }, async () => ({}));
  return server;
};
const guarded = { token: new Secret(TOKEN), development: false };
const bearer = { authorization: `Bearer ${TOKEN}` };

describe('/metrics', () => {
  it('answers whoever shows the token, in the exposition format', async () => {
    const server = await serving(guarded);
    const response = await server.inject({ url: '/metrics', headers: bearer });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toContain('text/plain; version=0.0.4');
    expect(response.body).toContain(`tenantry_build_info{version="1.2.3",node="${process.version}"} 1`);
    expect(response.body).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  it('answers nobody else, and in production without a token nobody at all', async () => {
    const server = await serving(guarded);
    expect(problemIn(await server.inject({ url: '/metrics' })).code).toBe('access.unauthenticated');
    const wrong = { authorization: 'Bearer tnt_key' };
    expect((await server.inject({ url: '/metrics', headers: wrong })).statusCode).toBe(401);
    const closed = await serving({ token: undefined, development: false });
    expect((await closed.inject({ url: '/metrics', remoteAddress: '127.0.0.1' })).statusCode).toBe(401);
  });

  it('counts requests by pattern, so that nobody outside makes series', async () => {
    const telemetry = open();
    const server = await serving(guarded, telemetry);
    const key = { authorization: 'Bearer tnt_key' };
    for (const thing of ['a', 'b', 'c']) await server.inject({ url: `/things/${thing}`, headers: key });
    for (const path of ['/x', '/y', '/z?a=1']) await server.inject({ url: path });
    expect(await scrape(telemetry, 'tenantry_http_request_duration_seconds')).toEqual([
      'tenantry_http_request_duration_seconds_count{method="GET",route="/things/:thing",status="200"} 3',
      'tenantry_http_request_duration_seconds_count{method="GET",route="none",status="404"} 3',
    ]);
  });

  it('shows runs by status, waiting jobs and connections', async () => {
    const telemetry = open();
    await world.publish(RUNBOOK);
    const run = await world.start('{"runbook":"sample","product":"cutlist","intake":{"slug":"measured"}}');
    const later = new Date(Date.now() - 90_000);
    await database.transaction('worker', (tx) => enqueue(tx, [{ task: 'nothing', payload: {}, runAt: later }]));
    expect(await scrape(telemetry, 'tenantry_runs')).toEqual([`tenantry_runs{status="${run.state.status}"} 1`]);
    const [jobs] = await scrape(telemetry, 'tenantry_jobs_waiting');
    expect(Number(jobs?.split(' ')[1])).toBeGreaterThan(0);
    const [oldest] = await scrape(telemetry, 'tenantry_job_oldest_seconds');
    expect(Number(oldest?.split(' ')[1])).toBeGreaterThanOrEqual(90);
    expect(await scrape(telemetry, 'tenantry_database_connections{role="operator"')).toHaveLength(3);
  });

  it('counts each log-in once, from the moment the process looks', async () => {
    const telemetry = open();
    const audit = (action: string): Promise<void> =>
      database.transaction('operator', (tx) =>
        recordAudit(
          { tx, actor: operator, now: new Date() },
          { action, subject: { kind: 'user', id: 'x', name: 'x' } },
        ),
      );
    await audit('user.logged_in');
    await sealAll();
    await telemetry.scrape();
    for (const action of ['user.logged_in', 'user.logged_in', 'user.login_refused', 'user.changed'])
      await audit(action);
    await sealAll();
    const wanted = [
      'tenantry_log_ins_total{who="user",outcome="accepted"} 2',
      'tenantry_log_ins_total{who="user",outcome="refused"} 1',
      'tenantry_log_ins_total{who="operator",outcome="accepted"} 0',
      'tenantry_log_ins_total{who="operator",outcome="refused"} 0',
    ];
    expect(await scrape(telemetry, 'tenantry_log_ins_total')).toEqual(wanted);
    expect(await scrape(telemetry, 'tenantry_log_ins_total')).toEqual(wanted);
  });

  it('counts results of attempts by verb and outcome', async () => {
    const telemetry = open();
    telemetry.countAttempt('apply', 'passed');
    telemetry.countAttempt('apply', 'failed');
    telemetry.countAttempt('apply', 'passed');
    expect(await scrape(telemetry, 'tenantry_step_attempts_total')).toEqual([
      'tenantry_step_attempts_total{verb="apply",outcome="passed"} 2',
      'tenantry_step_attempts_total{verb="apply",outcome="failed"} 1',
    ]);
  });

  it('shows figures of the newest tenants up to the cap, counts the rest, and leaves out what is missing', async () => {
    const at = new Date('2026-11-20T12:00:00Z');
    const ids: string[] = [];
    for (const minutes of [0, 30]) {
      const { tenant } = await makeTenant(database);
      await test.asSuperuser(
        `update tenantry.tenants set created_at = '${new Date(at.getTime() + minutes * 60_000).toISOString()}' where id = '${tenant.id}'`,
      );
      ids.push(tenant.id);
      const from = new Date(at.getTime() - 120_000).toISOString();
      const to = new Date(at.getTime() - 60_000).toISOString();
      const report = { source: 'a', from, to, requests: 10, errors: 1, features: {} };
      await database.transaction('operator', (tx) =>
        reportMetrics(
          { tx, actor: { ...operator, scopes: ['metrics:write'] }, now: at },
          { tenant: tenant.id, report },
        ),
      );
    }
    const one = open({ max: 1, now: () => at });
    expect(await scrape(one, 'tenantry_tenant')).toEqual([
      'tenantry_tenants_omitted 1',
      `tenantry_tenant_report_age_seconds{tenant_id="${ids[1]}"} 60`,
      `tenantry_tenant_requests{tenant_id="${ids[1]}"} 10`,
      `tenantry_tenant_error_ratio{tenant_id="${ids[1]}"} 0.1`,
    ]);
    expect(await scrape(open({ max: 0, now: () => at }), 'tenantry_tenant')).toEqual(['tenantry_tenants_omitted 2']);
  });

  it('answers while the database does not, and says so', async () => {
    const away: Database = { ...database, transaction: () => Promise.reject(new Error('away')), stats: () => ({}) };
    const telemetry = open({ database: away });
    const { text } = await telemetry.scrape();
    expect(linesOf(text, 'tenantry_database_up')).toEqual(['tenantry_database_up 0']);
    expect(linesOf(text, 'tenantry_runs')).toEqual([]);
    expect(linesOf(text, 'process_cpu_seconds_total')).toHaveLength(1);
  });

  it('of a process without an API is served on a port of its own, by the same rules', async () => {
    const listener = await serveMetrics(open(), guarded, { host: '127.0.0.1', port: 0 });
    listening.push(listener);
    const address = `http://127.0.0.1:${listener.port}`;
    expect((await fetch(`${address}/metrics`)).status).toBe(401);
    expect((await fetch(`${address}/other`, { headers: bearer })).status).toBe(404);
    const response = await fetch(`${address}/metrics`, { headers: bearer });
    expect(await response.text()).toContain('tenantry_build_info');
  });
});

/** The sealer takes a row once every transaction that was open beside it has ended, also those of other tests. */
async function sealAll(): Promise<void> {
  for (let left = 1; left > 0; ) {
    await sealAudit(database);
    const rows = await test.asSuperuser<{ left: string }>(
      'select count(*) as left from tenantry.audit_log, tenantry.audit_sealer where seq > floor_seq',
    );
    left = Number(rows[0]?.left);
  }
}

const RUNBOOK = `
runbook: sample
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake: { type: object, required: [slug], properties: { slug: { type: string } } }
roles: { engineer: { title: Engineer } }
may: { override: [engineer], cancel: [engineer], rollback: [engineer] }
phases:
  - id: only
    owner: engineer
    steps: [{ id: look, task: Look at it }, { id: made, uses: outside.make, with: { name: x } }]
`;
