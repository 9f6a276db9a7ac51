/** A step comes to rest, or one occurrence of it does. */
import { TenantryError } from '@tenantry/contract';
import type { Step } from '../definition.ts';
import { retiredChild } from './child-state.ts';
import type { Verdict } from './command.ts';
import type { Occurrence, StepFailure, StepState } from './state.ts';
import type { Turn } from './turn.ts';

/** What a step keeps only while it is on its way. */
export const AT_REST = {
  waitingFor: undefined,
  startsAt: undefined,
  timesOutAt: undefined,
  lookingSince: undefined,
  heldSince: undefined,
  proving: undefined,
  askedAt: undefined,
  escalated: undefined,
  remedied: undefined,
} as const;

/** One occurrence of a repeated step is done; the scheduler starts the next, or lets the step pass after the last. */
export function passStep(turn: Turn, step: Step, verdict: Verdict): void {
  const state = turn.step(step.id);
  clearTimers(turn, step);
  if (hasMore(state) && turn.ending === undefined) return settleOccurrence(turn, step, 'passed', verdict);
  const occurrences = afterCurrent(turn, state, 'passed');
  turn.setStep(step.id, { ...AT_REST, status: 'passed', failure: undefined, doneAt: turn.at, occurrences });
  turn.emit({ do: 'report', step: step.id, status: 'passed', verdict });
}

/** With `on_fail: continue` an occurrence that failed is noted, and the next has its turn. */
export function failStep(turn: Turn, step: Step, failure: StepFailure, verdict?: Verdict): void {
  const state = turn.step(step.id);
  clearTimers(turn, step);
  if (hasMore(state) && step.onFail.do === 'continue' && turn.ending === undefined) {
    return settleOccurrence(turn, step, 'failed', verdict, failure);
  }
  turn.setStep(step.id, { ...AT_REST, status: 'failed', failure, doneAt: turn.at });
  turn.emit({ do: 'report', step: step.id, status: 'failed', verdict });
}

export const skipStep = (turn: Turn, step: Step, reason: string): void => {
  turn.setStep(step.id, { ...AT_REST, status: 'skipped', skipReason: reason, doneAt: turn.at });
  turn.emit({ do: 'report', step: step.id, status: 'skipped', verdict: undefined });
};

const hasMore = ({ occurrences }: StepState): boolean => occurrences?.some(({ status }) => status === 'due') === true;

function settleOccurrence(
  turn: Turn,
  step: Step,
  status: 'passed' | 'failed',
  verdict: Verdict | undefined,
  failure?: StepFailure,
): void {
  const state = turn.step(step.id);
  turn.setStep(step.id, {
    ...AT_REST,
    status: 'waiting',
    waitingFor: 'occurrence',
    failure,
    acts: [],
    ticked: undefined,
    faults: 0,
    ...retiredChild(state),
    occurrences: afterCurrent(turn, state, status),
  });
  turn.emit({ do: 'report', step: step.id, status: 'waiting', verdict });
}

/** The occurrences once the one under way is settled; undefined for a step that is not repeated. */
function afterCurrent(
  turn: Turn,
  { occurrences }: StepState,
  status: 'passed' | 'failed',
): StepState['occurrences'] | undefined {
  const current = occurrences?.findIndex((occurrence) => occurrence.status === 'due');
  return occurrences?.map(
    (occurrence, at): Occurrence => (at === current ? { ...occurrence, status, doneAt: turn.at } : occurrence),
  );
}

/** What was made could not be taken back: a person tries again, or answers for it. */
export function failUndo(turn: Turn, step: Step, failure: StepFailure, made: number): void {
  turn.setStep(step.id, { status: 'undo_failed', waitingFor: undefined, failure, made });
  const verdict = { ok: false, expected: 'taken back', reason: failure.message };
  turn.emit({ do: 'report', step: step.id, status: 'undo_failed', verdict });
}

export function wrongState(step: Step, status: string, verb: string, next: string): TenantryError {
  return new TenantryError('run.wrong_state', `Step ${step.id} is ${status} and cannot be ${verb}.`, {
    next,
    facts: { step: step.id, status },
  });
}

/** Of everything a step may wait for, and of its time limit. */
export function clearTimers(turn: Turn, step: Step): void {
  if (turn.step(step.id).timesOutAt !== undefined) turn.emit({ do: 'clear_timer', key: `timeout:${step.id}` });
  clearWaits(turn, step);
}

/** Of what it waits for now; its time limit goes on. */
export function clearWaits(turn: Turn, step: Step): void {
  const { waitingFor, startsAt, askedAt } = turn.step(step.id);
  if (waitingFor === 'retry') turn.emit({ do: 'clear_timer', key: `retry:${step.id}` });
  if (waitingFor === 'time') turn.emit({ do: 'clear_timer', key: `poll:${step.id}` });
  if (startsAt !== undefined) turn.emit({ do: 'clear_timer', key: `start:${step.id}` });
  if (askedAt === undefined) return;
  turn.emit({ do: 'clear_timer', key: `escalate:${step.id}` });
  turn.setStep(step.id, { askedAt: undefined, escalated: undefined });
}
