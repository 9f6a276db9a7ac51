/**
 * Exact time only: `s m h`, and days of 24 hours. Working days and zones belong to `timeline/`, which turns
 * them into instants before they come here.
 */
import { bug } from '@tenantry/contract';
import type { DurationText } from '../definition.ts';
import { parseDuration } from '../expr/index.ts';
import type { Instant } from './state.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of a duration; `mo` and `bd` need a calendar and are refused. */
export function durationMs(text: DurationText): number {
  const duration = parseDuration(text);
  const unit = UNIT_MS[duration.unit];
  if (unit === undefined) throw bug(`${text} needs a calendar`);
  return duration.amount * unit;
}

export const instantMs = (instant: Instant): number => Date.parse(instant);
export const addMs = (instant: Instant, ms: number): Instant => new Date(instantMs(instant) + ms).toISOString();
export const addDuration = (instant: Instant, text: DurationText): Instant => addMs(instant, durationMs(text));
