import { describe, expect, it } from 'vitest';
import { PLANS, type Plan } from '../../products/index.ts';
import { cutlistProfile } from '../testing/registry.ts';
import {
  assertFeaturesInPlan,
  effectiveFeatures,
  effectiveLimits,
  featureConflicts,
  resolveLimits,
} from './entitlements.ts';

const { plans } = cutlistProfile();
const CONTRACT = { users: 1000, storage_bytes: 5_000_000_000_000, api_calls_per_15min: 50_000 };

describe('the shipped plan table', () => {
  it.each([
    ['PLAN-02', 'users', [5, 20, 100, 'unlimited']],
    ['PLAN-03', 'projects', [10, 50, 200, 'unlimited']],
    ['PLAN-04', 'storage_bytes', [100_000_000, 1_000_000_000, 10_000_000_000, 'custom']],
    ['PLAN-05', 'api_calls_per_15min', [100, 500, 2000, 'custom']],
  ])('%s: the limit %s is %j', (_id, limit, values) => {
    expect(PLANS.map((plan) => plans[plan].limits[limit])).toEqual(values);
  });

  it('PLAN-01: there are four plans, each with a title', () => {
    expect(PLANS.map((plan) => plans[plan].title)).toEqual(['Free', 'Starter', 'Professional', 'Enterprise']);
  });

  it.each([
    ['PLAN-06', 'sso'],
    ['PLAN-07', 'scim'],
  ])('%s: %s is in enterprise only', (_id, feature) => {
    expect(PLANS.map((plan) => plans[plan].features[feature])).toEqual([false, false, false, true]);
  });

  it('PLAN-08: availability promised by plan', () => {
    expect(PLANS.map((plan) => plans[plan].sla_percent)).toEqual([null, 99, 99.5, 99.9]);
  });
});

describe('limits', () => {
  it.each(PLANS)('REG-11: on %s a value of the tenant wins over that of the plan, limit by limit', (plan) => {
    for (const limit of Object.keys(plans[plan].limits)) {
      const { limits, unset } = resolveLimits(plans, plan, { [limit]: 7 });
      const others = Object.keys(plans[plan].limits).filter((name) => name !== limit);
      expect(limits[limit]).toBe(7);
      for (const other of others) {
        const planned = plans[plan].limits[other];
        if (planned === 'custom') expect(unset).toContain(other);
        else expect(limits[other]).toBe(planned);
      }
    }
  });

  it('a limit of nothing and no limit are values like any other', () => {
    expect(resolveLimits(plans, 'free', { users: 0, projects: 'unlimited' }).limits).toMatchObject({
      users: 0,
      projects: 'unlimited',
    });
  });

  it('what a plan leaves to the contract has no value until the contract gives one', () => {
    expect(resolveLimits(plans, 'enterprise', undefined).unset).toEqual(['storage_bytes', 'api_calls_per_15min']);
    expect(() => effectiveLimits(plans, 'enterprise', { api_calls_per_15min: 50_000 })).toThrow(
      expect.objectContaining({ code: 'tenant.limit_unset', facts: { plan: 'enterprise', unset: ['storage_bytes'] } }),
    );
    expect(effectiveLimits(plans, 'enterprise', CONTRACT)).toEqual({ ...CONTRACT, projects: 'unlimited' });
  });
});

describe('features', () => {
  it('the flag of the tenant wins over what the plan includes', () => {
    expect(effectiveFeatures(plans, 'enterprise', { scim: false })).toEqual({
      sso: true,
      scim: false,
      api_access: true,
    });
    expect(effectiveFeatures(plans, 'free', undefined)).toEqual({ sso: false, scim: false, api_access: true });
  });

  const below = PLANS.filter((plan): plan is Plan => plan !== 'enterprise');

  it.each(below)('PLAN-06: sso cannot be switched on for %s', (plan) => {
    const settings = { features: { sso: true, api_access: true } };
    expect(featureConflicts(plans, plan, settings)).toEqual(['sso']);
    expect(() => assertFeaturesInPlan(plans, plan, settings)).toThrow(
      expect.objectContaining({ code: 'tenant.feature_not_in_plan', facts: { plan, features: ['sso'] } }),
    );
  });

  it.each(below)('PLAN-07: scim cannot be switched on for %s', (plan) => {
    expect(() => assertFeaturesInPlan(plans, plan, { features: { scim: true } })).toThrow(/does not include scim/);
  });

  it('switching a feature off that the plan lacks is no conflict', () => {
    expect(featureConflicts(plans, 'free', { features: { sso: false } })).toEqual([]);
  });

  it('an exception that somebody approved holds for the feature it names and for no other', () => {
    const feature_approvals = { sso: { approved_by: 'Lea Lead', reason: 'contract 2026-114' } };
    expect(featureConflicts(plans, 'professional', { features: { sso: true, scim: true }, feature_approvals })).toEqual(
      ['scim'],
    );
  });
});
