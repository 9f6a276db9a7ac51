/** The `calendar` of a runbook as numbers: which days are worked, from when to when. Faults are told all at once. */
import { type Fault, TenantryError } from '@tenantry/contract';
import { Temporal } from 'temporal-polyfill';
import type { Calendar } from '../definition.ts';

export interface CalendarRules {
  readonly zone: string;
  /** By `isoWeekday - 1`: Monday first. */
  readonly workdays: readonly boolean[];
  /** Minutes after midnight. */
  readonly opens: number;
  /** Minutes after midnight; 1440 is the end of the day. */
  readonly closes: number;
  /** Days since 1970-01-01. */
  readonly holidays: ReadonlySet<number>;
}

/** What stands for a part that neither runbook nor product gives. */
const DEFAULTS = { workdays: 'mon-fri', hours: '09:00-17:00' } as const;
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const HOURS = /^([01]\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const EPOCH = Temporal.PlainDate.from('1970-01-01');

/** @throws TenantryError runbook.invalid, with every fault of the calendar */
export function readCalendarRules(calendar: Calendar | undefined, defaultZone: string): CalendarRules {
  const faults: Fault[] = [];
  const zone = readZone(calendar?.timezone ?? defaultZone, faults);
  const workdays = readWorkdays(calendar?.workdays ?? DEFAULTS.workdays, faults);
  const { opens, closes } = readHours(calendar?.hours ?? DEFAULTS.hours, faults);
  const holidays = readHolidays(calendar?.holidays ?? [], faults);
  if (faults.length === 0) return { zone, workdays, opens, closes, holidays };
  throw new TenantryError(
    'runbook.invalid',
    `The calendar cannot be used: ${faults.map((fault) => fault.message).join(' ')}`,
    {
      faults,
      next: 'Mend `calendar` in the runbook, or what its text reads from the intake.',
    },
  );
}

/** Days since 1970-01-01. */
export const epochDayOf = (date: Temporal.PlainDate): number => EPOCH.until(date).days;
export const dateOf = (epochDay: number): Temporal.PlainDate => EPOCH.add({ days: epochDay });

function readZone(zone: string, faults: Fault[]): string {
  try {
    // A fixed offset is not a zone: it would be an hour wrong for half of the year.
    if (/^[A-Za-z]/.test(zone)) return new Temporal.ZonedDateTime(0n, zone).timeZoneId;
  } catch {
    // Told below, like every other text that is no zone.
  }
  faults.push({
    path: 'calendar.timezone',
    message: `"${zone}" is not a time zone.`,
    fix: 'Write an IANA name, such as Europe/Berlin or UTC.',
  });
  return 'UTC';
}

function readWorkdays(text: string, faults: Fault[]): readonly boolean[] {
  const days = WEEKDAYS.map(() => false);
  const parts = text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
  for (const part of parts) {
    const [first = -1, last = first, ...rest] = part.split('-').map((name) => WEEKDAYS.indexOf(name.trim()));
    if (rest.length > 0 || first < 0 || last < 0) {
      faults.push({
        path: 'calendar.workdays',
        message: `"${part}" names no days.`,
        fix: 'Write mon-fri, sun-thu or mon,wed,fri.',
      });
      return days;
    }
    // A range may go over the end of the week: sat-wed.
    for (let day = first; ; day = (day + 1) % WEEKDAYS.length) {
      days[day] = true;
      if (day === last) break;
    }
  }
  if (!days.includes(true)) {
    faults.push({
      path: 'calendar.workdays',
      message: 'It has no working day.',
      fix: 'Write at least one, such as mon-fri.',
    });
  }
  return days;
}

const MINUTES_A_DAY = 1440;

function readHours(text: string, faults: Fault[]): { readonly opens: number; readonly closes: number } {
  const match = HOURS.exec(text.trim());
  const opens = Number(match?.[1]) * 60 + Number(match?.[2]);
  const closes = match?.[3] === undefined ? MINUTES_A_DAY : Number(match[3]) * 60 + Number(match[4]);
  if (match === null || opens >= closes) {
    faults.push({
      path: 'calendar.hours',
      message: `"${text}" are no working hours.`,
      fix: 'Write 09:00-18:00: opening before closing, on one day.',
    });
  }
  return { opens, closes };
}

function readHolidays(dates: readonly string[], faults: Fault[]): ReadonlySet<number> {
  const holidays = new Set<number>();
  for (const [index, date] of dates.entries()) {
    try {
      if (!DATE.test(date)) throw new RangeError(date);
      holidays.add(epochDayOf(Temporal.PlainDate.from(date, { overflow: 'reject' })));
    } catch {
      faults.push({
        path: `calendar.holidays[${index}]`,
        message: `"${date}" is not a date.`,
        fix: 'Write year, month and day: 2026-12-25.',
      });
    }
  }
  return holidays;
}
