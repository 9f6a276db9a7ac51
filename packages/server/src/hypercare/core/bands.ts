import type { MetricsBand } from '@tenantry/contract';

/** A figure meets its target, is past its alert, or lies between: to be watched (HYP-05 to HYP-07). */
interface Band {
  /** Which way is good. */
  readonly good: 'low' | 'high';
  readonly target: number;
  readonly alert: number;
}

export const BANDS = {
  log_in_success_rate: { good: 'high', target: 0.99, alert: 0.95 },
  error_rate: { good: 'low', target: 0.001, alert: 0.01 },
  p95_ms: { good: 'low', target: 500, alert: 1_000 },
} as const satisfies Readonly<Record<string, Band>>;

export type BandedMetric = keyof typeof BANDS;

/** A target has to be passed, and so has an alert: what stands right on one of the two is to be watched. */
export function bandOf(metric: BandedMetric, value: number | null): MetricsBand {
  if (value === null) return 'missing';
  const { good, target, alert } = BANDS[metric];
  const better = (one: number, other: number): boolean => (good === 'low' ? one < other : one > other);
  if (better(value, target)) return 'ok';
  return better(alert, value) ? 'alert' : 'warn';
}
