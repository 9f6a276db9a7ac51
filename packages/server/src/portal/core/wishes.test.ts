import { describe, expect, it } from 'vitest';
import { dueAt, isCurrent, possibleWishes } from './wishes.ts';

const NOW = new Date('2026-11-20T09:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);
const leaving = (state: string) => ({ status: 'active', offboarding: { state, announcedAt: daysAgo(5) } });
const here = { status: 'active', offboarding: undefined };

describe('what a client may ask for', () => {
  it('OFF-05: is to stay while its tenant leaves, until the deletion begins', () => {
    expect(possibleWishes(leaving('grace'))).toEqual(['export', 'stay']);
    expect(possibleWishes(leaving('offboarded'))).toEqual(['export', 'stay']);
    expect(possibleWishes(leaving('deleting'))).toEqual([]);
    expect(possibleWishes(here)).toEqual(['export', 'plan']);
    expect(possibleWishes({ status: 'offboarded', offboarding: undefined })).toEqual([]);
  });

  it('OFF-27: an export is owed within 30 days, and then no longer on the table', () => {
    expect(dueAt('export', NOW)?.toISOString()).toBe('2026-12-20T09:00:00.000Z');
    expect(dueAt('stay', NOW)).toBeNull();
    expect(isCurrent('export', daysAgo(29), here, NOW)).toBe(true);
    expect(isCurrent('export', daysAgo(30), here, NOW)).toBe(false);
  });

  it('a wish to stay is about one leaving, and not about the next', () => {
    expect(isCurrent('stay', daysAgo(4), leaving('grace'), NOW)).toBe(true);
    expect(isCurrent('stay', daysAgo(6), leaving('grace'), NOW)).toBe(false);
    expect(isCurrent('stay', daysAgo(4), here, NOW)).toBe(false);
  });
});
