/** From the reports of a time to what they say together. */
import { LATENCY_BOUNDS_MS, type MetricsSummary } from '@tenantry/contract';
import { bandOf } from './bands.ts';

/** A report as it is kept. */
export interface StoredReport {
  readonly from: Date;
  readonly to: Date;
  readonly requests: number;
  readonly errors: number;
  readonly latency: readonly number[] | null;
  readonly logIns: number | null;
  readonly logInsFailed: number | null;
  readonly activeUsers: number | null;
  readonly tickets: number | null;
  readonly features: Readonly<Record<string, number>>;
}

export interface Period {
  readonly from: Date;
  readonly to: Date;
}

type Named = 'error_rate' | 'p95_ms' | 'log_in_success_rate' | 'active_users';

export function summarizeReports(period: Period, reports: readonly StoredReport[]): MetricsSummary {
  const requests = sumOf(reports, ({ requests: count }) => count) ?? 0;
  const errors = sumOf(reports, ({ errors: count }) => count) ?? 0;
  const logIns = sumOf(reports, ({ logIns: count }) => count);
  const failed = sumOf(reports, ({ logInsFailed: count }) => count);
  const latency = addCounts(reports);
  const figures = {
    error_rate: share(errors, requests),
    p50_ms: quantile(latency, 0.5),
    p95_ms: quantile(latency, 0.95),
    p99_ms: quantile(latency, 0.99),
    log_in_success_rate: logIns === null || failed === null ? null : share(logIns, logIns + failed),
    active_users: newestActive(reports),
  };
  const named: readonly Named[] = ['error_rate', 'p95_ms', 'log_in_success_rate', 'active_users'];
  return {
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    reports: reports.length,
    coverage: coverageOf(period, reports),
    requests,
    errors,
    log_ins: logIns,
    ...figures,
    tickets: sumOf(reports, ({ tickets }) => tickets),
    features: addFeatures(reports),
    missing: named.filter((name) => figures[name] === null),
    bands: {
      error_rate: bandOf('error_rate', figures.error_rate),
      p95_ms: bandOf('p95_ms', figures.p95_ms),
      log_in_success_rate: bandOf('log_in_success_rate', figures.log_in_success_rate),
    },
  };
}

/** Null when no report has the count: nothing counted is not the same as a count of nothing. */
function sumOf(reports: readonly StoredReport[], count: (report: StoredReport) => number | null): number | null {
  const counts = reports.map(count).filter((one) => one !== null);
  return counts.length === 0 ? null : counts.reduce((sum, one) => sum + one, 0);
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

function addCounts(reports: readonly StoredReport[]): readonly number[] {
  const sums = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
  for (const { latency } of reports) {
    for (const [place, part] of (latency ?? []).entries()) sums[place] = (sums[place] ?? 0) + part;
  }
  return sums;
}

/** Evenly spread within a bound, as Prometheus has it; what is past the last bound counts as the last bound. */
export function quantile(counts: readonly number[], wanted: number): number | null {
  const all = counts.reduce((sum, part) => sum + part, 0);
  if (all === 0) return null;
  const rank = wanted * all;
  let below = 0;
  for (const [place, part] of counts.entries()) {
    const upper = LATENCY_BOUNDS_MS[place];
    if (upper === undefined) break;
    if (part > 0 && below + part >= rank) {
      const lower = LATENCY_BOUNDS_MS[place - 1] ?? 0;
      return lower + ((upper - lower) * (rank - below)) / part;
    }
    below += part;
  }
  return LATENCY_BOUNDS_MS.at(-1) ?? null;
}

function newestActive(reports: readonly StoredReport[]): number | null {
  const known = reports.filter(({ activeUsers }) => activeUsers !== null);
  const newest = Math.max(...known.map(({ to }) => to.getTime()));
  // Processes that report at the same moment speak of the same people; the one that knows most of them is right.
  const counts = known.filter(({ to }) => to.getTime() === newest).map(({ activeUsers }) => activeUsers ?? 0);
  return counts.length === 0 ? null : Math.max(...counts);
}

function addFeatures(reports: readonly StoredReport[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { features } of reports) {
    for (const [name, uses] of Object.entries(features)) sums.set(name, (sums.get(name) ?? 0) + uses);
  }
  return Object.fromEntries([...sums].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Share of the period that some report covers; reports of several processes overlap. */
function coverageOf({ from, to }: Period, reports: readonly StoredReport[]): number {
  const spans = reports
    .map(
      (report) =>
        [Math.max(report.from.getTime(), from.getTime()), Math.min(report.to.getTime(), to.getTime())] as const,
    )
    .sort(([one], [other]) => one - other);
  let covered = 0;
  let reached = from.getTime();
  for (const [begin, end] of spans) {
    covered += Math.max(0, end - Math.max(begin, reached));
    reached = Math.max(reached, end);
  }
  return covered / (to.getTime() - from.getTime());
}
