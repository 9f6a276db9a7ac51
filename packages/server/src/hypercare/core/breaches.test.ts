import { describe, expect, it } from 'vitest';
import { findBreaches, slopeOf } from './breaches.ts';
import { saidLines, saidResolutions } from './said-lines.ts';
import { busiestQuarter, usageOf } from './usage.ts';
import { breachText } from './words.ts';

const calm = { error_rate: 0.0005, p95_ms: 300, log_in_success_rate: 0.999, tickets: 1 };
const week = (day: Partial<typeof calm> = {}) => Array.from({ length: 7 }, () => ({ ...calm, ...day }));

describe('the watch', () => {
  it('finds nothing in calm figures, and nothing in figures nobody reported', () => {
    expect(findBreaches(calm, week())).toEqual([]);
    const silent = { error_rate: null, p95_ms: null, log_in_success_rate: null, tickets: null };
    expect(findBreaches(silent, week())).toEqual([]);
  });

  it.each([
    ['error_rate', 0.01, 0.0101],
    ['p95_ms', 1_000, 1_001],
    ['log_in_success_rate', 0.95, 0.949],
  ] as const)('HYP-05 HYP-06 HYP-07: %s at %d is no alert, and at %d is one', (metric, at, past) => {
    const before = week({ error_rate: 0.009, p95_ms: 900 });
    expect(findBreaches({ ...calm, [metric]: at }, before)).toEqual([]);
    expect(findBreaches({ ...calm, [metric]: past }, before)).toMatchObject([
      { metric, kind: 'alert', figure: past, threshold: at },
    ]);
  });

  it.each([
    [2, 0, false],
    [3, 0, true],
    [3, 1.5, false],
    [4, 1.5, true],
    [20, 10, false],
    [21, 10, true],
  ])('HYP-08: %d tickets in a day after %d a day is a spike: %s', (tickets, daily, isSpike) => {
    const found = findBreaches({ ...calm, tickets }, week({ tickets: daily }));
    expect(found.map(({ metric, kind, figure }) => [metric, kind, figure])).toEqual(
      isSpike ? [['tickets', 'spike', tickets]] : [],
    );
  });

  it('HYP-08: tickets of a tenant without a history are a spike from three on', () => {
    const unknown = Array.from({ length: 7 }, () => ({ ...calm, tickets: null }));
    expect(findBreaches({ ...calm, tickets: 2 }, unknown)).toEqual([]);
    expect(findBreaches({ ...calm, tickets: 3 }, unknown)).toMatchObject([{ baseline: 0, threshold: 2 }]);
  });

  it('a figure within its bound that has more than doubled is a spike, unless it still meets its target', () => {
    const [spike] = findBreaches({ ...calm, p95_ms: 700 }, week({ p95_ms: 300 }));
    expect(spike).toEqual({ metric: 'p95_ms', kind: 'spike', figure: 700, threshold: 600, baseline: 300 });
    expect(spike && breachText(spike)).toBe(
      'Response time (p95): 700 ms, a spike against 300 ms a day before (bound 600 ms)',
    );
    expect(findBreaches({ ...calm, p95_ms: 490 }, week({ p95_ms: 100 }))).toEqual([]);
  });

  it('two known days are no baseline', () => {
    const days = week({ p95_ms: 300 }).map((day, at) => (at < 2 ? day : { ...day, p95_ms: null }));
    expect(findBreaches({ ...calm, p95_ms: 700 }, days)).toEqual([]);
  });

  it('HYP-08: the trend is the slope through the days that are known', () => {
    expect(slopeOf([1, 2, 3, 4, 5, 6, 7])).toBeCloseTo(1);
    expect(slopeOf([4, null, 2, null, 0])).toBeCloseTo(-1);
    expect(slopeOf([null, 4, null])).toBeNull();
  });
});

describe('use of the limits', () => {
  it('says how much of each is used, and which nobody counts here', () => {
    const lines = usageOf({ users: 40, storage_bytes: 1_000, projects: 'unlimited' }, { users: 12, projects: 3 });
    expect(lines.map(({ name, text, share }) => [name, text, share])).toEqual([
      ['projects', '3 no limit', null],
      ['storage_bytes', 'not counted here of 1000', null],
      ['users', '12 of 40, 30 %', 0.3],
    ]);
  });

  it('the busiest quarter of an hour adds processes up and spreads a long report over its time', () => {
    const report = (from: string, to: string, requests: number) => ({
      from: new Date(`2026-11-20T${from}Z`),
      to: new Date(`2026-11-20T${to}Z`),
      requests,
      errors: 0,
      latency: null,
      logIns: null,
      logInsFailed: null,
      activeUsers: null,
      tickets: null,
      features: {},
    });
    expect(busiestQuarter([])).toBeUndefined();
    expect(busiestQuarter([report('09:00:00', '10:00:00', 400), report('09:20:00', '09:25:00', 50)])).toBe(150);
  });
});

describe('what people write', () => {
  it('HYP-12 HYP-14: is one thing a line, with or without bullets, and none is nothing', () => {
    expect(saidLines('- Exports are slow\n* [ ] Train the second site\n\n1. Ask for SSO')).toEqual([
      'Exports are slow',
      'Train the second site',
      'Ask for SSO',
    ]);
    expect(['none', 'None.', '-', '', 'n/a'].flatMap(saidLines)).toEqual([]);
  });

  it('HYP-12: says by number what is resolved, and how', () => {
    expect(saidResolutions('#3 The cache was too small\n4: trained\n5\nthe rest')).toEqual({
      resolved: [
        { number: 3, resolution: 'The cache was too small' },
        { number: 4, resolution: 'trained' },
        { number: 5, resolution: 'Said to be resolved at a check-in' },
      ],
      notUnderstood: ['the rest'],
    });
  });
});
