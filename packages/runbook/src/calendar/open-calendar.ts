/**
 * Calendar arithmetic in the zone of a run (language, rule 15). Days, weeks and months keep the time of day and so
 * are longer or shorter where clocks change; an hour that does not exist moves past the gap, one that exists twice is
 * its first. Working days and working hours follow workdays, hours and holidays.
 */
import type { Calendar, DurationText, Instant, TimeText } from '../definition.ts';
import {
  type Duration,
  ExpressionError,
  parseDuration,
  parseOffset,
  parseTime,
  type Scope,
  type TimeExpression,
  valueAt,
} from '../expr/index.ts';
import { readCalendarRules } from './calendar-rules.ts';
import { msOf, WorkClock } from './work-clock.ts';

export interface WorkCalendar {
  /** IANA zone, as the platform spells it. */
  readonly zone: string;
  readonly workdaysPerWeek: number;
  readonly minutesPerWorkday: number;
  /** Any duration of the language, or an offset such as `-1d`: s m h are exact, d w mo follow the calendar, bd are working days. */
  addDuration(instant: Instant, text: DurationText): Instant;
  /**
   * Working time only: hours run while people work, `d` and `bd` are working days at the same time of day, `w` and
   * `mo` go by the calendar to the next working moment. What starts outside of working hours starts when they begin.
   */
  addWorkingTime(instant: Instant, text: DurationText): Instant;
  /** The same instant inside working hours; else when they next begin. */
  nextWorkingMoment(instant: Instant): Instant;
  /** From opening to closing, both included: work may end when the day does. */
  isWorkingMoment(instant: Instant): boolean;
  /**
   * `go_live - 1d 09:00` as an instant. Anchors are `Date`s, instants or dates (the start of that day in the zone);
   * undefined while what it counts from is not known.
   *
   * @throws ExpressionError for a text that is no time, or an anchor that holds none
   */
  resolveTime(text: TimeText, anchors: Scope): Instant | undefined;
  /** The instant of a date (its start in the zone) or of an ISO 8601 instant. */
  instantOf(value: string): Instant;
  /** `2026-12-07`: the day it is in the zone. */
  dateOf(instant: Instant): string;
  /** Working days after the day of `from`, up to and with the day of `to`; 0 when `to` is not later. */
  workingDaysBetween(from: Instant, to: Instant): number;
}

/**
 * Opens a calendar; templates in it must be rendered. Without one: mon-fri, 09:00-17:00 in the default zone.
 *
 * @throws TenantryError runbook.invalid, with every fault: no working day, no zone, no hours, no date
 */
export function openCalendar(calendar: Calendar | undefined, defaultZone: string): WorkCalendar {
  const clock = new WorkClock(readCalendarRules(calendar, defaultZone));
  const { rules } = clock;
  const add = (instant: Instant, duration: Duration): Instant =>
    inRange(instant, () => clock.add(msOf(instant), duration));
  return {
    zone: rules.zone,
    workdaysPerWeek: rules.workdays.filter(Boolean).length,
    minutesPerWorkday: rules.closes - rules.opens,
    addDuration: (instant, text) => add(instant, parseOffset(text)),
    addWorkingTime: (instant, text) => inRange(instant, () => clock.addWorking(msOf(instant), parseDuration(text))),
    nextWorkingMoment: (instant) => inRange(instant, () => clock.nextWorking(msOf(instant))),
    isWorkingMoment: (instant) => clock.isWorking(msOf(instant)),
    resolveTime: (text, anchors) => resolve(clock, add, parseTime(text), anchors),
    instantOf: (value) => isoOf(clock.read(value)),
    dateOf: (instant) => clock.at(msOf(instant)).toPlainDate().toString(),
    workingDaysBetween: (from, to) => clock.workingDaysBetween(msOf(from), msOf(to)),
  };
}

const isoOf = (ms: number): Instant => new Date(ms).toISOString();

/** Years beyond what dates can hold are a fault of the duration, not of ours. */
function inRange(instant: Instant, reckon: () => number): Instant {
  try {
    return isoOf(reckon());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ExpressionError(`The time counted from ${instant} lies beyond any calendar.`, 0, { cause: error });
  }
}

function resolve(
  clock: WorkClock,
  add: (instant: Instant, duration: Duration) => Instant,
  time: TimeExpression,
  anchors: Scope,
): Instant | undefined {
  const anchor = valueAt(anchors, time.anchor.path);
  const offset = offsetOf(time, anchors);
  if (anchor === undefined || anchor === null || offset === 'unknown') return undefined;
  if (!(anchor instanceof Date) && typeof anchor !== 'string') throw noTime(time.anchor.path);
  const start = anchor instanceof Date ? anchor.toISOString() : isoOf(clock.read(anchor));
  const moved = offset === undefined ? start : add(start, offset);
  return time.hour === undefined ? moved : isoOf(clock.atHour(msOf(moved), time.hour.hour * 60 + time.hour.minute));
}

function offsetOf({ offset }: TimeExpression, anchors: Scope): Duration | 'unknown' | undefined {
  if (offset === undefined) return undefined;
  if (offset.kind === 'duration') return signed(offset.duration, offset.sign);
  const value = valueAt(anchors, offset.at.path);
  if (value === undefined || value === null) return 'unknown';
  if (typeof value !== 'string') throw noTime(offset.at.path);
  return signed(parseDuration(value), offset.sign);
}

const signed = ({ amount, unit }: Duration, sign: 1 | -1): Duration => ({ amount: amount * sign, unit });

const noTime = (path: readonly string[]): ExpressionError =>
  new ExpressionError(`\`${path.join('.')}\` holds no time.`, 0, {
    next: 'Write a path to a date, such as `go_live`.',
  });
