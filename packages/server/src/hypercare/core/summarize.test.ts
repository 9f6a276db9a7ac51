import { LATENCY_BOUNDS_MS } from '@tenantry/contract';
import { fillDocument } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { bandOf } from './bands.ts';
import { quantile, type StoredReport, summarizeReports } from './summarize.ts';

const at = (time: string): Date => new Date(`2026-11-20T${time}Z`);
const period = { from: at('09:00:00'), to: at('10:00:00') };
const counts = (...given: readonly (readonly [upTo: number, count: number])[]): readonly number[] =>
  [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map((bound) => given.find(([upTo]) => upTo === bound)?.[1] ?? 0);
const report = (more: Partial<StoredReport> = {}): StoredReport => ({
  from: at('09:00:00'),
  to: at('09:01:00'),
  requests: 100,
  errors: 0,
  latency: null,
  logIns: null,
  logInsFailed: null,
  activeUsers: null,
  tickets: null,
  features: {},
  ...more,
});

describe('the figures of a time', () => {
  it('are those of all its reports together', () => {
    const summary = summarizeReports(period, [
      report({
        errors: 1,
        latency: counts([100, 90], [500, 10]),
        logIns: 9,
        logInsFailed: 1,
        activeUsers: 3,
        features: { a: 1 },
      }),
      report({
        from: at('09:01:00'),
        to: at('09:02:00'),
        errors: 3,
        latency: counts([100, 100]),
        features: { a: 2, b: 1 },
      }),
    ]);
    expect(summary).toMatchObject({
      reports: 2,
      requests: 200,
      errors: 4,
      error_rate: 0.02,
      log_ins: 9,
      log_in_success_rate: 0.9,
      active_users: 3,
      features: { a: 3, b: 1 },
      missing: [],
      bands: { error_rate: 'alert', p95_ms: 'ok', log_in_success_rate: 'alert' },
    });
    expect(summary.p95_ms).toBeCloseTo(100);
    expect(summary.p99_ms).toBeCloseTo(480);
    expect(summary.coverage).toBeCloseTo(2 / 60);
  });

  it('no report: everything is missing, and no expectation holds', () => {
    const output = summarizeReports(period, []);
    expect(output).toMatchObject({
      reports: 0,
      coverage: 0,
      error_rate: null,
      p95_ms: null,
      active_users: null,
      missing: ['error_rate', 'p95_ms', 'log_in_success_rate', 'active_users'],
      bands: { error_rate: 'missing', p95_ms: 'missing', log_in_success_rate: 'missing' },
    });
    for (const expectation of [
      'output.error_rate < 0.01',
      'output.p95_ms < 1000',
      'output.active_users > 0',
      'output.bands.error_rate == "ok"',
      'output.missing.size() == 0',
    ]) {
      expect(holds(expectation, output), expectation).toBe(false);
    }
  });

  it('reports of nobody at work have no error rate, rather than a perfect one', () => {
    const summary = summarizeReports(period, [report({ requests: 0, logIns: 0, logInsFailed: 0 })]);
    expect(summary).toMatchObject({ requests: 0, error_rate: null, log_in_success_rate: null });
  });

  it('time that two processes both cover counts once, and what lies outside the time not at all', () => {
    const half = report({ from: at('08:30:00'), to: at('09:30:00') });
    expect(summarizeReports(period, [half, half]).coverage).toBeCloseTo(0.5);
    expect(summarizeReports(period, [half, report({ to: at('10:30:00') })]).coverage).toBeCloseTo(1);
  });

  it('active people are never added up: the newest report that counts them is taken', () => {
    const reports = [
      report({ activeUsers: 50 }),
      report({ from: at('09:01:00'), to: at('09:02:00'), activeUsers: 7 }),
      report({ from: at('09:01:30'), to: at('09:02:00'), activeUsers: 9 }),
      report({ from: at('09:02:00'), to: at('09:03:00') }),
    ];
    expect(summarizeReports(period, reports).active_users).toBe(9);
  });
});

const holds = (expression: string, output: object): boolean => {
  try {
    return fillDocument(`\${{ ${expression} }}`, { output }, String) === 'true';
  } catch {
    return false;
  }
};

describe('a quantile', () => {
  it('lies within the bound that holds it', () => {
    expect(quantile(counts([50, 100]), 0.95)).toBeCloseTo(48.75);
    expect(quantile(counts([5, 100]), 0.5)).toBeCloseTo(2.5);
  });

  it('of what took longer than any bound is the last bound, and of nothing is nothing', () => {
    expect(quantile(counts([Number.POSITIVE_INFINITY, 100]), 0.95)).toBe(10_000);
    expect(quantile(counts(), 0.95)).toBeNull();
  });
});

describe('a band', () => {
  it.each([
    [0.991, 'ok'],
    [0.99, 'warn'],
    [0.95, 'warn'],
    [0.949, 'alert'],
    [null, 'missing'],
  ] as const)('HYP-05: log-ins that succeed at %d are %s', (value, band) => {
    expect(bandOf('log_in_success_rate', value)).toBe(band);
  });

  it.each([
    [0.0009, 'ok'],
    [0.001, 'warn'],
    [0.01, 'warn'],
    [0.0101, 'alert'],
  ] as const)('HYP-06: an error rate of %d is %s', (value, band) => {
    expect(bandOf('error_rate', value)).toBe(band);
  });

  it.each([
    [499, 'ok'],
    [500, 'warn'],
    [1_000, 'warn'],
    [1_001, 'alert'],
  ] as const)('HYP-07: a p95 of %d ms is %s', (value, band) => {
    expect(bandOf('p95_ms', value)).toBe(band);
  });
});
