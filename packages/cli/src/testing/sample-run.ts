/** Views as the control plane gives them, small and complete. */
import type { AskView, EvidenceView, PlanView, ResourceView, RunView, StepView } from '@tenantry/contract';

export const RUN_ID = 'run_1f0c0c7e-0000-4000-8000-000000000001';
export const HASH = 'a'.repeat(64);
export const STARTED = '2026-11-20T08:00:00.000Z';

export const sampleStep = (changes: Partial<StepView> & Pick<StepView, 'id'>): StepView => ({
  phase: 'setup',
  title: `Step ${changes.id}`,
  kind: 'uses',
  name: 'tenant.create',
  status: 'pending',
  waiting_for: null,
  round: 1,
  tries: 0,
  owners: ['engineer'],
  started_at: null,
  done_at: null,
  output: null,
  failure: null,
  skip_reason: null,
  override: null,
  acts: [],
  starts_at: null,
  choice: null,
  occurrences: [],
  manual: false,
  child: null,
  escalated: 0,
  resources: 0,
  comments: [],
  ticks: [],
  ...changes,
});

export const passedStep = (id: string, changes: Partial<StepView> = {}): StepView =>
  sampleStep({ id, status: 'passed', tries: 1, started_at: STARTED, done_at: '2026-11-20T08:00:00.400Z', ...changes });

export const sampleAsk = (changes: Partial<AskView> = {}): AskView => ({
  step: 'uat',
  title: 'Walk through the application',
  kind: 'task',
  roles: ['client_admin'],
  need: 1,
  text: 'Open the application and try it.',
  instructions: null,
  help: null,
  checklist: [],
  form: {},
  form_required: Object.keys(changes.form ?? {}),
  shows: {},
  options: [],
  confirm: null,
  asked_at: null,
  due_at: null,
  failure: null,
  evidence: null,
  statement: null,
  hash: null,
  comments: [],
  ...changes,
});

export const signOffAsk = (changes: Partial<AskView> = {}): AskView =>
  sampleAsk({
    step: 'accept',
    title: 'Acceptance',
    kind: 'sign_off',
    text: 'We accept what was delivered.',
    statement: 'We accept what was delivered.',
    hash: HASH,
    ...changes,
  });

export const sampleRun = (changes: Partial<RunView> = {}): RunView => ({
  schema: 'tenantry.run/1',
  id: RUN_ID,
  title: 'Onboard Acme',
  runbook: 'enterprise-onboarding',
  version: '1.0',
  status: 'running',
  tenant_id: '7d444840-9dc0-41d4-a716-446655440000',
  tenant_slug: 'acme',
  started_by: 'Dana Fischer',
  created_at: STARTED,
  updated_at: STARTED,
  revision: 1,
  go_live: null,
  parent: null,
  subject_run: null,
  ending: null,
  phases: [
    {
      id: 'setup',
      title: 'Set-up',
      status: 'open',
      round: 1,
      starts_at: null,
      blocked_by: [],
      opened_at: STARTED,
      done_at: null,
      comments: [],
    },
  ],
  steps: [
    sampleStep({ id: 'create', title: 'Create the tenant' }),
    sampleStep({ id: 'uat', kind: 'task', name: null }),
  ],
  artifacts: {},
  asks: [],
  halts: [],
  ...changes,
});

export const sampleEvidence = (changes: Partial<EvidenceView> & Pick<EvidenceView, 'step'>): EvidenceView => ({
  id: 'evidence_1',
  round: 1,
  try: 1,
  kind: 'proof',
  ok: true,
  expected: null,
  actual: null,
  actor: null,
  at: STARTED,
  ...changes,
});

export const sampleResource = (changes: Partial<ResourceView> & Pick<ResourceView, 'step'>): ResourceView => ({
  id: 'resource_1',
  action: 'tenant.create',
  kind: 'tenant',
  external_id: 'x',
  name: 'acme',
  claim: 'created',
  status: 'standing',
  made_at: STARTED,
  undone_at: null,
  ...changes,
});

type PlannedStep = PlanView['phases'][number]['steps'][number];

export const plannedStep = (changes: Partial<PlannedStep> & Pick<PlannedStep, 'step'>): PlannedStep => ({
  title: `Step ${changes.step}`,
  kind: 'uses',
  undo: null,
  decision: 'runs',
  reason: null,
  asks: [],
  name: null,
  changes: [],
  point_of_no_return: false,
  problem: null,
  ...changes,
});

export const samplePlan = (phases: PlanView['phases']): PlanView => ({
  schema: 'tenantry.plan/1',
  runbook: { id: 'enterprise-onboarding', version: '1.0', hash: HASH, title: 'Enterprise onboarding' },
  tenant: { slug: 'acme' },
  phases,
});
