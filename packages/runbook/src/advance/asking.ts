/** Asking people, and telling others when they do not answer: the escalation ladder counts working time. */
import type { EscalationRung, Runbook, Step } from '../definition.ts';
import { isReached } from './clock.ts';
import type { AskPurpose } from './command.ts';
import type { Instant, WaitingFor } from './state.ts';
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
