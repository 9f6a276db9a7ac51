import { expect, it } from 'vitest';
import { PLANS } from '../../products/index.ts';
import { PLAN_WORDS, planFromWord } from './plan-words.ts';

it.each(PLANS)('REG-13: %s means itself, however it is capitalised', (plan) => {
  expect(planFromWord(` ${plan.toUpperCase()} `)).toEqual({ plan, overrides: false });
});

it('INT-02 CH-01: Custom of the handoff is enterprise with limits of its own', () => {
  expect(planFromWord('Custom')).toEqual({ plan: 'enterprise', overrides: true });
});

it.each(['gold', '', 'pro', 'constructor', '__proto__'])('"%s" is refused with the list of valid words', (word) => {
  expect(() => planFromWord(word)).toThrow(
    expect.objectContaining({
      code: 'tenant.plan_unknown',
      facts: { word, valid: PLAN_WORDS },
      next: 'Use one of: free, starter, professional, enterprise, custom.',
    }),
  );
});

it.each(['Basic', 'premium'])('%s is refused as an offering that says nothing about limits', (word) => {
  expect(() => planFromWord(word)).toThrow(/offering: it sets isolation and support tier/);
});
