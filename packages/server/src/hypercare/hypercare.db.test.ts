import { randomUUID } from 'node:crypto';
import { LATENCY_BOUNDS_MS } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { systemActor } from '../access/index.ts';
import type { Action, ActionContext, Check } from '../connectors/kit/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { describeAction, describeCheck } from '../connectors/kit/testing/contract-suite.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, TEST_NOW, testPerson, testServer } from '../http/testing/test-server.ts';
import { act, clientPerson, makeTenant, storeCutlist } from '../tenants/testing/registry.ts';
import { hypercareActions, type Telling } from './index.ts';
import { reportMetrics } from './report-metrics.ts';
import { issueRoutes } from './routes.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const told: Telling[] = [];
const connector = hypercareActions({
  database,
  countUsers: async () => 12,
  tellFindings: async (_ctx, telling) => void told.push(telling),
});
const action = (name: string): Action =>
  connector.actions.find((one) => one.name === name) ?? expect.fail(`there is no action ${name}`);
const [figures] = connector.checks as readonly [Check];

const NOW = new Date('2026-11-20T09:00:00Z');
const DAY_MS = 86_400_000;
const daysAgo = (days: number): string => new Date(NOW.getTime() - days * DAY_MS).toISOString();

/** One report that ends so many days ago, as if it had come in then. */
async function report(tenant: string, days: number, more: object = {}): Promise<void> {
  const to = new Date(NOW.getTime() - days * DAY_MS - 60_000);
  const body = {
    source: `web-${randomUUID()}`,
    from: new Date(to.getTime() - 60_000).toISOString(),
    to: to.toISOString(),
    requests: 100,
    errors: 0,
    latency: [...LATENCY_BOUNDS_MS, 0].map((bound) => (bound === 100 ? 100 : 0)),
    log_ins: 10,
    log_ins_failed: 0,
    active_users: 5,
    features: {},
    ...more,
  };
  await doing((ctx) => reportMetrics(ctx, { tenant, report: body }), { actor: systemActor('test'), now: to });
}

async function calmTenant() {
  const { tenant } = await makeTenant(database, { settings: { limits: { users: 40 } } });
  for (let days = 0; days < 8; days += 1) await report(tenant.id, days, { tickets: 1 });
  return tenant;
}
const failing = async () => {
  const tenant = await calmTenant();
  await report(tenant.id, 0, { errors: 20, tickets: 4 });
  return tenant;
};

/** Nothing here goes over a network to somebody else's system: what fails is our own database. */
const OWN_DATABASE = {
  timeout: 'our own database',
  throttled: 'our own database',
  server_error: 'our own database',
  malformed: 'our own database',
  unreachable: 'our own database',
} as const;
const canary = new Secret('there is no secret here');
const worldOf = (tenant: { readonly id: string; readonly slug: string }) => {
  const key = randomUUID();
  return {
    context: (other?: string) => testContext({ key: other ?? key, tenant }),
    snapshot: async () => [
      await asSuperuser(
        `select number, kind, title, status, resolution, metric, figure from tenantry.tenant_issues where tenant_id = $1 order by number`,
        [tenant.id],
      ),
      await asSuperuser(
        'select key, feedback, next_on::text from tenantry.tenant_check_ins where tenant_id = $1 order by ends_at',
        [tenant.id],
      ),
    ],
    canary,
    fault: () => Promise.reject(new Error('no fault of another system can occur')),
    tamper: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
};

describeAction(action('hypercare.watch'), {
  delivery: 'idempotent',
  adopts: false,
  cannotOccur: OWN_DATABASE,
  badInputs: { 'a misspelt key': { role: 'engineering' }, 'a tenant that is no id': { tenant: 'acme' } },
  open: async () => {
    const tenant = await failing();
    return {
      ...worldOf(tenant),
      input: { tell: 'engineering' },
      tamper: () => asSuperuser('delete from tenantry.tenant_issues where tenant_id = $1', [tenant.id]).then(() => {}),
    };
  },
});

const CHECK_IN = {
  from: daysAgo(2),
  to: daysAgo(0),
  report_sha256: 'a'.repeat(64),
  feedback: 'They like the cut lists.',
  issues: 'Exports are slow',
  actions: 'Train the second site\nAsk for SSO',
  resolved: '#1 The cache was too small',
  next: '2026-11-23',
};

describeAction(action('hypercare.record_check_in'), {
  delivery: 'idempotent',
  adopts: false,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'no feedback': { ...CHECK_IN, feedback: '' },
    'a hash that is none': { ...CHECK_IN, report_sha256: 'abc' },
    'a day that is none': { ...CHECK_IN, next: 'Monday' },
  },
  open: async () => {
    const tenant = await failing();
    await action('hypercare.watch').apply(testContext({ tenant }), {});
    return {
      ...worldOf(tenant),
      input: CHECK_IN,
      tamper: () =>
        asSuperuser(`update tenantry.tenant_check_ins set feedback = 'other' where tenant_id = $1`, [tenant.id]).then(
          () => {},
        ),
    };
  },
});

describeCheck(figures, {
  cannotOccur: OWN_DATABASE,
  badInputs: { 'no go-live': {}, 'a since that is none': { go_live: '2026-11-18', since: 'ever' } },
  open: async () => ({
    ...worldOf(await failing()),
    input: figures.input.parse({ go_live: '2026-11-18' }),
  }),
});

interface Figures {
  readonly from: string;
  readonly day: number;
  readonly words: Readonly<Record<string, string>>;
  readonly usage: readonly { readonly name: string; readonly text: string }[];
  readonly breaches: readonly { readonly metric: string; readonly text: string }[];
  readonly findings: readonly { readonly number: number }[];
  readonly issues: readonly { readonly number: number; readonly status: string; readonly resolution: string }[];
  readonly actions: readonly { readonly title: string }[];
}
const read = (ctx: ActionContext, more: object = {}) =>
  figures.run(ctx, figures.input.parse({ go_live: '2026-11-18', ...more })) as Promise<Figures>;

describe('a watched tenant', () => {
  it('HYP-08 HYP-09: what is past its bound is a finding with its figure, told once to whoever is on watch', async () => {
    const tenant = await failing();
    told.length = 0;
    const ctx = testContext({ tenant, key: 'the watch of one day' });
    const { output } = await action('hypercare.watch').apply(ctx, { tell: 'engineering' });
    expect(output).toEqual({ opened: [1, 2], still_open: [] });
    expect(told).toMatchObject([
      {
        role: 'engineering',
        findings: [
          { number: 1, title: 'Error rate: 10 %, past the alert at 1 %' },
          { number: 2, title: 'Support tickets in a day: 5, a spike against 1 a day before (bound 2)' },
        ],
      },
    ]);
    const { output: again } = await action('hypercare.watch').apply(testContext({ tenant }), { tell: 'engineering' });
    expect([again, told.length]).toEqual([{ opened: [], still_open: [1, 2] }, 1]);
  });

  it('HYP-09: a finding that was resolved and came back is a new one', async () => {
    const tenant = await failing();
    const watch = () => action('hypercare.watch').apply(testContext({ tenant }), {});
    await watch();
    await asSuperuser(
      `update tenantry.tenant_issues set status = 'resolved', resolved_at = now(), resolved_by = 'x' where tenant_id = $1 and number = 1`,
      [tenant.id],
    );
    expect((await watch()).output).toEqual({ opened: [3], still_open: [2] });
  });

  it('HYP-11: a check-in opens with the figures since the last one, in words, and the use of the limits', async () => {
    const tenant = await failing();
    const ctx = testContext({ tenant });
    const found = await read(ctx);
    expect(found).toMatchObject({ day: 2, from: '2026-11-18T00:00:00.000Z' });
    expect(found.words).toMatchObject({
      active_users: '5',
      log_ins: '40, 100 % succeeded',
      error_rate: '5 %',
      tickets: '7',
      p95: '99 ms',
    });
    expect(found.usage).toContainEqual(expect.objectContaining({ name: 'users', text: '12 of 40, 30 %' }));
    expect(found.breaches.map(({ metric }) => metric)).toEqual(['error_rate', 'tickets']);
  });

  it('HYP-12 to HYP-15: what is open comes back in the next check-in, and what was resolved says how', async () => {
    const tenant = await failing();
    const ctx = testContext({ tenant });
    await action('hypercare.watch').apply(testContext({ tenant }), {});
    const { output } = await action('hypercare.record_check_in').apply(ctx, {
      ...CHECK_IN,
      to: daysAgo(1),
      resolved: '#1 The cache was too small\n#99 never was',
    });
    expect(output).toEqual({ opened: [3, 4, 5], resolved: [1], not_understood: ['#99'] });
    const next = await read(ctx);
    expect(next.from).toBe(daysAgo(1));
    expect(next.findings.map(({ number }) => number)).toEqual([2]);
    expect(next.actions.map(({ title }) => title)).toEqual(['Train the second site', 'Ask for SSO']);
    expect(next.issues).toMatchObject([{ number: 3, status: 'open' }]);
    expect((await read(ctx, { since: 'go_live' })).from).toBe('2026-11-18T00:00:00.000Z');
  });

  it('a go-live that lies ahead is refused, rather than figures of no time', async () => {
    const ctx = testContext({ tenant: await calmTenant() });
    await expect(read(ctx, { go_live: '2026-12-24' })).rejects.toMatchObject({ code: 'runbook.invalid' });
  });

  it('a run about one tenant opens nothing at another', async () => {
    const [tenant, other] = [await calmTenant(), await failing()];
    const ctx = testContext({ tenant });
    await expect(action('hypercare.watch').apply(ctx, { tenant: other.id })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    await expect(read(ctx, { tenant: other.id })).rejects.toMatchObject({ code: 'access.forbidden' });
  });

  it('shows the application role its own issues and check-ins alone', async () => {
    const [tenant, other] = [await failing(), await failing()];
    for (const one of [tenant, other]) await action('hypercare.watch').apply(testContext({ tenant: one }), {});
    const seen = await database.tenantTransaction(tenant.id, (tx) =>
      tx.query<{ tenant_id: string }>('select distinct tenant_id from tenant_issues'),
    );
    expect(seen.rows).toEqual([{ tenant_id: tenant.id }]);
  });
});

describe('issues over the wire', () => {
  const keys = {
    tnt_cs: testPerson('cs', ['tenants:read', 'tenants:write']),
    tnt_reader: testPerson('reader', ['tenants:read']),
    tnt_client: { ...clientPerson(randomUUID()), scopes: ['tenants:read', 'tenants:write'] as const },
  };
  const serving = async () => {
    const { server } = await testServer({ keys, database });
    issueRoutes(server);
    const { tenant } = await makeTenant(database);
    const url = `/api/v1/tenants/${tenant.slug}/issues`;
    const call = (method: 'GET' | 'POST', path: string, key: string, payload?: object) =>
      server.inject({
        method,
        url: `${url}${path}`,
        headers: { authorization: `Bearer ${key}` },
        ...(payload === undefined ? {} : { payload }),
      });
    return { tenant, call };
  };

  it('HYP-12: are opened, listed, and resolved once with words, each of it audited', async () => {
    const { tenant, call } = await serving();
    const opened = await call('POST', '', 'tnt_cs', { title: 'Exports are slow' });
    expect([opened.statusCode, opened.json()]).toMatchObject([
      201,
      { number: 1, kind: 'issue', status: 'open', opened_at: TEST_NOW.toISOString() },
    ]);
    expect((await call('GET', '', 'tnt_reader')).json()).toMatchObject({ items: [{ number: 1 }] });
    const resolved = await call('POST', '/1/resolve', 'tnt_cs', { resolution: 'A larger cache' });
    expect(resolved.json()).toMatchObject({ status: 'resolved', resolution: 'A larger cache' });
    expect((await call('GET', '', 'tnt_reader')).json()).toEqual({ items: [] });
    expect((await call('GET', '?status=all', 'tnt_reader')).json()).toMatchObject({ items: [{ number: 1 }] });
    const again = await call('POST', '/1/resolve', 'tnt_cs', { resolution: 'Once more' });
    expect([again.statusCode, problemIn(again).code]).toEqual([400, 'request.invalid']);
    const audited = await asSuperuser(
      `select action from tenantry.audit_log where tenant_id = $1 and action like 'issue.%' order by seq`,
      [tenant.id],
    );
    expect(audited).toEqual([{ action: 'issue.opened' }, { action: 'issue.resolved' }]);
  });

  it('are refused to whoever may only read, and are not there for another client', async () => {
    const { call } = await serving();
    expect((await call('POST', '', 'tnt_reader', { title: 'Exports' })).statusCode).toBe(403);
    expect((await call('GET', '', 'tnt_client')).statusCode).toBe(404);
    expect((await call('POST', '/7/resolve', 'tnt_cs', { resolution: 'gone' })).statusCode).toBe(404);
    expect((await call('POST', '', 'tnt_cs', { title: '  ' })).statusCode).toBe(400);
  });
});
