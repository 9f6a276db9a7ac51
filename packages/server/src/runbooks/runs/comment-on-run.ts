import { TenantryError } from '@tenantry/contract';
import { commentersOfPhase, commentersOfStep, effectiveStep, findPhase } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { act, personFor, stepOf } from './acting.ts';
import type { RunRecord } from './run-record.ts';

export interface CommentInput {
  /** Exactly one of the two. */
  readonly step?: string;
  readonly phase?: string;
  readonly role?: string;
  readonly text: string;
}

/**
 * Says something on a step or phase before it is decided: for whoever the runbook consults, and whoever works on it.
 * Who is only informed may not (RUN-15).
 *
 * @throws run.step_not_found, run.wrong_state, access.forbidden, request.invalid
 */
export const commentOnRun = (ctx: Ctx, runId: string, input: CommentInput): Promise<RunRecord> =>
  act(ctx, runId, (record) => {
    const { runbook, state } = record;
    const { step: stepId, phase: phaseId, role, text } = input;
    const at = ctx.now.toISOString();
    if (stepId !== undefined && phaseId === undefined) {
      const step = effectiveStep(stepOf(runbook, stepId), state.steps[stepId]);
      const by = personFor(ctx.actor, commentersOfStep(runbook, step), role);
      return { type: 'commented', at, step: step.id, by, text };
    }
    if (phaseId === undefined || stepId !== undefined) {
      throw new TenantryError('request.invalid', 'A comment is on a step or on a phase.', {
        faults: [{ path: 'step', message: 'name either a step or a phase' }],
      });
    }
    const phase = findPhase(runbook, phaseId);
    if (phase === undefined) {
      throw new TenantryError('run.step_not_found', `The run has no phase ${phaseId}.`, {
        next: `Its phases: ${runbook.phases.map(({ id }) => id).join(', ')}.`,
      });
    }
    const by = personFor(ctx.actor, commentersOfPhase(runbook, phase), role);
    return { type: 'phase_commented', at, phase: phase.id, by, text };
  });
