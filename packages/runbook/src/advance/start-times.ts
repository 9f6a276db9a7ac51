/** `start` of steps and phases: not before. Worked out anew at each turn, so that a go-live that moves takes them along. */
import type { Phase, Step, TimeText } from '../definition.ts';
import { ExpressionError } from '../expr/index.ts';
import { isReached } from './clock.ts';
import { tryFor } from './rendering.ts';
import { scopeOf } from './scope.ts';
import type { Instant } from './state.ts';
import type { Turn } from './turn.ts';

/** Undefined while what it counts from is not known. A date is the start of that day in the zone of the run. */
export const timeOf = (turn: Turn, text: TimeText): Instant | undefined =>
  turn.calendar.resolveTime(text, { ...scopeOf(turn), go_live: turn.facts.go_live ?? undefined });

/** False while it is too early, or after the step was failed for a time that cannot be read. */
export function isStepDue(turn: Turn, step: Step): boolean {
  if (step.start === undefined) return true;
  const { start } = step;
  const read = tryFor(turn, step, () => ({ at: timeOf(turn, start) }));
  if (read?.at === undefined) return false;
  if (isReached(read.at, turn.at)) {
    endWait(turn, step);
    return true;
  }
  awaitStep(turn, step, read.at);
  return false;
}

/** The time has come, or has been moved to before now. */
export function endWait(turn: Turn, step: Step): void {
  if (turn.step(step.id).startsAt === undefined) return;
  turn.setStep(step.id, { startsAt: undefined });
  turn.emit({ do: 'clear_timer', key: `start:${step.id}` });
}

/** Sets the timer once, and again only for another time. */
export function awaitStep(turn: Turn, step: Step, at: Instant): void {
  if (turn.step(step.id).startsAt === at) return;
  turn.setStep(step.id, { startsAt: at });
  turn.emit({ do: 'set_timer', key: `start:${step.id}`, at });
}

/** What still keeps a phase from opening, in words; undefined when its time has come. */
export function phaseNotBefore(turn: Turn, phase: Phase): string | undefined {
  if (phase.start === undefined) return undefined;
  try {
    const at = timeOf(turn, phase.start);
    if (at === undefined) return `starts at ${phase.start}, which is not known yet`;
    if (isReached(at, turn.at)) {
      if (turn.phase(phase.id).startsAt === undefined) return undefined;
      turn.setPhase(phase.id, { startsAt: undefined });
      turn.emit({ do: 'clear_timer', key: `open:${phase.id}` });
      return undefined;
    }
    if (turn.phase(phase.id).startsAt !== at) {
      turn.setPhase(phase.id, { startsAt: at });
      turn.emit({ do: 'set_timer', key: `open:${phase.id}`, at });
    }
    return `starts ${at}`;
  } catch (error) {
    if (error instanceof ExpressionError) return `its start cannot be read (${error.message})`;
    throw error;
  }
}
