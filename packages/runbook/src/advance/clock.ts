/** Instants as the engine compares them. What a day is worth belongs to `calendar/`. */
import type { Instant } from '../definition.ts';
import { parseOffset } from '../expr/index.ts';

const EXACT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

export const instantMs = (instant: Instant): number => Date.parse(instant);
export const addMs = (instant: Instant, ms: number): Instant => new Date(instantMs(instant) + ms).toISOString();
export const isReached = (instant: Instant, at: Instant): boolean => instantMs(instant) <= instantMs(at);

/** Milliseconds of `s`, `m` and `h`, negative in an offset; undefined for a duration that needs a calendar. */
export function exactMs(text: string): number | undefined {
  const { amount, unit } = parseOffset(text);
  const worth = EXACT_MS[unit];
  return worth === undefined ? undefined : amount * worth;
}
