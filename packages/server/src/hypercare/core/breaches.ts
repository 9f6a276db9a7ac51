/** Which figures of the last day are past their alert, or far from what the tenant had before (HYP-05 to HYP-09). */
import type { MetricsSummary } from '@tenantry/contract';
import { BANDS, type BandedMetric, bandOf } from './bands.ts';

export type WatchedMetric = BandedMetric | 'tickets';

export interface Breach {
  readonly metric: WatchedMetric;
  /** `alert`: past the agreed bound. `spike`: within it, and far from the days before. */
  readonly kind: 'alert' | 'spike';
  readonly figure: number;
  readonly threshold: number;
  /** Mean of the days before; null when too few of them are known. */
  readonly baseline: number | null;
}

type Figures = Pick<MetricsSummary, BandedMetric | 'tickets'>;

/** CH-27: more than twice the mean of the seven days before, and at least three tickets. */
const SPIKE_FACTOR = 2;
const TICKETS_MIN = 3;
/** One quiet day is no baseline. */
const BASELINE_DAYS_MIN = 3;

/**
 * @param last the last 24 hours
 * @param before each of the seven days before them, in any order
 */
export function findBreaches(last: Figures, before: readonly Figures[]): readonly Breach[] {
  return [
    ...(Object.keys(BANDS) as BandedMetric[]).flatMap((metric) => bandedBreach(metric, last, before)),
    ...ticketSpike(last, before),
  ];
}

function bandedBreach(metric: BandedMetric, last: Figures, before: readonly Figures[]): readonly Breach[] {
  const figure = last[metric];
  if (figure === null) return [];
  const baseline = meanOf(before, metric, BASELINE_DAYS_MIN);
  const { alert, good } = BANDS[metric];
  if (bandOf(metric, figure) === 'alert') return [{ metric, kind: 'alert', figure, threshold: alert, baseline }];
  // What meets its target is no spike however little there was before, and only what is better low can shoot up.
  if (good === 'high' || baseline === null || bandOf(metric, figure) === 'ok') return [];
  const threshold = SPIKE_FACTOR * baseline;
  return figure > threshold ? [{ metric, kind: 'spike', figure, threshold, baseline }] : [];
}

function ticketSpike({ tickets }: Figures, before: readonly Figures[]): readonly Breach[] {
  if (tickets === null) return [];
  const baseline = meanOf(before, 'tickets', 1) ?? 0;
  const threshold = Math.max(SPIKE_FACTOR * baseline, TICKETS_MIN - 1);
  return tickets > threshold ? [{ metric: 'tickets', kind: 'spike', figure: tickets, threshold, baseline }] : [];
}

function meanOf(days: readonly Figures[], metric: WatchedMetric, daysMin: number): number | null {
  const known = days.map((day) => day[metric]).filter((figure) => figure !== null);
  return known.length < daysMin ? null : known.reduce((sum, figure) => sum + figure, 0) / known.length;
}

/**
 * How the count of a day changes from one day to the next: the slope of the line of least squares through the days.
 *
 * @param days oldest first; a day that nobody reported is null and left out
 * @returns null for fewer than two known days
 */
export function slopeOf(days: readonly (number | null)[]): number | null {
  const points = days.flatMap((count, day) => (count === null ? [] : [[day, count] as const]));
  if (points.length < 2) return null;
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [dayMean, countMean] = [mean(([day]) => day), mean(([, count]) => count)];
  const spread = points.reduce((sum, [day]) => sum + (day - dayMean) ** 2, 0);
  return points.reduce((sum, [day, count]) => sum + (day - dayMean) * (count - countMean), 0) / spread;
}
