/**
 * Ending a run before its end. Nothing new starts; what runs is allowed to finish and is recorded; then the
 * ledger is walked backwards (language, rules 13 and 14): a step is taken back once everything that needed it
 * has been. A failed undo holds back only what it needed.
 */
import { TenantryError } from '@tenantry/contract';
import type { Step } from '../definition.ts';
import { stepsOf } from '../definition.ts';
import { ancestorsOf } from '../runbook-index.ts';
import { attempt } from './attempt.ts';
import { childrenOf, standingChild } from './child-state.ts';
import { AT_REST, clearTimers, wrongState } from './outcome.ts';
import type { Ending, StepState } from './state.ts';
import { isTerminal } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * @throws run.wrong_state when the run has ended or is being ended; run.point_of_no_return after an
 *   irreversible step has started.
 */
export function endEarly(turn: Turn, ending: Ending, byParent = false): void {
  // A child run goes back with its parent, however long it has been done.
  const mayEnd = !isTerminal(turn.status) || (byParent && turn.status === 'completed');
  if (!mayEnd || turn.ending !== undefined) {
    throw new TenantryError('run.wrong_state', `The run is ${turn.status} and cannot be ended again.`);
  }
  const irreversible = pointOfNoReturn(turn, stepsOf(turn.runbook));
  if (irreversible !== undefined && ending.undo) {
    throw new TenantryError('run.point_of_no_return', `Step ${irreversible.id} has started and cannot be taken back.`, {
      next: 'Carry the run to its end; what follows repairs, it does not undo.',
      facts: { step: irreversible.id },
    });
  }
  turn.ending = ending;
  for (const { id } of stepsOf(turn.runbook)) closeOpenQuestion(turn, turn.definition(id));
  for (const { id } of turn.runbook.phases) {
    if (turn.phase(id).startsAt === undefined) continue;
    turn.emit({ do: 'clear_timer', key: `open:${id}` });
    turn.setPhase(id, { startsAt: undefined });
  }
}

/** The first of these steps that cannot be taken back and has started. */
export function pointOfNoReturn(turn: Turn, steps: readonly Step[]): Step | undefined {
  return steps
    .map(({ id }) => turn.definition(id))
    .find((step) => step.body.kind === 'uses' && step.body.irreversible && turn.step(step.id).tries > 0);
}

/** Steps that wait have no call in flight: people are released, retries are given up, child runs are ended too. */
function closeOpenQuestion(turn: Turn, step: Step): void {
  const state = turn.step(step.id);
  if (state.status === 'pending' && state.startsAt !== undefined) {
    clearTimers(turn, step);
    turn.setStep(step.id, { startsAt: undefined });
  }
  if (keepsChild(turn, step)) stopChildren(turn, step);
  if (state.status === 'undoing' && turn.ending?.undo === false) return keepTemporary(turn, step);
  if (state.status !== 'waiting' && state.status !== 'ready') return;
  if (state.waitingFor === 'person' || state.waitingFor === 'approval') turn.emit({ do: 'withdraw', step: step.id });
  clearTimers(turn, step);
  const status = state.tries > 0 ? 'failed' : 'skipped';
  turn.setStep(step.id, { ...AT_REST, status, skipReason: 'the run was ended', doneAt: turn.at });
}

/** What they made stays; they do not go on. */
function stopChildren(turn: Turn, step: Step): void {
  for (const { id, status } of childrenOf(turn.step(step.id))) {
    if (status === 'live' && id !== undefined) turn.emit({ do: 'end_child', step: step.id, child: id, undo: false });
  }
}

/** Nobody takes a temporary thing back by hand any more; a machine that has begun to is allowed to finish. */
function keepTemporary(turn: Turn, step: Step): void {
  const { waitingFor, releasing } = turn.step(step.id);
  if (waitingFor !== 'person') return;
  turn.emit({ do: 'withdraw', step: step.id });
  turn.setStep(step.id, { ...releasing, waitingFor: undefined, releasing: undefined });
}

/** What a rollback has yet to take back. */
const openUndos = (turn: Turn): readonly Step[] =>
  stepsOf(turn.runbook)
    .map(({ id }) => turn.definition(id))
    .filter((step) => needsUndo(turn.step(step.id), step));

/**
 * A person tries again to take back what could not be.
 *
 * @throws run.wrong_state while something that needed it still stands: it may have failed when only it was to go
 */
export function retryUndo(turn: Turn, step: Step): void {
  const open = turn.ending?.undo === true ? openUndos(turn) : [];
  const ids = open.map(({ id }) => id);
  if (ancestorsOf(turn.index, ids).has(step.id)) {
    throw wrongState(step, turn.step(step.id).status, 'taken back', 'What needed it has to go first.');
  }
  startUndo(turn, step);
}

/** Starts every undo that may start now; called on each turn while the run is being taken back. */
export function progressUndo(turn: Turn): void {
  if (turn.ending?.undo !== true) return;
  const open = openUndos(turn);
  const busy = turn.someStep((_step, state) => state.status === 'running' || state.status === 'uncertain');
  if (busy) return;
  for (const step of startableUndos(turn, open)) startUndo(turn, step);
}

/** Of what is to be taken back, that which nothing else of it needed; the newest first. */
export function startableUndos(turn: Turn, open: readonly Step[]): readonly Step[] {
  const held = ancestorsOf(
    turn.index,
    open.map((step) => step.id),
  );
  return open
    .filter(
      (step) =>
        !held.has(step.id) && turn.step(step.id).status !== 'undoing' && turn.step(step.id).status !== 'undo_failed',
    )
    .sort((a, b) => compareInstants(turn.step(b.id).doneAt, turn.step(a.id).doneAt));
}

const compareInstants = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** Something of this step still stands: ledger rows, a call whose effect is in doubt, or an undo the author wrote. */
export function needsUndo(state: StepState, step: Step): boolean {
  if (step.undo.do === 'none' || step.undo.do === 'keep') return false;
  if (state.status === 'undoing' || state.status === 'undo_failed') return true;
  // In another round a step may not have begun yet, or be skipped, while what an earlier round made still stands.
  return standsByItself(state) || standingChild(state) !== undefined || isUndoneByWord(state, step);
}

const standsByItself = ({ made, doubt }: StepState): boolean => made > 0 || doubt === true;

/** It did what the author wrote an undo for. */
export function isUndoneByWord({ status, released, occurrences }: StepState, { undo }: Step): boolean {
  if (undo.do !== 'body' || status === 'undone' || released === true) return false;
  return status === 'passed' || occurrences?.some((occurrence) => occurrence.status === 'passed') === true;
}

export function startUndo(turn: Turn, step: Step): void {
  if (standingChild(turn.step(step.id)) !== undefined) {
    turn.setStep(step.id, { status: 'undoing', waitingFor: 'child', failure: undefined });
    return endChild(turn, step);
  }
  if (step.undo.do === 'body' && step.undo.body.kind === 'task') {
    turn.setStep(step.id, { status: 'undoing', waitingFor: 'person' });
    turn.emit({ do: 'ask', step: step.id, purpose: 'undo' });
    return;
  }
  if (step.undo.do === 'body' && step.undo.body.kind === 'uses') {
    attempt(turn, step, 'undo_call', step.undo.body.action, step.undo.body.with);
    return;
  }
  attempt(turn, step, 'undo', step.body.kind === 'uses' ? step.body.action : step.id, {});
}

/** A child that is still being started is ended when it says that it is there. */
function endChild(turn: Turn, step: Step): void {
  const child = standingChild(turn.step(step.id))?.id;
  if (child !== undefined) turn.emit({ do: 'end_child', step: step.id, child, undo: true });
}

/** The run is being ended and what its child made is not taken back: a child that goes on is only stopped. */
export const keepsChild = (turn: Turn, { undo }: Step): boolean =>
  turn.ending !== undefined && (!turn.ending.undo || undo.do === 'none' || undo.do === 'keep');

/** One child run is gone; then the one before it, and what the step made besides. */
export function childUndone(turn: Turn, step: Step): void {
  const state = turn.step(step.id);
  if (standingChild(state) !== undefined || standsByItself(state)) startUndo(turn, step);
  else undoPassed(turn, step);
}

/** Outside of an ending, what was taken back was temporary, and the step is again what it was. */
export function undoPassed(turn: Turn, step: Step): void {
  const { child, doneAt, releasing } = turn.step(step.id);
  const released = turn.ending === undefined ? releasing : undefined;
  turn.setStep(step.id, {
    status: released?.status ?? 'undone',
    made: 0,
    doubt: undefined,
    waitingFor: undefined,
    failure: released?.failure,
    doneAt: released === undefined ? turn.at : doneAt,
    releasing: undefined,
    ...(released === undefined ? {} : { released: true }),
    ...(child === undefined ? {} : { child: { ...child, status: 'ended' } }),
    formerChildren: undefined,
  });
  turn.emit({ do: 'report', step: step.id, status: 'undone', verdict: undefined });
}

/** The runbook of `on_fail: { run }` is asked for once for each failure; the run stays halted meanwhile. */
export function askForRemedies(turn: Turn): void {
  if (turn.ending !== undefined) return;
  for (const id of turn.troubled) {
    const { onFail } = turn.definition(id);
    const { status, remedied, round } = turn.step(id);
    if (status !== 'failed' || onFail.do !== 'run' || remedied === true) continue;
    turn.setStep(id, { remedied: true });
    turn.emit({ do: 'start_remedy', step: id, round, runbook: onFail.runbook });
  }
}
