import { describe, expect, it } from 'vitest';
import { makeRunbook } from '../advance/testing/make-runbook.ts';
import { planTimeline } from './plan-timeline.ts';
import { slippage } from './slippage.ts';

const DAY_MS = 86_400_000;
const runbook = makeRunbook([
  { id: 'a', duration: '1d-2d', steps: [] },
  { id: 'b', duration: '1d-3d', steps: [] },
  { id: 'c', duration: '1d', steps: [] },
]);
const planned = planTimeline(runbook, { start: '2026-01-05T00:00:00.000Z', goLive: null, skippedPhases: [] });
const day = (number: number): string => `2026-01-${String(number).padStart(2, '0')}T00:00:00.000Z`;

describe('RUN-17: slippage', () => {
  it('calls a phase late past its latest end, ahead before its earliest, and on time between', () => {
    const done = (number: number) =>
      ({ a: { status: 'passed', round: 1, openedAt: day(5), doneAt: day(number) } }) as const;
    const ofA = (number: number) => slippage(planned, done(number), day(6))[0];
    expect(ofA(9)).toEqual({ id: 'a', status: 'late', lateMs: 2 * DAY_MS });
    expect(ofA(7)).toEqual({ id: 'a', status: 'on_time', lateMs: 0 });
    expect(ofA(6)).toEqual({ id: 'a', status: 'on_time', lateMs: 0 });
    expect(ofA(5)).toEqual({ id: 'a', status: 'ahead', lateMs: -DAY_MS });
  });

  it('holds an open phase against its latest end and one not reached against its latest start', () => {
    const actual = { a: { status: 'open', round: 1, openedAt: day(5) } } as const;
    expect(slippage(planned, actual, day(8))).toEqual([
      { id: 'a', status: 'late', lateMs: DAY_MS },
      { id: 'b', status: 'late', lateMs: DAY_MS },
      { id: 'c', status: 'on_time', lateMs: 0 },
    ]);
  });

  it('says nothing of a phase that was skipped', () => {
    const actual = { b: { status: 'skipped', round: 1, doneAt: day(6) } } as const;
    expect(slippage(planned, actual, day(5)).map(({ id }) => id)).toEqual(['a', 'c']);
  });
});
