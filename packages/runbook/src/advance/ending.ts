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
import { AT_REST, clearTimers } from './outcome.ts';
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
  const irreversible = stepsOf(turn.runbook).find(
    (step) => step.body.kind === 'uses' && step.body.irreversible && turn.step(step.id).tries > 0,
  );
  if (irreversible !== undefined && ending.undo) {
    throw new TenantryError('run.point_of_no_return', `Step ${irreversible.id} has started and cannot be taken back.`, {
      next: 'Carry the run to its end; what follows repairs, it does not undo.',
      facts: { step: irreversible.id },
    });
  }
  turn.ending = ending;
  for (const { id } of stepsOf(turn.runbook)) closeOpenQuestion(turn, turn.definition(id));
}

/** Steps that wait have no call in flight: people are released, retries are given up, child runs are ended too. */
function closeOpenQuestion(turn: Turn, step: Step): void {
  const state = turn.step(step.id);
  if (state.status !== 'waiting' && state.status !== 'ready') return;
  if (state.waitingFor === 'person' || state.waitingFor === 'approval') turn.emit({ do: 'withdraw', step: step.id });
  clearTimers(turn, step);
  if (state.waitingFor === 'child' && turn.ending?.undo === false) endChild(turn, step, false);
  const status = state.tries > 0 ? 'failed' : 'skipped';
  turn.setStep(step.id, { ...AT_REST, status, skipReason: 'the run was ended', doneAt: turn.at });
}

/** Starts every undo that may start now; called on each turn while the run is being taken back. */
export function progressUndo(turn: Turn): void {
  if (turn.ending?.undo !== true) return;
  const open = stepsOf(turn.runbook)
    .map(({ id }) => turn.definition(id))
    .filter((step) => needsUndo(turn.step(step.id), step));
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
  if (state.child !== undefined && state.child.status !== 'ended') return true;
  const settled = state.status === 'passed' || state.status === 'overridden' || state.status === 'failed';
  if (!settled) return false;
  const didHappen = state.status === 'passed' && step.undo.do === 'body' && state.released !== true;
  return state.made > 0 || state.doubt === true || didHappen;
}

export function startUndo(turn: Turn, step: Step): void {
  if (turn.step(step.id).child !== undefined) {
    turn.setStep(step.id, { status: 'undoing', waitingFor: 'child' });
    return endChild(turn, step, true);
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
function endChild(turn: Turn, step: Step, undo: boolean): void {
  const child = turn.step(step.id).child?.id;
  if (child !== undefined) turn.emit({ do: 'end_child', step: step.id, child, undo });
}

/** Outside of an ending, what was taken back was temporary, and the step has done what it was for. */
export function undoPassed(turn: Turn, step: Step): void {
  const { override, child, doneAt } = turn.step(step.id);
  const released = turn.ending === undefined;
  turn.setStep(step.id, {
    status: !released ? 'undone' : override === undefined ? 'passed' : 'overridden',
    made: 0,
    doubt: undefined,
    waitingFor: undefined,
    failure: undefined,
    doneAt: released ? doneAt : turn.at,
    ...(released ? { released: true } : {}),
    ...(child === undefined ? {} : { child: { ...child, status: 'ended' } }),
  });
  turn.emit({ do: 'report', step: step.id, status: 'undone', verdict: undefined });
}

/** The runbook of `on_fail: { run }` is asked for once for each failure; the run stays halted meanwhile. */
export function askForRemedies(turn: Turn): void {
  if (turn.ending !== undefined) return;
  for (const { id } of stepsOf(turn.runbook)) {
    const { onFail } = turn.definition(id);
    const { status, remedied, round } = turn.step(id);
    if (status !== 'failed' || onFail.do !== 'run' || remedied === true) continue;
    turn.setStep(id, { remedied: true });
    turn.emit({ do: 'start_remedy', step: id, round, runbook: onFail.runbook });
  }
}
