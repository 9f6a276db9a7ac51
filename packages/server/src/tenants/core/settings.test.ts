import { describe, expect, it } from 'vitest';
import { cutlistProfile } from '../testing/registry.ts';
import { mergeMembers, parseSettings } from './settings.ts';

const { plans } = cutlistProfile();

describe('REG-10, REG-11: settings of a tenant', () => {
  it('the example of the enterprise runbook is accepted as it is', () => {
    const settings = {
      features: { sso: true, scim: false, api_access: true },
      limits: { users: 1000, api_calls_per_15min: 50_000 },
    };
    expect(parseSettings(settings, plans)).toEqual(settings);
  });

  it.each([
    ['an unknown key', { feature: {} }, 'settings'],
    ['an unknown feature', { features: { ssso: true } }, 'settings.features.ssso'],
    ['an unknown limit', { limits: { user: 1 } }, 'settings.limits.user'],
    ['a feature that is no boolean', { features: { sso: 'yes' } }, 'settings.features.sso'],
    ['a negative limit', { limits: { users: -1 } }, 'settings.limits.users'],
    ['half a user', { limits: { users: 1.5 } }, 'settings.limits.users'],
    ['a limit as text', { limits: { users: '100' } }, 'settings.limits.users'],
    ['custom as a value', { limits: { users: 'custom' } }, 'settings.limits.users'],
    [
      'an approval without a name',
      { feature_approvals: { sso: { reason: 'x' } } },
      'settings.feature_approvals.sso.approved_by',
    ],
    ['a name every object has', { features: { constructor: true } }, 'settings.features.constructor'],
    ['a list', [], 'settings'],
    ['nothing', null, 'settings'],
  ])('%s is refused and named', (_what, settings, path) => {
    expect(() => parseSettings(settings, plans)).toThrow(
      expect.objectContaining({
        code: 'request.invalid',
        faults: expect.arrayContaining([expect.objectContaining({ path })]),
      }),
    );
  });
});

it('a change leaves what it does not name, and null takes a value away', () => {
  expect(mergeMembers({ users: 10, projects: 5 }, { users: 20 })).toEqual({ users: 20, projects: 5 });
  expect(mergeMembers({ users: 10, projects: 5 }, { projects: null })).toEqual({ users: 10 });
  expect(mergeMembers(undefined, { users: 1 })).toEqual({ users: 1 });
});

it('a change cannot reach the prototype', () => {
  const merged = mergeMembers({}, JSON.parse('{"__proto__": {"users": 1}}'));
  expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  expect(Object.keys(merged)).toEqual(['__proto__']);
});
