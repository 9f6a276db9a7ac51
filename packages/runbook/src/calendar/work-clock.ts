import { Temporal } from 'temporal-polyfill';
import { type Duration, ExpressionError } from '../expr/index.ts';
import { type CalendarRules, dateOf, epochDayOf } from './calendar-rules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const WORKING_HOURS_MAX = 10_000;
const EXACT_MS: Readonly<Partial<Record<Duration['unit'], number>>> = { s: 1_000, m: MINUTE_MS, h: HOUR_MS };
const DAY_MS = 86_400_000;
const MINUTES_A_DAY = 1_440;
const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;

/** The reckoning behind a calendar. Instants are milliseconds since 1970, days are days since 1970-01-01. */
export class WorkClock {
  readonly rules: CalendarRules;

  constructor(rules: CalendarRules) {
    this.rules = rules;
  }

  at(ms: number): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.rules.zone);
  }

  read(value: string): number {
    if (!DATE_ONLY.test(value)) return msOf(value);
    try {
      return Temporal.PlainDate.from(value, { overflow: 'reject' }).toZonedDateTime(this.rules.zone).epochMilliseconds;
    } catch (error) {
      throw new ExpressionError(`"${value}" is not a date.`, 0, { end: value.length, cause: error });
    }
  }

  add(ms: number, { amount, unit }: Duration): number {
    const exact = EXACT_MS[unit];
    if (exact !== undefined) return ms + Math.round(amount * exact);
    if (unit === 'mo') return this.at(ms).add({ months: amount }).epochMilliseconds;
    if (unit === 'bd') return this.addWorkdays(ms, amount);
    const days = unit === 'w' ? amount * 7 : amount;
    const whole = Math.trunc(days);
    // Half a day is twelve hours; only whole days follow the clocks of the zone.
    return this.at(ms).add({ days: whole }).epochMilliseconds + Math.round((days - whole) * DAY_MS);
  }

  addWorking(ms: number, duration: Duration): number {
    const { amount, unit } = duration;
    const exact = EXACT_MS[unit];
    if (exact !== undefined) return this.addHours(ms, amount * exact);
    if (unit === 'w' || unit === 'mo') return this.nextWorking(this.add(this.nextWorking(ms), duration));
    const whole = Math.trunc(amount);
    const part = (amount - whole) * (this.rules.closes - this.rules.opens) * MINUTE_MS;
    const moved = this.addWorkdays(ms, whole);
    return part === 0 ? moved : this.addHours(moved, part);
  }

  /** Counts from the next working moment, forth or back, and keeps its time of day. */
  addWorkdays(ms: number, amount: number): number {
    const start = this.nextWorking(ms);
    const at = this.at(start);
    const step = amount < 0 ? -1 : 1;
    let day = epochDayOf(at.toPlainDate());
    for (let left = Math.abs(amount); left > 0; ) {
      day += step;
      if (this.#isWorkday(day)) left -= 1;
    }
    const landed = dateOf(day).toZonedDateTime({ timeZone: this.rules.zone, plainTime: at.toPlainTime() });
    return this.nextWorking(landed.epochMilliseconds);
  }

  /** Day by day, and so bounded: five years of working hours are more than anyone waits. */
  addHours(ms: number, amountMs: number): number {
    if (amountMs > WORKING_HOURS_MAX * HOUR_MS) {
      throw new ExpressionError(`Working time goes up to ${WORKING_HOURS_MAX}h.`, 0, { next: 'Write it in bd or w.' });
    }
    let left = Math.round(amountMs);
    let now = this.nextWorking(ms);
    for (;;) {
      const { closes } = this.#hoursOf(this.#dayOf(now));
      if (left <= closes - now) return now + left;
      left -= closes - now;
      now = this.nextWorking(closes);
    }
  }

  nextWorking(ms: number): number {
    let day = this.#dayOf(ms);
    for (;;) {
      if (this.#isWorkday(day)) {
        const { opens, closes } = this.#hoursOf(day);
        // A day whose hours fall into a gap of the clocks has none.
        if (opens < closes && ms < closes) return Math.max(ms, opens);
      }
      day += 1;
    }
  }

  isWorking(ms: number): boolean {
    // Closing at 24:00 is the first moment of the day after.
    return [this.#dayOf(ms - 1), this.#dayOf(ms)].some((day) => {
      const { opens, closes } = this.#hoursOf(day);
      return this.#isWorkday(day) && opens < closes && ms >= opens && ms <= closes;
    });
  }

  atHour(ms: number, minutes: number): number {
    return this.#timeOn(this.#dayOf(ms), minutes, 'compatible');
  }

  workingDaysBetween(from: number, to: number): number {
    const last = this.#dayOf(to);
    let count = 0;
    for (let day = this.#dayOf(from) + 1; day <= last; day += 1) if (this.#isWorkday(day)) count += 1;
    return count;
  }

  /**
   * Working hours of a day as instants. Opening takes the later and closing the earlier reading where clocks change,
   * so that no moment between them reads as outside of hours.
   */
  #hoursOf(day: number): { readonly opens: number; readonly closes: number } {
    const opens = this.#timeOn(day, this.rules.opens, 'later');
    const closes = this.#timeOn(day, this.rules.closes, this.rules.closes === MINUTES_A_DAY ? 'compatible' : 'earlier');
    // A whole day may be missing where a zone crossed the date line.
    return this.#dayOf(opens) === day ? { opens, closes } : { opens: closes, closes };
  }

  #timeOn(day: number, minutes: number, disambiguation: 'compatible' | 'earlier' | 'later'): number {
    const date = dateOf(minutes === MINUTES_A_DAY ? day + 1 : day);
    const time = Temporal.PlainTime.from({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 });
    return date.toPlainDateTime(time).toZonedDateTime(this.rules.zone, { disambiguation }).epochMilliseconds;
  }

  #dayOf(ms: number): number {
    return epochDayOf(this.at(ms).toPlainDate());
  }

  #isWorkday(day: number): boolean {
    // 1970-01-01 was a Thursday.
    const weekday = (((day + 3) % 7) + 7) % 7;
    return this.rules.workdays[weekday] === true && !this.rules.holidays.has(day);
  }
}

/** @throws ExpressionError */
export function msOf(instant: string): number {
  const ms = Date.parse(instant);
  if (!Number.isNaN(ms)) return ms;
  throw new ExpressionError(`"${instant}" is not an instant.`, 0, { end: instant.length });
}
