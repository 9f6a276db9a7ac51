import { describe, expect, it } from 'vitest';
import { effectiveFeatures, effectiveLimits } from './plan-limits.ts';
import { admitByStatus } from './status-gate.ts';

const member = { role: 'member', pilot: false };

describe('effectiveLimits', () => {
  it('REG-11: the tenant’s settings override the plan, each limit by itself', () => {
    expect(effectiveLimits('enterprise', { limits: { users: 1000, api_calls_per_15min: 50_000 } })).toEqual({
      users: 1000,
      projects: Number.POSITIVE_INFINITY,
      apiCallsPer15Min: 50_000,
    });
    expect(effectiveLimits('free', {})).toEqual({ users: 5, projects: 10, apiCallsPer15Min: 100 });
  });

  it('PLAN-02, PLAN-03: each plan has its users and projects', () => {
    const plans = ['free', 'starter', 'professional', 'enterprise'] as const;
    const limits = plans.map((plan) => effectiveLimits(plan, {}));
    expect(limits.map((limit) => limit.users)).toEqual([5, 20, 100, Number.POSITIVE_INFINITY]);
    expect(limits.map((limit) => limit.projects)).toEqual([10, 50, 200, Number.POSITIVE_INFINITY]);
  });

  it('takes the plan’s value where the settings hold no count', () => {
    for (const users of [-1, 1.5, '20', null, Number.NaN]) {
      expect(effectiveLimits('starter', { limits: { users } }).users).toBe(20);
    }
    expect(effectiveLimits('starter', null).users).toBe(20);
  });

  it('REG-10: a feature is on only when the settings say so', () => {
    expect(effectiveFeatures({ features: { sso: true, scim: 'yes' } })).toEqual({
      sso: true,
      scim: false,
      api_access: true,
    });
  });
});

describe('admitByStatus', () => {
  it('LIFE-33: before go-live admits admins and pilots, and nobody else', () => {
    expect(admitByStatus('onboarding', member)?.code).toBe('tenant_onboarding');
    expect(admitByStatus('onboarding', { ...member, pilot: true })).toBeUndefined();
    expect(admitByStatus('onboarding', { role: 'admin', pilot: false })).toBeUndefined();
  });

  it('admits everyone while active or on trial', () => {
    expect(admitByStatus('active', member)).toBeUndefined();
    expect(admitByStatus('trial', member)).toBeUndefined();
  });

  it('admits not even an admin when suspended, offboarded or in a status it does not know', () => {
    const admin = { role: 'admin', pilot: true };
    expect(admitByStatus('suspended', admin)?.code).toBe('tenant_suspended');
    expect(admitByStatus('offboarded', admin)?.code).toBe('tenant_offboarded');
    expect(admitByStatus('archived' as 'active', admin)?.status).toBe(403);
  });
});
