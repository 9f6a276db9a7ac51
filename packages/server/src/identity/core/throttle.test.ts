import { expect, it } from 'vitest';
import { delayAfter, THROTTLE_RULES, type ThrottleRule } from './throttle.ts';

const RULES: readonly (readonly [string, ThrottleRule])[] = Object.entries(THROTTLE_RULES);

it.each(RULES)('%s: the first failures cost nothing, and each one after doubles the delay', (_kind, rule) => {
  expect(delayAfter(rule, rule.free - 1)).toBe(0);
  expect(delayAfter(rule, rule.free)).toBe(rule.firstDelayMs);
  expect(delayAfter(rule, rule.free + 1)).toBe(Math.min(rule.delayMaxMs, 2 * rule.firstDelayMs));
});

it.each(RULES)('%s: no delay grows past an hour, after however many failures', (_kind, rule) => {
  for (const failures of [100, 10_000, 1e9]) expect(delayAfter(rule, failures)).toBe(rule.delayMaxMs);
  expect(rule.delayMaxMs).toBeLessThanOrEqual(60 * 60_000);
});

it('no account and no address waits longer than five minutes for its next log-in', () => {
  for (const kind of ['account', 'pair', 'address'] as const) {
    expect(THROTTLE_RULES[kind].delayMaxMs).toBe(5 * 60_000);
  }
});
