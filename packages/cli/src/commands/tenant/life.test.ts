import { describe, expect, it } from 'vitest';
import { cli } from '../../testing/cli.ts';
import { startFakeControlPlane } from '../../testing/fake-control-plane.ts';

const life = {
  tenant_id: '7d444840-9dc0-41d4-a716-446655440000',
  slug: 'acme',
  status: 'suspended',
  access_mode: 'read-only',
  status_reason: 'late',
  closed_at: null,
  possible: ['active', 'offboarded'],
  suspensions: [
    {
      id: 's1',
      cause: 'payment_failure',
      priority: 'P0',
      access_mode: 'read-only',
      reason: 'late',
      authority: 'Dana',
      began_at: '2026-11-20T08:00:00.000Z',
    },
  ],
  trial_ends_at: null,
  plan_change: null,
};
const impact = {
  from: 'professional',
  to: 'starter',
  direction: 'downgrade',
  limits: [{ name: 'users', before: 100, after: 20, used: 30, excess: 10 }],
  features: [{ name: 'api_access', before: true, after: true }],
  sla_percent: { before: 99.5, after: 99 },
  conflicts: [],
  unset: [],
};

async function connected() {
  const plane = await startFakeControlPlane();
  const run = (...argv: readonly string[]) => cli([...argv, '--url', plane.url, '--key', 'tnt_x']);
  return { plane, run };
}

describe('tenant', () => {
  it('LIFE-02: suspends and reinstates', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('POST /api/v1/tenants/acme/suspend', () => life);
    plane.handlers.set('POST /api/v1/tenants/acme/reinstate', () => ({ ...life, status: 'active', suspensions: [] }));
    const suspended = await run('tenant', 'suspend', 'acme', '--cause', 'payment_failure', '--reason', 'late');
    expect(suspended.stdout).toContain('suspended for payment_failure (P0)');
    expect(plane.received.at(-1)?.body).toEqual({ cause: 'payment_failure', reason: 'late' });
    const opened = await run('tenant', 'reinstate', 'acme', '--resolution', 'paid');
    expect(opened.stdout).toContain('Open again.');
    expect((await run('tenant', 'suspend', 'acme', '--cause', 'mood', '--reason', 'r')).code).toBe(2);
  });

  it('PLAN-11: shows the impact without changing anything, and asks why before it does', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('GET /api/v1/tenants/acme/plan-impact', () => impact);
    const change = { tenant_id: life.tenant_id, impact, due_at: '2027-01-01T00:00:00.000Z' };
    plane.handlers.set('POST /api/v1/tenants/acme/change-plan', () => change);
    const dry = await run('tenant', 'change-plan', 'acme', 'starter', '--dry-run');
    expect(dry.stdout).toMatch(/users\s+100\s+20\s+30\s+10/);
    expect((await run('tenant', 'change-plan', 'acme', 'starter')).code).toBe(2);
    const wish = ['--reason', 'r', '--on', '2027-01-01', '--limit', 'users=40', 'projects=none'];
    const asked = await run('tenant', 'change-plan', 'acme', 'starter', ...wish);
    expect(asked.code).toBe(0);
    expect(plane.received.at(-1)?.body).toEqual({
      plan: 'starter',
      reason: 'r',
      limits: { users: 40, projects: null },
      due_at: '2027-01-01T00:00:00.000Z',
    });
    for (const bad of [
      ['--limit', 'users=-1'],
      ['--on', 'soon'],
    ])
      expect((await run('tenant', 'change-plan', 'acme', 'starter', '--reason', 'r', ...bad)).code).toBe(2);
  });
});
