import { describe, expect, it } from 'vitest';
import { cutlistProfile } from '../testing/registry.ts';
import { excesses, limitState, planImpact, windowMs } from './plan-impact.ts';

const table = cutlistProfile().plans;
const impact = (from: 'free' | 'professional' | 'enterprise', to: 'free' | 'starter' | 'enterprise', usage = {}) =>
  planImpact({ table, plan: from, settings: {}, next: { plan: to, settings: {} }, usage });

describe('the impact of a plan change', () => {
  it('PLAN-11: names what is used beyond the new plan, and by how much', () => {
    const found = impact('professional', 'starter', { users: 30, projects: 50, storage_bytes: 1 });
    expect(found.direction).toBe('downgrade');
    expect(excesses(found)).toEqual([{ name: 'users', before: 100, after: 20, used: 30, excess: 10 }]);
  });

  it('CH-56: a limit of a window is no stock, however often it was used up', () => {
    expect(excesses(impact('professional', 'free', { api_calls_per_15min: 2_000 }))).toEqual([]);
  });

  it('PLAN-10: shows limits, features and availability before and after', () => {
    const found = impact('free', 'enterprise');
    expect(found).toMatchObject({ direction: 'upgrade', slaPercent: { before: null, after: 99.9 } });
    expect(found.features).toContainEqual({ name: 'sso', before: false, after: true });
    expect(found.limits).toContainEqual({ name: 'users', before: 5, after: 'unlimited', used: null, excess: 0 });
    expect(found.unset).toEqual(['storage_bytes', 'api_calls_per_15min']);
  });

  it('names what was promised and the plan does not include', () => {
    const settings = { features: { sso: true } };
    const found = planImpact({ table, plan: 'enterprise', settings, next: { plan: 'starter', settings }, usage: {} });
    expect(found.conflicts).toEqual(['sso']);
  });
});

it.each([
  ['api_calls_per_15min', 900_000],
  ['webhooks_per_minute', 60_000],
  ['exports_per_day', 86_400_000],
  ['users', undefined],
  ['storage_bytes', undefined],
  ['things_per_moon', undefined],
])('PLAN-22: the window of %s is %s ms', (name, ms) => {
  expect(windowMs(name)).toBe(ms);
});

it.each([
  [0, 5, 'ok'],
  [3, 5, 'ok'],
  [4, 5, 'soft'],
  [5, 5, 'reached'],
  [6, 5, 'reached'],
  [0, 0, 'reached'],
  [1e12, 'unlimited', 'ok'],
] as const)('PLAN-09: %s of %s is %s', (used, limit, state) => {
  expect(limitState(used, limit)).toBe(state);
});
