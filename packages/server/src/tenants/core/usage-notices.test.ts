import { expect, it } from 'vitest';
import { noticesDue, type UsageNotice } from './usage-notices.ts';

const NOW = new Date('2026-11-20T09:00:00Z');
const NEXT_MONTH = new Date('2026-12-01T09:00:00Z');
const due = (used: number, notices: readonly UsageNotice[] = [], now = NOW, limit: number | 'unlimited' = 10) =>
  noticesDue({
    limits: { projects: limit, api_calls_per_15min: 5 },
    usage: { projects: used, api_calls_per_15min: 9 },
    notices,
    now,
  }).map(({ level, standing, tell }) => `${level} ${standing ? 'above' : 'below'} ${tell ? 'told' : 'quiet'}`);
const notice = (level: 'soft' | 'reached', standing: boolean, period = '2026-11') => ({
  meter: 'projects',
  level,
  standing,
  period,
});

it('PLAN-09: four fifths and the whole of a limit are each told of when they are crossed', () => {
  expect(due(7)).toEqual([]);
  expect(due(8)).toEqual(['soft above told']);
  expect(due(9, [notice('soft', true)])).toEqual([]);
  expect(due(10, [notice('soft', true)])).toEqual(['reached above told']);
});

it('who goes past both at once is told of the higher one', () => {
  expect(due(12)).toEqual(['soft above quiet', 'reached above told']);
});

it('falling below and rising again is another crossing, told of once a month', () => {
  expect(due(7, [notice('soft', true)])).toEqual(['soft below quiet']);
  expect(due(8, [notice('soft', false)])).toEqual(['soft above quiet']);
  expect(due(8, [notice('soft', false)], NEXT_MONTH)).toEqual(['soft above told']);
  // One that stands is no news next month either.
  expect(due(8, [notice('soft', true)], NEXT_MONTH)).toEqual([]);
});

it('what has no end, allows nothing or counts in a window is not told of', () => {
  expect(due(99, [], NOW, 'unlimited')).toEqual([]);
  expect(due(99, [], NOW, 0)).toEqual([]);
});
