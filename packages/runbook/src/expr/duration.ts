/**
 * Durations as written: `30s 10m 4h 2d 1w 1mo 3bd`. What a day or a working day is worth depends on zone and
 * calendar, so this only reads; `timeline/` calculates.
 */
import { ExpressionError } from './expression-error.ts';

export const DURATION_UNITS = ['s', 'm', 'h', 'd', 'w', 'mo', 'bd'] as const;
export type DurationUnit = (typeof DURATION_UNITS)[number];

/** s, m, h are exact; d, w, mo follow the calendar; bd are working days. `amount` may be negative in an offset. */
export interface Duration {
  readonly amount: number;
  readonly unit: DurationUnit;
}

export interface DurationRange {
  readonly from: Duration;
  readonly to: Duration;
}

const AMOUNT_MAX = 1_000_000;
const PATTERN = /^(-?)(\d+(?:\.\d+)?)(s|m|h|d|w|mo|bd)$/;
/** For ordering the two ends of a range only. */
const ROUGH_SECONDS: Readonly<Record<DurationUnit, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  mo: 2_629_800,
  bd: 86_400,
};

/** Reads `4h` or `0.5d`. Throws `ExpressionError`. */
export function parseDuration(text: string): Duration {
  const duration = parseOffset(text);
  if (duration.amount < 0)
    throw new ExpressionError(`"${text}" is negative; a duration is not.`, 0, { end: text.length });
  return duration;
}

/** Reads an offset from an anchor, which may be negative: `-7d`. Throws `ExpressionError`. */
export function parseOffset(text: string): Duration {
  const match = PATTERN.exec(text);
  if (match === null) {
    throw new ExpressionError(`"${shorten(text)}" is not a duration.`, 0, { end: text.length, next: hintFor(text) });
  }
  const unit = match[3] as DurationUnit;
  const amount = Number(match[2]) * (match[1] === '-' ? -1 : 1);
  if (Math.abs(amount) > AMOUNT_MAX)
    throw new ExpressionError(`"${shorten(text)}" is out of bounds.`, 0, { end: text.length });
  if (!Number.isInteger(amount) && (unit === 'mo' || unit === 'bd')) {
    throw new ExpressionError(`"${text}": months and working days come in whole numbers.`, 0, { end: text.length });
  }
  return { amount: amount === 0 ? 0 : amount, unit };
}

/** Reads `1w-2w`, or `25m` as a range of one. Throws `ExpressionError`. */
export function parseRange(text: string): DurationRange {
  const [first = '', second, ...rest] = text.split('-');
  if (rest.length > 0)
    throw new ExpressionError(`"${shorten(text)}" is not a range.`, 0, { end: text.length, next: 'Write `1w-2w`.' });
  const from = parseDuration(first.trim());
  if (second === undefined) return { from, to: from };
  const to = parseDuration(second.trim());
  if (roughSeconds(from) > roughSeconds(to)) {
    throw new ExpressionError(`"${text}" ends before it starts.`, 0, {
      end: text.length,
      next: `Write \`${second.trim()}-${first.trim()}\`.`,
    });
  }
  return { from, to };
}

/** `4h` again, as written. */
export const formatDuration = (duration: Duration): string => `${duration.amount}${duration.unit}`;

/** Seconds as if every day had 24 hours and every month 30.4 days; good for comparing, not for calendars. */
export const roughSeconds = (duration: Duration): number => duration.amount * ROUGH_SECONDS[duration.unit];

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

function hintFor(text: string): string {
  if (/^\d+(\.\d+)?$/.test(text)) return `Add a unit: \`${text}m\`, \`${text}h\`, \`${text}d\`.`;
  if (/^\d+\s+\w+$/.test(text)) return 'Write number and unit without a space: `4h`.';
  if (/^(\d+[a-z]+){2,}$/.test(text)) return 'Write one number and one unit: `90m` for 1h30m.';
  return 'Write a number and one of s, m, h, d, w, mo, bd (working days): `30s`, `4h`, `3bd`.';
}
