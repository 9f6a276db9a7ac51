import { TenantryError } from '@tenantry/contract';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Calendar } from '../definition.ts';
import { openCalendar } from './open-calendar.ts';

const BERLIN: Calendar = { timezone: 'Europe/Berlin', workdays: 'mon-fri', hours: '09:00-18:00' };
const berlin = openCalendar(BERLIN, 'UTC');
/** A local time of Berlin as an instant. */
const at = (local: string, zone = 'Europe/Berlin') =>
  new Date(Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds).toISOString();
const localOf = (instant: string, zone = 'Europe/Berlin') =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'minute' });

describe('durations', () => {
  it('counts seconds, minutes and hours exactly, across a change of clocks too', () => {
    expect(berlin.addDuration('2026-03-28T23:00:00Z', '4h')).toBe('2026-03-29T03:00:00.000Z');
    expect(berlin.addDuration('2026-03-28T23:00:00Z', '1.5h')).toBe('2026-03-29T00:30:00.000Z');
    expect(berlin.addDuration('2026-03-28T23:00:00Z', '90s')).toBe('2026-03-28T23:01:30.000Z');
  });

  it('keeps the time of day over days, weeks and months, when clocks go forward and back', () => {
    for (const [start, duration, end] of [
      ['2026-03-28T09:00', '1d', '2026-03-29T09:00'],
      ['2026-10-24T09:00', '1d', '2026-10-25T09:00'],
      ['2026-03-25T09:00', '1w', '2026-04-01T09:00'],
      ['2026-03-15T09:00', '8mo', '2026-11-15T09:00'],
    ] as const) {
      expect(localOf(berlin.addDuration(at(start), duration))).toBe(end);
    }
    expect(Date.parse(berlin.addDuration(at('2026-03-28T09:00'), '1d')) - Date.parse(at('2026-03-28T09:00'))).toBe(
      23 * 3_600_000,
    );
    expect(Date.parse(berlin.addDuration(at('2026-10-24T09:00'), '1d')) - Date.parse(at('2026-10-24T09:00'))).toBe(
      25 * 3_600_000,
    );
  });

  it('moves an hour that does not exist past the gap, and takes the first of one that exists twice', () => {
    expect(localOf(berlin.addDuration(at('2026-03-28T02:30'), '1d'))).toBe('2026-03-29T03:30');
    expect(berlin.addDuration(at('2026-10-24T02:30'), '1d')).toBe('2026-10-25T00:30:00.000Z');
  });

  it('knows leap days and the ends of months', () => {
    expect(localOf(berlin.addDuration(at('2028-02-28T12:00'), '1d'))).toBe('2028-02-29T12:00');
    expect(localOf(berlin.addDuration(at('2028-02-29T12:00'), '12mo'))).toBe('2029-02-28T12:00');
    expect(localOf(berlin.addDuration(at('2026-01-31T12:00'), '1mo'))).toBe('2026-02-28T12:00');
  });

  it('takes half a day as twelve hours', () => {
    expect(localOf(berlin.addDuration(at('2026-11-20T09:00'), '0.5d'))).toBe('2026-11-20T21:00');
    expect(localOf(berlin.addDuration(at('2026-11-20T09:00'), '0.5w'))).toBe('2026-11-23T21:00');
  });

  it('refuses a time beyond any calendar in words', () => {
    expect(() => berlin.addDuration('9999-01-01T00:00:00Z', '1000000w').length).not.toThrow();
    expect(() => berlin.addDuration('+270000-01-01T00:00:00.000Z', '1000000w')).toThrow('beyond any calendar');
  });
});

describe('working days', () => {
  const holidays = openCalendar({ ...BERLIN, holidays: ['2026-12-25', '2026-12-28'] }, 'UTC');

  it('go over weekends and holidays and keep the time of day', () => {
    expect(localOf(berlin.addDuration(at('2026-11-20T15:00'), '1bd'))).toBe('2026-11-23T15:00');
    expect(localOf(berlin.addDuration(at('2026-11-20T15:00'), '5bd'))).toBe('2026-11-27T15:00');
    expect(localOf(holidays.addDuration(at('2026-12-24T10:00'), '1bd'))).toBe('2026-12-29T10:00');
  });

  it('start when work next begins', () => {
    expect(localOf(berlin.addDuration(at('2026-11-21T12:00'), '1bd'))).toBe('2026-11-24T09:00');
    expect(localOf(berlin.addDuration(at('2026-11-20T19:00'), '0bd'))).toBe('2026-11-23T09:00');
  });

  it('count back from an anchor', () => {
    const goLive = { go_live: '2026-11-23' };
    expect(localOf(berlin.resolveTime('go_live - 3bd 09:00', goLive) ?? '')).toBe('2026-11-18T09:00');
    expect(localOf(berlin.resolveTime('go_live - 1bd', { go_live: '2026-11-22' }) ?? '')).toBe('2026-11-20T09:00');
  });

  it('follow weeks that run from Sunday to Thursday, and over the end of the week', () => {
    const riyadh = openCalendar({ timezone: 'Asia/Riyadh', workdays: 'sun-thu' }, 'UTC');
    expect(localOf(riyadh.addDuration(at('2026-11-19T10:00', 'Asia/Riyadh'), '1bd'), 'Asia/Riyadh')).toBe(
      '2026-11-22T10:00',
    );
    const weekend = openCalendar({ timezone: 'UTC', workdays: 'sat-mon, wed' }, 'UTC');
    expect(weekend.workdaysPerWeek).toBe(4);
  });

  it('never land on a day that a zone left out', () => {
    const apia = openCalendar({ timezone: 'Pacific/Apia', workdays: 'mon-fri', hours: '09:00-18:00' }, 'UTC');
    const thursday = at('2011-12-29T10:00', 'Pacific/Apia');
    expect(localOf(apia.addDuration(thursday, '1bd'), 'Pacific/Apia')).toBe('2012-01-02T09:00');
  });
});

describe('working time', () => {
  it('runs only while people work', () => {
    expect(localOf(berlin.addWorkingTime(at('2026-11-20T16:00'), '4h'))).toBe('2026-11-23T11:00');
    expect(localOf(berlin.addWorkingTime(at('2026-11-20T16:00'), '2h'))).toBe('2026-11-20T18:00');
    expect(localOf(berlin.addWorkingTime(at('2026-11-21T03:00'), '30m'))).toBe('2026-11-23T09:30');
    expect(localOf(berlin.addWorkingTime(at('2026-11-20T16:00'), '1.5d'))).toBe('2026-11-24T11:30');
  });

  it('is bounded in hours, and not in days', () => {
    expect(() => berlin.addWorkingTime(at('2026-11-20T16:00'), '10001h')).toThrow('Working time goes up to 10000h.');
    expect(localOf(berlin.addWorkingTime(at('2026-11-20T16:00'), '2610bd'))).toBe('2036-11-21T16:00');
  });

  it('ends with the day, and begins anew on the next', () => {
    expect(berlin.isWorkingMoment(at('2026-11-20T18:00'))).toBe(true);
    expect(localOf(berlin.nextWorkingMoment(at('2026-11-20T18:00')))).toBe('2026-11-23T09:00');
    const always = openCalendar({ timezone: 'UTC', workdays: 'mon-sun', hours: '00:00-24:00' }, 'UTC');
    expect(always.addWorkingTime('2026-11-20T16:00:00.000Z', '100h')).toBe('2026-11-24T20:00:00.000Z');
  });
});

describe('times', () => {
  it('start from a date, an instant or a Date, in the zone of the calendar', () => {
    expect(berlin.resolveTime('go_live', { go_live: '2026-12-07' })).toBe('2026-12-06T23:00:00.000Z');
    expect(berlin.resolveTime('go_live 09:00', { go_live: '2026-12-07' })).toBe('2026-12-07T08:00:00.000Z');
    expect(berlin.resolveTime('go_live - 1d 09:00', { go_live: '2026-03-30' })).toBe('2026-03-29T07:00:00.000Z');
    expect(berlin.resolveTime('go_live 09:00', { go_live: new Date('2026-12-07T12:00:00Z') })).toBe(
      '2026-12-07T08:00:00.000Z',
    );
  });

  it('take their offset from a value', () => {
    const anchors = { phases: { end: { done_at: '2026-11-20T09:00:00.000Z' } }, vars: { retention: '30d' } };
    expect(berlin.resolveTime('phases.end.done_at + vars.retention', anchors)).toBe('2026-12-20T09:00:00.000Z');
  });

  it('are not known while their anchor or offset is not', () => {
    expect(berlin.resolveTime('go_live 09:00', { go_live: undefined })).toBeUndefined();
    expect(berlin.resolveTime('now + vars.retention', { now: '2026-11-20T09:00:00Z', vars: {} })).toBeUndefined();
  });

  it('refuse an anchor that holds no time', () => {
    expect(() => berlin.resolveTime('vars.count', { vars: { count: 3 } })).toThrow('`vars.count` holds no time');
    expect(() => berlin.resolveTime('go_live', { go_live: 'soon' })).toThrow('"soon" is not an instant');
    expect(() => berlin.resolveTime('go_live', { go_live: '2026-02-30' })).toThrow('"2026-02-30" is not a date');
  });
});

describe('a calendar that cannot be used', () => {
  const faultsOf = (calendar: Calendar): readonly string[] => {
    try {
      openCalendar(calendar, 'UTC');
      return [];
    } catch (error) {
      if (!(error instanceof TenantryError) || error.code !== 'runbook.invalid') throw error;
      return error.faults.map((fault) => fault.path);
    }
  };

  it('is refused when it has no working day', () => {
    expect(faultsOf({ timezone: 'UTC', workdays: '' })).toEqual(['calendar.workdays']);
    expect(() => openCalendar({ timezone: 'UTC', workdays: ' , ' }, 'UTC')).toThrow('It has no working day.');
  });

  it('is refused with every fault at once', () => {
    const bad = {
      timezone: 'Europe/Bärlin',
      workdays: 'mon-fry',
      hours: '18:00-09:00',
      holidays: ['2026-12-25', '25.12.2026', '2026-02-30'],
    };
    expect(faultsOf(bad)).toEqual([
      'calendar.timezone',
      'calendar.workdays',
      'calendar.hours',
      'calendar.holidays[1]',
      'calendar.holidays[2]',
    ]);
  });

  it('is refused for an offset in place of a zone, an unrendered text and hours over midnight', () => {
    expect(faultsOf({ timezone: '+02:00' })).toEqual(['calendar.timezone']);
    expect(faultsOf({ timezone: '${{ intake.timezone }}' })).toEqual(['calendar.timezone']);
    expect(faultsOf({ timezone: 'UTC', hours: '22:00-06:00' })).toEqual(['calendar.hours']);
  });

  it('takes what it does not say from the defaults', () => {
    const calendar = openCalendar(undefined, 'America/Sao_Paulo');
    expect(calendar).toMatchObject({ zone: 'America/Sao_Paulo', workdaysPerWeek: 5, minutesPerWorkday: 480 });
  });
});

describe('whatever the zone, the calendar and the moment', () => {
  /** Gaps at night, at midnight, of half an hour, on the other half of the globe, and none. */
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'America/Sao_Paulo',
    'Asia/Beirut',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'UTC',
  ];
  const hourOf = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const calendars = fc
    .record({
      timezone: fc.constantFrom(...zones),
      workdays: fc
        .subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], { minLength: 1 })
        .map((days) => days.join(',')),
      opens: fc.integer({ min: 0, max: 1_380 }),
      length: fc.integer({ min: 30, max: 1_000 }),
      holidays: fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 20 }),
    })
    .map(({ opens, length, holidays, ...rest }) => ({
      ...rest,
      hours: `${hourOf(opens)}-${hourOf(Math.min(opens + length, 1_439))}`,
      holidays: holidays.map((day) => new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10)),
    }));
  const instants = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2028-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const units = fc.constantFrom('s', 'm', 'h', 'd', 'w', 'mo', 'bd');
  const short = fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('m', 'h', 'd', 'bd', 'w', 'mo'))
    .map(([amount, unit]) => `${amount}${unit}`);

  it('RUN-17: adding more never ends sooner', () => {
    fc.assert(
      fc.property(calendars, instants, fc.nat(400), fc.nat(400), units, (rules, instant, a, b, unit) => {
        const calendar = openCalendar(rules, 'UTC');
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((amount) =>
          calendar.addDuration(instant, `${amount}${unit}`),
        );
        expect(Date.parse(less ?? '')).toBeLessThanOrEqual(Date.parse(more ?? ''));
      }),
    );
  });

  it('two moments further apart than any change of clocks never change places', () => {
    fc.assert(
      fc.property(
        calendars,
        instants,
        fc.integer({ min: 3 * 3_600_000, max: 40 * 86_400_000 }),
        short,
        (rules, instant, apart, duration) => {
          // The 28th to the 31st may all become the 28th: months keep the order of moments three days apart.
          fc.pre(!duration.endsWith('mo') || apart > 3.25 * 86_400_000);
          const calendar = openCalendar(rules, 'UTC');
          const second = new Date(Date.parse(instant) + apart).toISOString();
          for (const add of [calendar.addDuration, calendar.addWorkingTime]) {
            expect(Date.parse(add(instant, duration))).toBeLessThanOrEqual(Date.parse(add(second, duration)));
          }
        },
      ),
    );
  });

  it('working time never lands outside of working hours, on a day off or on a holiday', () => {
    fc.assert(
      fc.property(calendars, instants, short, (rules, instant, duration) => {
        const calendar = openCalendar(rules, 'UTC');
        for (const landed of [calendar.addWorkingTime(instant, duration), calendar.nextWorkingMoment(instant)]) {
          const local = Temporal.Instant.from(landed).toZonedDateTimeISO(rules.timezone);
          const [opens = '', closes = ''] = rules.hours.split('-');
          const time = local.toPlainTime().toString({ fractionalSecondDigits: 3 });
          expect(time >= `${opens}:00.000` && time <= `${closes}:00.000`).toBe(true);
          expect(rules.workdays.split(',')).toContain(
            ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'][local.dayOfWeek - 1],
          );
          expect(rules.holidays).not.toContain(local.toPlainDate().toString());
          expect(calendar.isWorkingMoment(landed)).toBe(true);
        }
      }),
    );
  });

  it('working hours add up: two parts one after the other end where the whole does', () => {
    fc.assert(
      fc.property(calendars, instants, fc.nat(2_000), fc.nat(2_000), (rules, instant, a, b) => {
        const calendar = openCalendar(rules, 'UTC');
        const parts = calendar.addWorkingTime(calendar.addWorkingTime(instant, `${a}m`), `${b}m`);
        const whole = calendar.addWorkingTime(instant, `${a + b}m`);
        // A part of nothing may move the end of a day to the beginning of the next: the same working moment.
        expect([parts, calendar.nextWorkingMoment(parts)]).toContainEqual(
          b === 0 ? calendar.nextWorkingMoment(whole) : whole,
        );
      }),
    );
  });

  it('days keep the time of day unless the clocks have no such hour', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, fc.nat(800), (zone, instant, days) => {
        const calendar = openCalendar({ timezone: zone }, 'UTC');
        const before = Temporal.Instant.from(instant).toZonedDateTimeISO(zone);
        const after = Temporal.Instant.from(calendar.addDuration(instant, `${days}d`)).toZonedDateTimeISO(zone);
        const wanted = before.toPlainDateTime().add({ days });
        const gapMinutes = wanted.until(after.toPlainDateTime(), { largestUnit: 'minute' }).minutes;
        expect([0, 30, 60]).toContain(gapMinutes);
      }),
    );
  });

  it('RUN-17: months keep the day, or end with the month; leap days and Decembers included', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, fc.nat(60), (zone, instant, months) => {
        const calendar = openCalendar({ timezone: zone }, 'UTC');
        const before = Temporal.PlainDate.from(calendar.dateOf(instant));
        const after = Temporal.PlainDate.from(calendar.dateOf(calendar.addDuration(instant, `${months}mo`)));
        const wanted = before.with({ day: 1 }).add({ months });
        expect([after.year, after.month]).toEqual([wanted.year, wanted.month]);
        expect(after.day).toBe(Math.min(before.day, wanted.daysInMonth));
      }),
    );
  });

  it('working days that were added are the working days between', () => {
    fc.assert(
      fc.property(calendars, instants, fc.nat(60), (rules, instant, amount) => {
        const calendar = openCalendar(rules, 'UTC');
        const start = calendar.nextWorkingMoment(instant);
        const end = calendar.addDuration(start, `${amount}bd`);
        // Hours that fall into a gap of the clocks move the end to the next working day: one more, never one less.
        expect([amount, amount + 1]).toContain(calendar.workingDaysBetween(start, end));
      }),
    );
  });

  it('an hour of a day is that hour on its clock, unless the clocks leave it out', () => {
    const hours = fc.integer({ min: 0, max: 1_439 }).map(hourOf);
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, hours, (zone, instant, hour) => {
        const calendar = openCalendar({ timezone: zone }, 'UTC');
        const day = calendar.dateOf(instant);
        const found = calendar.resolveTime(`go_live ${hour}`, { go_live: day }) ?? '';
        const wanted = Temporal.PlainDateTime.from(`${day}T${hour}`);
        const gap = wanted.until(Temporal.PlainDateTime.from(localOf(found, zone)), { largestUnit: 'minute' }).minutes;
        expect([0, 30, 60]).toContain(gap);
      }),
    );
  });
});
