import type { PlanView } from '@tenantry/contract';
import type { RunPlan } from './plan-run.ts';

/** A plan on the wire. */
export const viewPlan = (plan: RunPlan): PlanView => ({
  schema: 'tenantry.plan/1',
  runbook: plan.runbook,
  tenant: plan.tenant ?? null,
  phases: plan.phases.map((phase) => ({
    id: phase.id,
    title: phase.title,
    steps: phase.steps.map((step) => ({
      step: step.step,
      title: step.title,
      kind: step.kind,
      decision: step.decision,
      reason: step.reason ?? null,
      asks: [...step.asks],
      name: step.name ?? null,
      changes: step.changes.map((change) => ({ ...change })),
      undo: step.undo,
      point_of_no_return: step.pointOfNoReturn,
      problem: step.problem ?? null,
    })),
  })),
});
