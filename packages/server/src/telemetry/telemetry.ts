/**
 * What this control plane tells of itself, for Prometheus. What happens in this process is counted in it; what is true of
 * the installation is read from the database when somebody asks. No label holds what outsiders choose: routes are patterns,
 * tenants have a cap.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../db/index.ts';
import { type Installation, LOG_IN_ACTIONS, openInstallationReader, type ReadTenants } from './read-installation.ts';

export interface TelemetryOptions {
  readonly version: string;
  readonly database: Database;
  readonly now: () => Date;
  readonly readTenants: ReadTenants;
}

export interface Telemetry {
  observeRequest(request: {
    readonly method: string;
    /** Pattern of the route; `none` for an address that is none. */
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  countAttempt(verb: string, outcome: string): void;
  /** Text of the exposition format. Answers also while the database does not. */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function openTelemetry({ version, database, now, readTenants }: TelemetryOptions): Telemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'tenantry_build_info', help: 'Always 1', labelNames: ['version', 'node'], registers }).set(
    { version, node: process.version },
    1,
  );
  const requests = new Histogram({
    name: 'tenantry_http_request_duration_seconds',
    help: 'Requests by pattern of the route; event streams are left out',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const attempts = new Counter({
    name: 'tenantry_step_attempts_total',
    help: 'Attempts at steps that this process carried out, by outcome',
    labelNames: ['verb', 'outcome'],
    registers,
  });
  const show = installationGauges(registry);
  const read = openInstallationReader({ database, now, readTenants });
  return {
    observeRequest: ({ seconds, ...labels }) => requests.observe(labels, seconds),
    countAttempt: (verb, outcome) => attempts.inc({ verb, outcome }),
    scrape: async () => {
      show(await read(), database.stats());
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** Makes the gauges of the installation; the function returned shows one reading, or that there is none. */
function installationGauges(registry: Registry): (reading: Installation | undefined, pools: PoolStats) => void {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
    new Gauge({ name: `tenantry_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const up = gauge('database_up', 'Whether the database answered this scrape');
  const connections = gauge('database_connections', 'Connections of this process', ['role', 'state']);
  const runs = gauge('runs', 'Runs that have not ended, by status', ['status']);
  const waiting = gauge('jobs_waiting', 'Jobs that are due and that nobody has taken');
  const oldest = gauge('job_oldest_seconds', 'How long the oldest of them has been due');
  const givenUp = gauge('jobs_given_up', 'Jobs that failed so often that nobody tries again');
  const logIns = new Counter({
    name: 'tenantry_log_ins_total',
    help: 'Log-ins of users and operators in the whole installation since this process started',
    labelNames: ['who', 'outcome'],
    registers: [registry],
  });
  const showTenants = tenantGauges(gauge);
  return (reading, pools) => {
    for (const one of [connections, runs, waiting, oldest, givenUp]) one.reset();
    up.set(reading === undefined ? 0 : 1);
    for (const [role, { total, idle, waiting: queued }] of Object.entries(pools)) {
      connections.set({ role, state: 'busy' }, total - idle);
      connections.set({ role, state: 'idle' }, idle);
      connections.set({ role, state: 'awaited' }, queued);
    }
    showTenants(reading?.tenants);
    if (reading === undefined) return;
    for (const [status, count] of Object.entries(reading.runs)) runs.set({ status }, count);
    waiting.set(reading.queue.waiting);
    oldest.set(reading.queue.oldestSeconds);
    givenUp.set(reading.queue.failed);
    for (const { who, outcome } of Object.values(LOG_IN_ACTIONS)) logIns.inc({ who, outcome }, 0);
    for (const { who, outcome, count } of reading.newLogIns) logIns.inc({ who, outcome }, count);
  };
}

type MakeGauge = (name: string, help: string, labelNames?: readonly string[]) => Gauge;
type PoolStats = ReturnType<Database['stats']>;

function tenantGauges(gauge: MakeGauge): (tenants: Installation['tenants'] | undefined) => void {
  const of = (name: string, help: string): Gauge => gauge(`tenant_${name}`, help, ['tenant_id']);
  const omitted = gauge('tenants_omitted', 'Tenants that report figures and are not shown here, because of the cap');
  const age = of('report_age_seconds', 'How long ago the newest report of the tenant ends');
  const figures = {
    requests: of('requests', 'Requests in the last five minutes, as the application reports them'),
    error_rate: of('error_ratio', 'Errors of all requests in the last five minutes'),
    p95_ms: of('request_p95_seconds', '95 % of the requests of the last five minutes took no longer'),
    log_in_success_rate: of('log_in_success_ratio', 'Log-ins that succeeded in the last five minutes'),
    active_users: of('active_users', 'Different people in a day, by the newest report of the last five minutes'),
  };
  return (tenants) => {
    for (const one of [omitted, age, ...Object.values(figures)]) one.reset();
    if (tenants === undefined) return;
    omitted.set(tenants.omitted);
    for (const { tenantId, reportAgeSeconds, summary } of tenants.shown) {
      const labels = { tenant_id: tenantId };
      age.set(labels, reportAgeSeconds);
      if (summary.reports === 0) continue;
      for (const name of Object.keys(figures) as (keyof typeof figures)[]) {
        const value = summary[name];
        // A figure that is missing is absent, so that no rule takes it for a good one.
        if (value !== null) figures[name].set(labels, name === 'p95_ms' ? value / 1_000 : value);
      }
    }
  };
}
