import { describe, expect, it } from 'vitest';
import {
  decideOffboarding,
  deletionDue,
  OFFBOARDING_CAUSES,
  type OffboardingCause,
  reminderDue,
} from './offboarding.ts';

const NOW = new Date('2026-11-20T09:00:00Z');
const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);
const wish = (cause: OffboardingCause, more = {}) => ({
  cause,
  reason: 'because',
  authority: 'Dana',
  secondAuthority: 'Lee',
  erasureRequest: false,
  ...more,
});
const code = (value: string) => expect.objectContaining({ code: value });

describe('an offboarding', () => {
  it.each([
    ['OFF-01', 'customer_request', 30],
    ['OFF-02', 'contract_end', 30],
    ['OFF-03', 'non_payment', 60],
    ['OFF-04', 'terms_violation', 0],
  ] as const)('OFF-01, OFF-02, OFF-03, OFF-04: %s: %s leaves %i days', (_id, cause, days) => {
    expect(decideOffboarding(wish(cause), NOW)).toEqual({ endsAt: later(days) });
  });

  it('CH-50: without grace a second person agrees, and is not the first', () => {
    for (const secondAuthority of [undefined, ' ', 'dana ']) {
      expect(() => decideOffboarding(wish('terms_violation', { secondAuthority }), NOW)).toThrow(
        code('request.invalid'),
      );
    }
    for (const cause of OFFBOARDING_CAUSES) {
      expect(() => decideOffboarding(wish(cause, { reason: ' ' }), NOW)).toThrow(code('request.invalid'));
    }
  });

  it('CH-78: keeps the data for thirty days more, and not a day on a request for erasure', () => {
    expect(deletionDue(NOW, false)).toEqual(later(30));
    expect(deletionDue(NOW, true)).toEqual(NOW);
  });

  it('CH-32: reminds 30, 7 and 1 days before, and never of what the notice has just said', () => {
    const at = (grace: number, day: number) => reminderDue(NOW, later(grace), later(day));
    expect([0, 29, 30, 52, 53, 59].map((day) => at(60, day))).toEqual([undefined, undefined, 30, 30, 7, 1]);
    expect([0, 1, 22, 23, 29].map((day) => at(30, day))).toEqual([undefined, undefined, undefined, 7, 1]);
  });
});
