import { describe, expect, it } from 'vitest';
import {
  assertPlanChange,
  findTransition,
  isLive,
  STATUS_OPERATIONS,
  STATUSES,
  type Status,
  TRANSITIONS,
  transition,
} from './status.ts';

/** Written out apart from the table it is compared with. */
const LEGAL: readonly (readonly [Status, Status, string])[] = [
  ['onboarding', 'active', 'go_live'],
  ['onboarding', 'trial', 'start_trial'],
  ['onboarding', 'offboarded', 'abandon'],
  ['trial', 'active', 'convert_trial'],
  ['trial', 'suspended', 'suspend'],
  ['trial', 'offboarded', 'offboard'],
  ['active', 'suspended', 'suspend'],
  ['active', 'offboarded', 'offboard'],
  ['suspended', 'active', 'reinstate'],
  ['suspended', 'offboarded', 'offboard'],
];

const PAIRS = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));
const isLegal = ([from, to]: readonly [Status, Status]) => LEGAL.some(([a, b]) => a === from && b === to);

describe('LIFE-01: the life of a tenant', () => {
  it.each(LEGAL)('%s -> %s is %s', (from, to, operation) => {
    expect(transition(from, to)).toBe(operation);
  });

  it.each(PAIRS.filter((pair) => !isLegal(pair)))('%s -> %s is refused', (from, to) => {
    expect(findTransition(from, to)).toBeUndefined();
    expect(() => transition(from, to)).toThrow(
      expect.objectContaining({
        code: 'tenant.illegal_transition',
        status: 409,
        facts: { from, to, possible: Object.keys(TRANSITIONS[from]) },
      }),
    );
  });

  it('has no status that cannot be reached, and no operation that nothing uses', () => {
    const targets = new Set(LEGAL.map(([, to]) => to));
    expect(STATUSES.filter((status) => !targets.has(status))).toEqual(['onboarding']);
    expect(new Set(LEGAL.map(([, , operation]) => operation))).toEqual(new Set(STATUS_OPERATIONS));
  });

  it('leads from every status to the end', () => {
    const reaches = (from: Status): boolean =>
      from === 'offboarded' || findTransition(from, 'offboarded') !== undefined;
    expect(STATUSES.filter((status) => !reaches(status))).toEqual([]);
  });
});

it('users are let in without further ado in a trial and in normal operation only', () => {
  expect(STATUSES.filter(isLive)).toEqual(['trial', 'active']);
});

it('PLAN-18: a plan may change in every status but the last', () => {
  for (const status of STATUSES.filter((one) => one !== 'offboarded'))
    expect(() => assertPlanChange(status)).not.toThrow();
  expect(() => assertPlanChange('offboarded')).toThrow(expect.objectContaining({ code: 'tenant.illegal_transition' }));
});
