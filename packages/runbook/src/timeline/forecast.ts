import type { Instant, RunState } from '../advance/index.ts';
import type { Runbook } from '../definition.ts';
import { goLivePhase, type PlannedPhase, type TimelinePlan } from './plan-timeline.ts';

export interface PhaseForecast {
  readonly id: string;
  readonly from: Instant;
  readonly to: Instant;
}

export interface Forecast {
  readonly phases: readonly PhaseForecast[];
  /** When the phase that goes live can be expected to open, or did; null for a runbook without one. */
  readonly goLive: Instant | null;
}

/**
 * When each phase can be expected as the run stands now: what has ended stays where it is, what is under way takes the
 * longest it was planned for, and what follows moves with it. A phase that was planned for a time of its own, such as
 * go-live, comes no earlier than that.
 */
export function forecastTimeline(
  runbook: Runbook,
  planned: TimelinePlan,
  actual: RunState['phases'],
  now: Instant,
): Forecast {
  const plans = new Map(planned.phases.map((phase) => [phase.id, phase]));
  const ends = new Map<string, number>();
  const phases: PhaseForecast[] = [];
  // A phase needs only phases that stand before it in the file.
  for (const phase of runbook.phases) {
    const after = Math.max(
      Date.parse(planned.phases[0]?.earliestStart ?? now),
      ...phase.needs.map((id) => ends.get(id) ?? 0),
    );
    const plan = plans.get(phase.id);
    const state = actual[phase.id];
    if (plan === undefined || state?.status === 'skipped') {
      ends.set(phase.id, after);
      continue;
    }
    const { from, to } = expect(plan, state, { after, now: Date.parse(now), anchored: phase.start !== undefined });
    ends.set(phase.id, to);
    phases.push({ id: phase.id, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  }
  const live = goLivePhase(runbook, [...Object.keys(actual).filter((id) => !plans.has(id))]);
  return { phases, goLive: phases.find(({ id }) => id === live?.id)?.from ?? null };
}

interface Surroundings {
  /** When everything it needs has ended. */
  readonly after: number;
  readonly now: number;
  readonly anchored: boolean;
}

function expect(
  plan: PlannedPhase,
  state: RunState['phases'][string] | undefined,
  { after, now, anchored }: Surroundings,
): { readonly from: number; readonly to: number } {
  const lastsMs = Date.parse(plan.latestEnd) - Date.parse(plan.latestStart);
  if (state?.openedAt !== undefined) {
    const from = Date.parse(state.openedAt);
    return { from, to: state.doneAt === undefined ? Math.max(now, from + lastsMs) : Date.parse(state.doneAt) };
  }
  const from = Math.max(after, now, anchored ? Date.parse(plan.earliestStart) : 0);
  return { from, to: from + lastsMs };
}
