import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRunbook, type PhaseSketch, type StepSketch } from '../advance/testing/make-runbook.ts';
import type { Calendar, Runbook } from '../definition.ts';
import { planTimeline, type TimelinePlan, type TimelineRequest } from './plan-timeline.ts';

const BERLIN: Calendar = { timezone: 'Europe/Berlin', workdays: 'mon-fri', hours: '09:00-18:00' };

const phase = (id: string, duration?: string, more: Partial<PhaseSketch> = {}): PhaseSketch => ({
  id,
  steps: [],
  ...(duration === undefined ? {} : { duration }),
  ...more,
});
const runbookOf = (...phases: readonly PhaseSketch[]): Runbook => ({ ...makeRunbook(phases), calendar: BERLIN });
const plan = (runbook: Runbook, request: Partial<TimelineRequest> = {}): TimelinePlan =>
  planTimeline(runbook, { start: '2026-01-05T08:00:00.000Z', goLive: null, skippedPhases: [], ...request });
const daysOf = ({ phases }: TimelinePlan, from: 'earliestStart' | 'latestStart', to: 'earliestEnd' | 'latestEnd') =>
  Object.fromEntries(phases.map((each) => [each.id, `${each[from].slice(0, 10)} ${each[to].slice(0, 10)}`]));

/** The timeline of an enterprise onboarding, as its source states it. */
const enterprise = runbookOf(
  phase('pre_sales', '1w-2w'),
  phase('contract', '1w-4w'),
  phase('technical_setup', '1w-2w'),
  phase('validation', '3d-5d'),
  phase('go_live', '1d', { start: 'go_live 09:00' }),
  phase('hypercare', '2w', { needs: ['go_live'] }),
);

describe('the enterprise timeline', () => {
  it('RUN-03 RUN-04 RUN-05 RUN-06 RUN-07 RUN-08: each phase lasts as its row says, at best and at worst', () => {
    expect(plan(enterprise).phases.map(({ id, min, max }) => `${id} ${min} ${max}`)).toEqual([
      'pre_sales 1w 2w',
      'contract 1w 4w',
      'technical_setup 1w 2w',
      'validation 3d 5d',
      'go_live 1d 1d',
      'hypercare 2w 2w',
    ]);
    expect(daysOf(plan(enterprise), 'earliestStart', 'earliestEnd')).toEqual({
      pre_sales: '2026-01-05 2026-01-12',
      contract: '2026-01-12 2026-01-19',
      technical_setup: '2026-01-19 2026-01-26',
      validation: '2026-01-26 2026-01-29',
      go_live: '2026-01-29 2026-01-30',
      hypercare: '2026-01-30 2026-02-13',
    });
    expect(daysOf(plan(enterprise), 'latestStart', 'latestEnd')).toEqual({
      pre_sales: '2026-01-05 2026-01-19',
      contract: '2026-01-19 2026-02-16',
      technical_setup: '2026-02-16 2026-03-02',
      validation: '2026-03-02 2026-03-07',
      go_live: '2026-03-07 2026-03-08',
      hypercare: '2026-03-08 2026-03-22',
    });
  });

  it('CH-39: hypercare is fourteen calendar days, weekends and the change of clocks included', () => {
    const { phases } = plan(runbookOf(phase('hypercare', '2w')), { start: '2026-03-22T08:00:00.000Z' });
    expect(phases[0]?.earliestEnd).toBe('2026-04-05T07:00:00.000Z');
  });

  it('RUN-17: a date that leaves time enough is feasible, and go-live waits for it', () => {
    const made = plan(enterprise, { goLive: '2026-03-16' });
    expect(made).toMatchObject({ feasible: true, earliestGoLive: '2026-01-29T08:00:00.000Z' });
    expect(made.shortBy).toBeUndefined();
    expect(made.phases.find(({ id }) => id === 'go_live')).toMatchObject({
      earliestStart: '2026-03-16T08:00:00.000Z',
      latestStart: '2026-03-16T08:00:00.000Z',
    });
  });

  it('RUN-17: the day on which it just works is feasible, the day before is not', () => {
    expect(plan(enterprise, { goLive: '2026-01-29' }).feasible).toBe(true);
    expect(plan(enterprise, { goLive: '2026-01-28' })).toMatchObject({ feasible: false, shortBy: { workingDays: 1 } });
  });

  it('RUN-17: a date too soon is refused with the phase, the working days it is short of and what takes them', () => {
    const { feasible, shortBy } = plan(enterprise, { goLive: '2026-01-16' });
    expect(feasible).toBe(false);
    expect(shortBy).toEqual({
      phase: 'go_live',
      workingDays: 9,
      asked: '2026-01-16',
      earliest: '2026-01-29',
      path: ['pre_sales', 'contract', 'technical_setup', 'validation'],
      message:
        'Phase go_live cannot start before 2026-01-29, 9 working days after the go-live date 2026-01-16: it waits for pre_sales, then contract, then technical_setup, then validation.',
    });
  });

  it('takes an instant as that moment, or as the hour the phase states if that is later', () => {
    const free = runbookOf(phase('validation', '1d'), phase('go_live', '1d', { start: 'go_live' }));
    expect(plan(free, { goLive: '2026-01-06T08:00:00Z' }).feasible).toBe(true);
    expect(plan(free, { goLive: '2026-01-06T07:59:00Z' }).feasible).toBe(false);
    const nine = runbookOf(phase('validation', '1d'), phase('go_live', '1d', { start: 'go_live 09:00' }));
    expect(plan(nine, { goLive: '2026-01-06T07:59:00Z' }).feasible).toBe(true);
  });

  it('a date before the run starts says so', () => {
    const { shortBy } = plan(runbookOf(phase('go_live', '1d', { start: 'go_live' })), { goLive: '2026-01-01' });
    expect(shortBy?.message).toContain(
      '2 working days after the go-live date 2026-01-01: the run has not started by then',
    );
  });
});

/** The timeline of a white-label deployment: weeks 0, 1 and 2. */
const whiteLabel = runbookOf(
  phase('intake', '1d'),
  phase('discovery', '1d-2d'),
  phase('environment', '0.5d-1d', { start: 'run.started_at + 1w' }),
  phase('branding', '1d-2d'),
  phase('integrations', '0.5d-1d'),
  phase('data', '0.5d-1d'),
  phase('uat', '1d-2d'),
  phase('production', '0.5d', { start: 'go_live 09:00' }),
);
const WHITE_LABEL = { start: '2026-11-23T08:00:00.000Z', goLive: '2026-12-07' };
const weekOf = (instant: string): number =>
  Math.floor((Date.parse(instant) - Date.parse(WHITE_LABEL.start)) / 604_800_000);

describe('the white-label timeline', () => {
  it('RUN-11: each phase lasts as its row says', () => {
    expect(plan(whiteLabel, WHITE_LABEL).phases.map(({ min, max }) => `${min}-${max}`)).toEqual([
      '1d-1d',
      '1d-2d',
      '0.5d-1d',
      '1d-2d',
      '0.5d-1d',
      '0.5d-1d',
      '1d-2d',
      '0.5d-0.5d',
    ]);
  });

  it('RUN-16: intake and discovery fall into week 0, staging to UAT into week 1, production into week 2', () => {
    const made = plan(whiteLabel, WHITE_LABEL);
    expect(made.feasible).toBe(true);
    expect(Object.fromEntries(made.phases.map((each) => [each.id, weekOf(each.earliestStart)]))).toEqual({
      intake: 0,
      discovery: 0,
      environment: 1,
      branding: 1,
      integrations: 1,
      data: 1,
      uat: 1,
      production: 2,
    });
    expect(weekOf(made.phases.find(({ id }) => id === 'uat')?.earliestEnd ?? '')).toBe(1);
  });

  it('CH-40: at worst the excess of week 1 spills into week 2, and shows', () => {
    const uat = plan(whiteLabel, WHITE_LABEL).phases.find(({ id }) => id === 'uat');
    expect([weekOf(uat?.earliestEnd ?? ''), weekOf(uat?.latestEnd ?? '')]).toEqual([1, 2]);
  });
});

describe('phases', () => {
  it('start together when they need nothing, and when what they need has ended', () => {
    const made = plan(
      runbookOf(phase('a', '1d'), phase('b', '3d', { needs: [] }), phase('c', '1d', { needs: ['a', 'b'] })),
    );
    expect(daysOf(made, 'earliestStart', 'earliestEnd')).toEqual({
      a: '2026-01-05 2026-01-06',
      b: '2026-01-05 2026-01-08',
      c: '2026-01-08 2026-01-09',
    });
  });

  it('that are skipped are left out and take no time', () => {
    const made = plan(runbookOf(phase('a', '1d'), phase('b', '3d'), phase('c', '1d')), { skippedPhases: ['b'] });
    expect(daysOf(made, 'earliestStart', 'earliestEnd')).toEqual({
      a: '2026-01-05 2026-01-06',
      c: '2026-01-06 2026-01-07',
    });
  });

  it('that state no duration last as long as their effort, or no time', () => {
    const made = plan(runbookOf({ ...phase('a'), estimate: '2h-4h' }, phase('b')));
    expect(made.phases.map(({ min, max }) => `${min} ${max}`)).toEqual(['2h 4h', '0m 0m']);
  });

  it('may start from the planned end of another and a value of the run', () => {
    const made = plan(
      runbookOf(phase('end', '1d'), phase('deletion', '1d', { start: 'phases.end.done_at + vars.retention' })),
      { anchors: { vars: { retention: '30d' } } },
    );
    expect(daysOf(made, 'earliestStart', 'earliestEnd')).toMatchObject({ deletion: '2026-02-05 2026-02-06' });
  });

  it('count working days by the calendar of the request, over a holiday too', () => {
    const made = plan(runbookOf(phase('a', '3bd')), { calendar: { ...BERLIN, holidays: ['2026-01-06'] } });
    expect(daysOf(made, 'earliestStart', 'earliestEnd')).toEqual({ a: '2026-01-05 2026-01-09' });
  });
});

describe('the go-live phase', () => {
  it('is the one that starts when go-live says, even where others count from it', () => {
    const runbook = runbookOf(
      phase('before', '1d', { start: 'go_live - 1d 09:00' }),
      phase('launch', '1d', { start: 'go_live 09:00' }),
      phase('after', '1d', { start: 'go_live + 1d 09:00' }),
    );
    expect(plan(runbook, { goLive: '2026-01-05' }).shortBy).toMatchObject({ phase: 'launch', path: ['before'] });
  });

  it('is else the phase of that name after validation', () => {
    const runbook = runbookOf(phase('validation', '1d'), phase('go_live', '1d'));
    expect(plan(runbook, { goLive: '2026-01-05' }).shortBy?.phase).toBe('go_live');
  });

  it('RUN-17: is else the moment every phase has ended, which a date may miss too', () => {
    const runbook = runbookOf(phase('a', '1w'));
    expect(plan(runbook, { goLive: '2026-01-05' }).shortBy).toMatchObject({ phase: 'go_live', path: ['a'] });
    const made = plan(runbook, { goLive: '2026-01-12' });
    expect(made.feasible).toBe(true);
    expect(made.phases).toHaveLength(1);
  });
});

describe('effort', () => {
  const step = (id: string, estimate: string): StepSketch => ({ id, estimate });
  const basic = ['10m', '15m', '15m', '20m', '30m-45m', '30m'].map((estimate, index) => ({
    id: `p${index}`,
    steps: [step(`s${index}`, estimate)],
  }));

  it('RUN-22 RUN-23 CH-23: shows the sum of the steps beside the declared total, which is the bound', () => {
    const tier = (estimate: string, third: string) =>
      plan({
        ...runbookOf(...basic.map((each, index) => (index === 2 ? { id: 'p2', steps: [step('s2', third)] } : each))),
        estimate,
      }).estimate;
    expect(tier('2h-3h', '15m')).toEqual({
      sumOfSteps: { fromMinutes: 120, toMinutes: 135 },
      declared: { fromMinutes: 120, toMinutes: 180 },
      bound: { fromMinutes: 120, toMinutes: 180 },
    });
    expect(tier('4h-6h', '45m')).toMatchObject({
      sumOfSteps: { fromMinutes: 150, toMinutes: 165 },
      bound: { fromMinutes: 240, toMinutes: 360 },
    });
  });

  it('counts a day as a working day, a phase by its own estimate, and leaves out what is skipped', () => {
    const runbook = runbookOf(
      { id: 'a', estimate: '1d', steps: [step('s', '10m')] },
      { id: 'b', steps: [step('t', '1h-1w')] },
      { id: 'c', steps: [step('u', '5h')] },
    );
    expect(plan(runbook, { skippedPhases: ['c'] }).estimate).toEqual({
      sumOfSteps: { fromMinutes: 600, toMinutes: 540 + 2_700 },
      declared: null,
      bound: { fromMinutes: 600, toMinutes: 3_240 },
    });
  });
});

describe('whatever the phases', () => {
  const units = fc.constantFrom('m', 'h', 'd', 'w', 'bd');
  const ranges = fc
    .tuple(fc.nat(30), fc.nat(30), units)
    .map(([a, b, unit]) => `${Math.min(a, b)}${unit}-${Math.max(a, b)}${unit}`);
  const sketches = fc.array(
    fc.record({ range: ranges, needs: fc.array(fc.nat(7), { maxLength: 3 }), start: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC');
  const starts = fc
    .date({ min: new Date('2024-01-01'), max: new Date('2028-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const built = (list: readonly { range: string; needs: readonly number[]; start: boolean }[]) =>
    runbookOf(
      ...list.map(({ range, needs, start }, index) =>
        phase(`p${index}`, range, {
          needs: needs.filter((need) => need < index).map((need) => `p${need}`),
          ...(start && index === list.length - 1 ? { start: 'go_live 09:00' } : {}),
        }),
      ),
    );

  it('RUN-17: nothing starts before what it needs, ends before it starts, or is later at best than at worst', () => {
    fc.assert(
      fc.property(sketches, zones, starts, (list, timezone, start) => {
        const runbook = built(list);
        const made = plan(runbook, { start, calendar: { timezone } });
        const times = new Map(made.phases.map((each) => [each.id, each]));
        for (const each of made.phases) {
          expect(each.earliestStart >= start).toBe(true);
          expect(each.earliestStart <= each.earliestEnd && each.latestStart <= each.latestEnd).toBe(true);
          expect(each.earliestStart <= each.latestStart && each.earliestEnd <= each.latestEnd).toBe(true);
          for (const need of runbook.phases.find(({ id }) => id === each.id)?.needs ?? []) {
            expect(each.earliestStart >= (times.get(need)?.earliestEnd ?? '')).toBe(true);
            expect(each.latestStart >= (times.get(need)?.latestEnd ?? '')).toBe(true);
          }
        }
      }),
    );
  });

  it('RUN-17: the earliest go-live is feasible as a date, and the day before it is not', () => {
    fc.assert(
      fc.property(sketches, zones, starts, (list, timezone, start) => {
        const runbook = built([
          ...list.slice(0, -1),
          { range: '1d-1d', needs: list.map((_each, index) => index), start: true },
        ]);
        const calendar = { timezone, workdays: 'mon-sun' };
        const { earliestGoLive } = plan(runbook, { start, calendar });
        const day = new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(new Date(earliestGoLive ?? ''));
        const before = new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
        expect(plan(runbook, { start, calendar, goLive: day }).feasible).toBe(true);
        expect(plan(runbook, { start, calendar, goLive: before })).toMatchObject({
          feasible: false,
          shortBy: { workingDays: 1 },
        });
      }),
    );
  });
});
