/**
 * Going back (language, rule 12): a phase and all that depends on it begin another round. What was made stays in the
 * ledger, evidence stays under its round, actions plan again and find little to do, and a yes holds where its content
 * comes out the same.
 */
import { TenantryError } from '@tenantry/contract';
import type { Phase, Runbook, Step } from '../definition.ts';
import { childrenOf, isStarting, retiredChild } from './child-state.ts';
import { isUndoneByWord, needsUndo, pointOfNoReturn, startableUndos, startUndo } from './ending.ts';
import { AT_REST, clearTimers } from './outcome.ts';
import type { Reopening, StepState } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Asks for another round; it begins as soon as nothing runs in the phases concerned.
 *
 * @throws run.wrong_state for a phase that has not begun; run.point_of_no_return behind one
 */
export function reopenPhase(turn: Turn, id: string, reopen: Reopening): void {
  const { status } = turn.phase(id);
  if (turn.ending !== undefined || (status !== 'open' && status !== 'passed')) {
    throw new TenantryError(
      'run.wrong_state',
      `Phase ${id} is ${status}; only one that has begun can be opened again.`,
    );
  }
  const irreversible = behindReturn(turn, id);
  if (irreversible !== undefined) {
    throw new TenantryError('run.point_of_no_return', `Step ${irreversible.id} has started and cannot be done again.`, {
      next: 'Carry the run to its end; what follows repairs, it does not undo.',
      facts: { step: irreversible.id },
    });
  }
  askRound(turn, id, reopen);
}

/** The same on the authority of the runbook; behind a point of no return the refusal stands as a failure. */
export function askReopen(turn: Turn, id: string, by: string, reason: string): void {
  if (turn.ending === undefined && behindReturn(turn, id) === undefined) askRound(turn, id, { by, reason });
}

/** What is to be taken back first is taken back, whoever else asks for another round meanwhile. */
function askRound(turn: Turn, id: string, reopen: Reopening): void {
  const undo = reopen.undo === true || turn.phase(id).reopen?.undo === true;
  turn.setPhase(id, { reopen: { ...reopen, ...(undo ? { undo } : {}) } });
}

const behindReturn = (turn: Turn, id: string): Step | undefined =>
  pointOfNoReturn(
    turn,
    roundOf(turn.runbook, id).flatMap((phase) => phase.steps),
  );

export const isReopening = (turn: Turn): boolean =>
  turn.runbook.phases.some((phase) => turn.phase(phase.id).reopen !== undefined);

export function progressReopen(turn: Turn): void {
  if (turn.ending !== undefined) return;
  for (const phase of turn.runbook.phases) {
    const { reopen } = turn.phase(phase.id);
    if (reopen === undefined) continue;
    const phases = roundOf(turn.runbook, phase.id);
    if (reopen.undo === true) for (const each of phases) releaseSteps(turn, each);
    else if (phases.some(({ id }) => goesBack(turn, id))) continue;
    if (phases.some((each) => each.steps.some((step) => isBusy(turn.step(step.id))))) continue;
    if (reopen.undo === true && takeBack(turn, phases)) continue;
    for (const each of phases) beginRound(turn, each, reopen.undo === true);
  }
}

/** What the phase made is being taken back, before it begins anew. */
export const goesBack = (turn: Turn, id: string): boolean =>
  turn.runbook.phases.some(
    (phase) =>
      turn.phase(phase.id).reopen?.undo === true && roundOf(turn.runbook, phase.id).some((each) => each.id === id),
  );

/**
 * Nobody works on what is being taken back: people are released, retries and polls are given up. Otherwise a step could
 * still build on another that is gone already.
 */
function releaseSteps(turn: Turn, phase: Phase): void {
  for (const { id } of phase.steps) {
    const { status, waitingFor, startsAt } = turn.step(id);
    if (status === 'pending' && startsAt !== undefined) {
      clearTimers(turn, turn.definition(id));
      turn.setStep(id, { startsAt: undefined });
    }
    if ((status !== 'waiting' && status !== 'ready') || waitingFor === 'child') continue;
    clearTimers(turn, turn.definition(id));
    if (waitingFor === 'person' || waitingFor === 'approval') turn.emit({ do: 'withdraw', step: id });
    turn.setStep(id, { ...AT_REST, status: 'pending', readyAt: undefined });
  }
}

/** True while something of the phases still stands. */
function takeBack(turn: Turn, phases: readonly Phase[]): boolean {
  const standing = phases
    .flatMap((phase) => phase.steps.map(({ id }) => turn.definition(id)))
    .filter((step) => needsUndo(turn.step(step.id), step));
  for (const step of startableUndos(turn, standing)) startUndo(turn, step);
  return standing.length > 0;
}

/** The phase, and those that need it, however far. */
export function roundOf(runbook: Runbook, id: string): readonly Phase[] {
  const found = new Set([id]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const phase of runbook.phases) if (phase.needs.some((need) => found.has(need))) found.add(phase.id);
  }
  return runbook.phases.filter((phase) => found.has(phase.id));
}

export const isBusy = (state: StepState): boolean =>
  state.status === 'running' ||
  state.status === 'uncertain' ||
  state.status === 'undoing' ||
  state.waitingFor === 'child' ||
  childrenOf(state).some(isStarting);

function beginRound(turn: Turn, phase: Phase, undone: boolean): void {
  const { round, startsAt, comments } = turn.phase(phase.id);
  if (startsAt !== undefined) turn.emit({ do: 'clear_timer', key: `open:${phase.id}` });
  for (const { id } of phase.steps) {
    const step = turn.definition(id);
    const state = turn.step(id);
    clearTimers(turn, step);
    if (state.waitingFor === 'person' || state.waitingFor === 'approval') turn.emit({ do: 'withdraw', step: id });
    turn.resetStep(id, anew(step, state, round + 1, undone));
  }
  turn.resetPhase(phase.id, {
    status: 'pending',
    round: round + 1,
    ...(comments === undefined ? {} : { comments }),
  });
}

function anew(step: Step, state: StepState, round: number, undone: boolean): StepState {
  const { made, acts } = state;
  const mayHold = !undone && (step.body.kind === 'approve' || step.body.kind === 'sign_off');
  // What an earlier round did, and only its author knows how to take back, may still stand: no ledger row says so.
  const doubt = state.doubt === true || isUndoneByWord(state, step);
  const { formerChildren } = retiredChild(state);
  return {
    status: 'pending',
    round,
    tries: 0,
    made,
    faults: 0,
    acts: mayHold ? acts.filter((act) => act.decision === 'yes') : [],
    ...(doubt ? { doubt } : {}),
    ...(formerChildren === undefined ? {} : { formerChildren }),
    ...(state.comments === undefined ? {} : { comments: state.comments }),
  };
}
