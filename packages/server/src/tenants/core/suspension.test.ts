import { describe, expect, it } from 'vitest';
import { byPriority, CAUSES, type Cause, decideSuspension, strictest } from './suspension.ts';

/** Written out apart from the table it is compared with (003 §6.2, CH-06, CH-08). */
const SEED: readonly (readonly [Cause, string, 'automatic' | 'manual', string])[] = [
  ['payment_failure', 'LIFE-12', 'automatic', 'read-only'],
  ['terms_violation', 'LIFE-13', 'manual', 'blocked'],
  ['security_incident', 'LIFE-14', 'manual', 'blocked'],
  ['customer_request', 'LIFE-15', 'manual', 'read-only'],
  ['inactivity', 'LIFE-16', 'automatic', 'read-only'],
  ['trial_expired', 'LIFE-04', 'automatic', 'read-only'],
];

const wish = (cause: Cause, more = {}) => ({ cause, reason: 'because', authority: 'Ann', byMachine: false, ...more });
const code = (value: string) => expect.objectContaining({ code: value });

describe('LIFE-12, LIFE-13, LIFE-14, LIFE-15, LIFE-16: causes of a suspension', () => {
  it.each(SEED)('%s (%s) is %s and leaves the tenant %s', (cause, _id, decided, mode) => {
    expect(decideSuspension(wish(cause))).toBe(mode);
    const byMachine = () => decideSuspension(wish(cause, { byMachine: true }));
    if (decided === 'manual') expect(byMachine).toThrow(code('access.forbidden'));
    else expect(byMachine()).toBe(mode);
  });

  it('LIFE-05 LIFE-14 CH-06: the access mode is chosen for each suspension, but a security incident always blocks', () => {
    expect(decideSuspension(wish('payment_failure', { accessMode: 'blocked' }))).toBe('blocked');
    expect(decideSuspension(wish('security_incident', { accessMode: 'blocked' }))).toBe('blocked');
    expect(() => decideSuspension(wish('security_incident', { accessMode: 'read-only' }))).toThrow(
      code('request.invalid'),
    );
  });

  it('LIFE-15, LIFE-17: none goes without a reason, and the request of a customer not without who asked', () => {
    for (const cause of CAUSES) {
      expect(() => decideSuspension(wish(cause, { reason: ' ' }))).toThrow(code('request.invalid'));
    }
    expect(() => decideSuspension(wish('customer_request', { authority: '' }))).toThrow(code('request.invalid'));
    expect(() => decideSuspension(wish('customer_request', { authority: undefined, reason: '' }))).toThrow(
      expect.objectContaining({ faults: [expect.anything(), expect.anything()] }),
    );
  });

  it('the most urgent comes first, and the strictest mode wins', () => {
    expect([...CAUSES].sort(byPriority).at(0)).toBe('payment_failure');
    expect([...CAUSES].sort(byPriority).at(-1)).toBe('inactivity');
    expect(strictest(['read-only', 'blocked'])).toBe('blocked');
    expect(strictest(['read-only'])).toBe('read-only');
    expect(strictest([])).toBeUndefined();
  });
});
