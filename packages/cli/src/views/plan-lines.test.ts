import { describe, expect, it } from 'vitest';
import { plannedStep, samplePlan } from '../testing/sample-run.ts';
import { writtenTerminal } from '../testing/written-terminal.ts';
import { planLines } from './plan-lines.ts';

const plan = samplePlan([
  {
    id: 'contract',
    title: 'Contract',
    steps: [plannedStep({ step: 'handoff', title: 'Handoff is complete', kind: 'check', name: 'intake.record' })],
  },
  {
    id: 'setup',
    title: 'Set-up',
    steps: [
      plannedStep({
        step: 'tenant',
        title: 'Create the tenant',
        name: 'tenant.create',
        changes: [{ verb: 'create', kind: 'tenant', name: 'acme' }],
      }),
      plannedStep({
        step: 'plan',
        title: 'Set the plan',
        name: 'tenant.set_plan',
        changes: [
          {
            verb: 'change',
            kind: 'tenant',
            name: 'acme',
            before: { plan: 'free', seats: 5 },
            after: { plan: 'enterprise', seats: 5 },
          },
        ],
      }),
      plannedStep({
        step: 'row',
        title: 'Create the first project',
        name: 'postgres.row',
        changes: [{ verb: 'create', kind: 'row', name: 'projects (known after apply)' }],
      }),
      plannedStep({
        step: 'limit',
        title: 'Raise the limit',
        name: 'tenant.set_limits',
        changes: [
          {
            verb: 'change',
            kind: 'limit',
            name: 'storage',
            before: { bytes: null },
            after: { bytes: { $unknown: 'steps.tenant.output.bytes' } },
          },
        ],
      }),
      plannedStep({
        step: 'sso',
        title: 'Set up single sign-on',
        decision: 'skipped',
        reason: 'not intake.sso.required',
      }),
      plannedStep({
        step: 'scim',
        title: 'Set up SCIM',
        name: 'scim.token',
        decision: 'depends',
        reason: 'decided by steps.sso.passed',
      }),
      plannedStep({ step: 'probe', title: 'Probe', name: 'http.get', problem: 'the host is not known' }),
    ],
  },
  {
    id: 'golive',
    title: 'Go-live',
    steps: [
      plannedStep({ step: 'uat', title: 'Walk through', kind: 'task', asks: ['client_admin'] }),
      plannedStep({ step: 'accept', title: 'Acceptance', kind: 'sign_off', asks: ['client_admin', 'sponsor'] }),
      plannedStep({
        step: 'welcome',
        title: 'Send the welcome mail',
        name: 'email.send',
        point_of_no_return: true,
        changes: [{ verb: 'send', kind: 'e-mail', name: 'welcome to admin@acme.example' }],
      }),
    ],
  },
  {
    id: 'silo',
    title: 'Silo',
    steps: [
      plannedStep({ step: 'a', decision: 'skipped', reason: 'not vars.single' }),
      plannedStep({ step: 'b', decision: 'skipped', reason: 'not vars.single' }),
    ],
  },
]);

describe('planLines', () => {
  it('tells by phase and name what is created, changed, sent, asked and left out, with the point of no return', () => {
    expect(planLines(plan, writtenTerminal().terminal).join('\n')).toBe(
      `Enterprise onboarding for acme
enterprise-onboarding 1.0 · this is a plan: nothing has been touched

Contract
  ✓ Handoff is complete  checks intake.record

Set-up
  • Create the tenant  tenant.create
      + create tenant acme
  • Set the plan  tenant.set_plan
      ~ change tenant acme: plan free → enterprise
  • Create the first project  postgres.row
      + create row projects (known after apply)
  • Raise the limit  tenant.set_limits
      ~ change limit storage: bytes nothing → (known after apply)
  – Set up single sign-on  skipped: not intake.sso.required
  • Set up SCIM  scim.token  perhaps: decided by steps.sso.passed
  • Probe  http.get
      ! cannot be planned yet: the host is not known

Go-live
  ? Walk through  task for client_admin
  ? Acceptance  asks client_admin, sponsor to sign off
── point of no return: what follows cannot be taken back ─────────────────────
  • Send the welcome mail  email.send  cannot be undone
      > send e-mail welcome to admin@acme.example

Silo  skipped: not vars.single

Plan: 2 to create, 2 to change, 1 to send, 2 asked of people, 1 decided on the way, 1 not to be planned yet.`,
    );
  });

  it('says so when there is nothing to do', () => {
    const lines = planLines(samplePlan([]), writtenTerminal().terminal);
    expect(lines.at(-1)).toBe('Plan: nothing to do.');
  });
});
