import { describe, expect, it } from 'vitest';
import { stagesOf } from './stages.ts';
import type { Offboarding } from './tenant-types.ts';

const leaving = (more: Partial<Offboarding> = {}): Offboarding => ({
  id: 'offboarding_1',
  tenant_id: 't',
  slug: 'acme',
  name: 'Acme',
  cause: 'non_payment',
  priority: 'P2',
  reason: 'why',
  authority: 'Ada',
  second_authority: null,
  state: 'grace',
  announced_at: '2026-11-01T09:00:00.000Z',
  ends_at: '2026-12-31T09:00:00.000Z',
  offboarded_at: null,
  delete_data: true,
  erasure_request: false,
  delete_after: null,
  legal_hold: null,
  steps: {},
  obstacle: null,
  ended_at: null,
  certificate: null,
  ...more,
});
const NOW = Date.parse('2026-12-05T09:00:00Z');
const brief = (more?: Partial<Offboarding>) =>
  stagesOf(leaving(more), NOW).map(({ title, state, at }) => [title, state, at?.slice(0, 10)]);

describe('the way out', () => {
  it('CH-32, OFF-10: shows the notice, each reminder and each date, and where it stands', () => {
    expect(brief()).toEqual([
      ['Notice', 'done', '2026-11-01'],
      ['Grace, 60 days', 'now', '2026-12-31'],
      ['Reminder, 30 days before', 'done', '2026-12-01'],
      ['Reminder, 7 days before', 'next', '2026-12-24'],
      ['Reminder, a day before', 'next', '2026-12-30'],
      ['Access ends', 'next', '2026-12-31'],
      ['Retention, 30 days', 'next', '2027-01-30'],
      ['Deletion', 'next', undefined],
    ]);
  });

  it('without a grace has no reminder, with a legal hold no deletion, and where data is kept no date', () => {
    const at = '2026-11-01T09:00:00.000Z';
    const ended = { cause: 'terms_violation', state: 'offboarded', ends_at: at, offboarded_at: at } as const;
    expect(
      brief({ ...ended, delete_after: '2026-12-01T09:00:00.000Z' }).map(([title, state]) => [title, state]),
    ).toEqual([
      ['Notice', 'done'],
      ['Access has ended', 'done'],
      ['Retention, 30 days', 'now'],
      ['Deletion', 'next'],
    ]);
    expect(brief({ ...ended, legal_hold: { reason: 'court', authority: 'Lea' } }).at(-1)).toEqual([
      'Deletion',
      'off',
      undefined,
    ]);
    expect(brief({ ...ended, delete_data: false }).at(-1)).toEqual(['The data is kept', 'now', undefined]);
    expect(brief({ ...ended, state: 'deleted', ended_at: at }).at(-1)).toEqual(['Deleted', 'done', '2026-11-01']);
  });
});
