/** When somebody is told that a limit is nearly, or wholly, used up: once for each crossing, and once a month at most. */
import type { Limit } from '../../products/index.ts';
import { SOFT_SHARE, type Usage, windowMs } from './plan-impact.ts';

export const NOTICE_LEVELS = ['soft', 'reached'] as const;
export type NoticeLevel = (typeof NOTICE_LEVELS)[number];

/** The newest notice of a meter and level. */
export interface UsageNotice {
  readonly meter: string;
  readonly level: NoticeLevel;
  /** The use has been above it ever since. */
  readonly standing: boolean;
  /** Month in which it was told: `2026-11`. */
  readonly period: string;
}

export interface NoticeChange extends UsageNotice {
  readonly used: number;
  readonly limit: number;
  /** False where only the standing changes, or the month has had its notice. */
  readonly tell: boolean;
}

export interface NoticeInput {
  readonly limits: Readonly<Record<string, Limit>>;
  readonly usage: Usage;
  readonly notices: readonly UsageNotice[];
  readonly now: Date;
}

export function noticesDue({ limits, usage, notices, now }: NoticeInput): readonly NoticeChange[] {
  const period = now.toISOString().slice(0, 7);
  return Object.entries(limits).flatMap(([meter, limit]) => {
    const used = usage[meter];
    // A limit of zero is used up from the start: that is what the plan says, and no news.
    if (used === undefined || limit === 'unlimited' || limit === 0 || windowMs(meter) !== undefined) return [];
    const noticeOf = (level: NoticeLevel) => notices.find((each) => each.meter === meter && each.level === level);
    const isAbove = { soft: used >= limit * SOFT_SHARE, reached: used >= limit };
    const changed = NOTICE_LEVELS.filter((level) => isAbove[level] !== (noticeOf(level)?.standing ?? false));
    // Who goes past both at once is told of the higher one alone.
    const highest = changed.findLast((level) => isAbove[level]);
    return changed.map((level) => {
      const before = noticeOf(level)?.period;
      const standing = isAbove[level];
      const tell = standing && level === highest && before !== period;
      return { meter, level, standing, period: standing ? period : (before ?? period), used, limit, tell };
    });
  });
}
