/** Planned, actual and expected times of a run. Pure. */
import {
  ExpressionError,
  type Forecast,
  forecastTimeline,
  type PhaseSlippage,
  planTimeline,
  type RunFacts,
  slippage,
  type TimelinePlan,
  timelineRequest,
} from '@tenantry/runbook';
import type { RunRecord } from '../runs/index.ts';

export interface RunTimeline {
  readonly plan: TimelinePlan;
  readonly slips: readonly PhaseSlippage[];
  readonly forecast: Forecast;
}

/**
 * Against the plan as it was at the start, with go-live where it is now: a date that was moved is a new plan. Undefined
 * for a run whose times cannot be read, such as one whose facts an erasure took.
 */
export function timelineOf(
  { runbook, state }: Pick<RunRecord, 'runbook' | 'state'>,
  now: Date,
): RunTimeline | undefined {
  const facts: RunFacts = state.facts;
  try {
    const plan = planTimeline(runbook, timelineRequest(runbook, facts));
    const at = now.toISOString();
    return {
      plan,
      slips: slippage(plan, state.phases, at),
      forecast: forecastTimeline(runbook, plan, state.phases, at),
    };
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}
