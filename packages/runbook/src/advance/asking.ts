/** Asking people, and telling others when they do not answer: the escalation ladder counts working time. */
import { openCalendar } from '../calendar/index.ts';
import { type EscalationRung, findStep, type Runbook, type Step } from '../definition.ts';
import { instantMs, isReached } from './clock.ts';
import type { AskPurpose } from './command.ts';
import { effectiveStep } from './effective-step.ts';
import type { Instant, RunState, WaitingFor } from './state.ts';
import type { Turn } from './turn.ts';

/** The step's own ladder, else the runbook's. */
export const ladderOf = (runbook: Runbook, step: Step): readonly EscalationRung[] =>
  step.escalate ?? runbook.escalation;

export function askPeople(
  turn: Turn,
  step: Step,
  waitingFor: Extract<WaitingFor, 'person' | 'approval'>,
  purpose: AskPurpose = 'do',
): void {
  const { startedAt } = turn.step(step.id);
  turn.setStep(step.id, { status: 'waiting', waitingFor, startedAt: startedAt ?? turn.at });
  turn.emit({ do: 'ask', step: step.id, purpose });
  startLadder(turn, step);
}

/** Counts anew from now; nothing for a step without a ladder. */
export function startLadder(turn: Turn, step: Step): void {
  const [first] = ladderOf(turn.runbook, step);
  if (first === undefined) return;
  turn.setStep(step.id, { askedAt: turn.at, escalated: undefined });
  setRung(turn, step, rungAt(turn, first, turn.at));
}

/** A rung is reached: its role is told, and the next one waits for its time. */
export function climb(turn: Turn, step: Step): void {
  const { status, askedAt, escalated = 0 } = turn.step(step.id);
  const ladder = ladderOf(turn.runbook, step);
  const rung = ladder[escalated];
  if (status !== 'waiting' || askedAt === undefined || rung === undefined) return;
  const due = rungAt(turn, rung, askedAt);
  // A timer that fired twice, or for people who were asked before: the next rung has its own time.
  if (!isReached(due, turn.at)) return setRung(turn, step, due);
  turn.setStep(step.id, { escalated: escalated + 1 });
  turn.emit({ do: 'escalate', step: step.id, to: rung.to, rung: escalated + 1 });
  const next = ladder[escalated + 1];
  if (next !== undefined) setRung(turn, step, rungAt(turn, next, askedAt));
}

const rungAt = (turn: Turn, { after }: EscalationRung, askedAt: Instant): Instant =>
  turn.calendar.addWorkingTime(askedAt, after);

const setRung = (turn: Turn, step: Step, at: Instant): void =>
  turn.emit({ do: 'set_timer', key: `escalate:${step.id}`, at });

/** When somebody else is told, or the step fails, if nobody answers; undefined where neither will happen. */
export function answerBy(runbook: Runbook, state: RunState, id: string): Instant | undefined {
  const [written, held] = [findStep(runbook, id), state.steps[id]];
  if (written === undefined || held === undefined) return undefined;
  const rung = ladderOf(runbook, effectiveStep(written, held))[held.escalated ?? 0];
  const told =
    held.askedAt === undefined || rung === undefined
      ? []
      : [openCalendar(state.facts.calendar, 'UTC').addWorkingTime(held.askedAt, rung.after)];
  const times = [...told, ...(held.timesOutAt === undefined ? [] : [held.timesOutAt])];
  return times.toSorted((a, b) => instantMs(a) - instantMs(b))[0];
}
