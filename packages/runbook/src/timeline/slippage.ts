import type { Instant, RunState } from '../advance/index.ts';
import type { TimelinePlan } from './plan-timeline.ts';

export interface PhaseSlippage {
  readonly id: string;
  readonly status: 'ahead' | 'on_time' | 'late';
  /**
   * Milliseconds past the latest planned end; before it opens, past the latest start. Negative while ahead of the
   * earliest end. 0 inside the planned range.
   */
  readonly lateMs: number;
}

/**
 * How the run stands against its plan, phase by phase: finished phases by when they finished, the others by `now`.
 * Skipped phases are left out, as in the plan.
 */
export function slippage(planned: TimelinePlan, actual: RunState['phases'], now: Instant): readonly PhaseSlippage[] {
  return planned.phases.flatMap((phase) => {
    const state = actual[phase.id];
    if (state?.status === 'skipped') return [];
    if (state?.status === 'passed') return [judge(phase.id, state.doneAt ?? now, phase.earliestEnd, phase.latestEnd)];
    const due = state?.openedAt === undefined ? phase.latestStart : phase.latestEnd;
    // What has not ended cannot be ahead.
    return [judge(phase.id, now, undefined, due)];
  });
}

function judge(id: string, at: Instant, from: Instant | undefined, to: Instant): PhaseSlippage {
  const past = Date.parse(at) - Date.parse(to);
  if (past > 0) return { id, status: 'late', lateMs: past };
  const early = from === undefined ? 0 : Date.parse(at) - Date.parse(from);
  return early < 0 ? { id, status: 'ahead', lateMs: early } : { id, status: 'on_time', lateMs: 0 };
}
