import { describe, expect, it } from 'vitest';
import { isDue, monthsOver, nextReview } from './review.ts';

describe('the next review of a runbook', () => {
  it.each([
    ['quarter', '2026-11-20', '2027-02-20'],
    ['month', '2027-01-31', '2027-02-28'],
    ['half_year', '2026-08-31', '2027-02-28'],
    ['year', '2028-02-29', '2029-02-28'],
    ['2w', '2026-12-25', '2027-01-08'],
    ['90d', '2026-11-20', '2027-02-18'],
  ])('RUN-02: %s after %s is %s', (every, from, next) => {
    expect(nextReview(every, from)).toBe(next);
  });

  it.each(['now and then', '0d', '-1mo', '', 'constructor'])('cannot be told from %j', (every) => {
    expect(nextReview(every, '2026-11-20')).toBeUndefined();
  });

  it('is due on its day, and asked for once a month until somebody looks', () => {
    const at = (day: string) => new Date(`${day}T09:00:00Z`);
    expect([isDue('2027-02-20', at('2027-02-19')), isDue('2027-02-20', at('2027-02-20'))]).toEqual([false, true]);
    expect([monthsOver('2027-02-20', at('2027-03-21')), monthsOver('2027-02-20', at('2027-03-22'))]).toEqual([0, 1]);
  });
});
