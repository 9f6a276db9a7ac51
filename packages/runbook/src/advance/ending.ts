/**
 * Ending a run before its end. Nothing new starts; what runs is allowed to finish and is recorded; then the
 * ledger is walked backwards (language, rules 13 and 14): a step is taken back once everything that needed it
 * has been. A failed undo holds back only what it needed.
 */
import { TenantryError } from '@tenantry/contract';
import type { Step } from '../definition.ts';
import { stepsOf } from '../definition.ts';
import { ancestorsOf } from '../runbook-index.ts';
import { attempt } from './start-step.ts';
import type { Ending, StepState } from './state.ts';
import { isTerminal } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * @throws run.wrong_state when the run has ended or is being ended; run.point_of_no_return after an
 *   irreversible step has started.
 */
export function endEarly(turn: Turn, ending: Ending): void {
  if (isTerminal(turn.status) || turn.ending !== undefined) {
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
  for (const step of stepsOf(turn.runbook)) closeOpenQuestion(turn, step);
}

/** Steps that wait have no call in flight: people are released, retries are given up. */
function closeOpenQuestion(turn: Turn, step: Step): void {
  const state = turn.step(step.id);
  if (state.status !== 'waiting' && state.status !== 'ready') return;
  if (state.waitingFor === 'person' || state.waitingFor === 'approval') turn.emit({ do: 'withdraw', step: step.id });
  if (state.waitingFor === 'retry') turn.emit({ do: 'clear_timer', key: `retry:${step.id}` });
  if (state.waitingFor === 'time') turn.emit({ do: 'clear_timer', key: `poll:${step.id}` });
  if (step.timeout !== undefined) turn.emit({ do: 'clear_timer', key: `timeout:${step.id}` });
  const status = state.tries > 0 ? 'failed' : 'skipped';
  turn.setStep(step.id, { status, waitingFor: undefined, skipReason: 'the run was ended', doneAt: turn.at });
}

/** Starts every undo that may start now; called on each turn while the run is being taken back. */
export function progressUndo(turn: Turn): void {
  if (turn.ending?.undo !== true) return;
  const open = stepsOf(turn.runbook).filter((step) => needsUndo(turn.step(step.id), step));
  const held = ancestorsOf(
    turn.index,
    open.map((step) => step.id),
  );
  const busy = turn.someStep((_step, state) => state.status === 'running' || state.status === 'uncertain');
  if (busy) return;
  const startable = open
    .filter(
      (step) =>
        !held.has(step.id) && turn.step(step.id).status !== 'undoing' && turn.step(step.id).status !== 'undo_failed',
    )
    .sort((a, b) => compareInstants(turn.step(b.id).doneAt, turn.step(a.id).doneAt));
  for (const step of startable) startUndo(turn, step);
}

const compareInstants = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** Something of this step still stands: ledger rows, a call whose effect is in doubt, or an undo the author wrote. */
export function needsUndo(state: StepState, step: Step): boolean {
  if (step.undo.do === 'none' || step.undo.do === 'keep') return false;
  if (state.status === 'undoing' || state.status === 'undo_failed') return true;
  const settled = state.status === 'passed' || state.status === 'overridden' || state.status === 'failed';
  if (!settled) return false;
  const didHappen = state.status === 'passed' && step.undo.do === 'body';
  return state.made > 0 || state.doubt === true || didHappen;
}

export function startUndo(turn: Turn, step: Step): void {
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

export function undoPassed(turn: Turn, step: Step): void {
  turn.setStep(step.id, {
    status: 'undone',
    made: 0,
    doubt: undefined,
    waitingFor: undefined,
    failure: undefined,
    doneAt: turn.at,
  });
  turn.emit({ do: 'report', step: step.id, status: 'undone', verdict: undefined });
}
