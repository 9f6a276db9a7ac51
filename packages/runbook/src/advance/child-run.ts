/** What a parent hears of its child runs. It listens after its own end too: a child may outlive it. */
import type { JsonObject, Step } from '../definition.ts';
import { CHILD_DONE, childrenOf, isStarting, standingChild, withChild } from './child-state.ts';
import { childUndone, keepsChild } from './ending.ts';
import type { AttemptName, RunEvent } from './event.ts';
import { failStep, failUndo } from './outcome.ts';
import { workDone } from './proving.ts';
import type { ChildState, StepState } from './state.ts';
import type { Turn } from './turn.ts';

type ChildEvent<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** One that was asked for before the parent was ended, and comes after, is ended as soon as it is there. */
export function childStarted(turn: Turn, step: Step, event: ChildEvent<'child_started'>): void {
  const state = turn.step(step.id);
  const asked = askedFor(state, event);
  if (asked === undefined) return;
  const id = event.child;
  turn.setStep(step.id, withChild(state, asked, { ...asked, id }));
  const isNext = state.status === 'undoing' && standingChild(state) === asked;
  if (isNext) turn.emit({ do: 'end_child', step: step.id, child: id, undo: true });
  else if (keepsChild(turn, step)) turn.emit({ do: 'end_child', step: step.id, child: id, undo: false });
}

const askedFor = (state: StepState, name: AttemptName): ChildState | undefined =>
  childrenOf(state).find((child) => isStarting(child) && child.round === name.round && child.try === name.try);

export function childRefused(turn: Turn, step: Step, event: ChildEvent<'child_refused'>): void {
  const state = turn.step(step.id);
  if (event.child !== undefined) {
    // A point of no return in the child: people decide how the parent goes on.
    const isNext = state.status === 'undoing' && standingChild(state)?.id === event.child;
    return isNext ? failUndo(turn, step, event.failure, state.made) : undefined;
  }
  const asked = askedFor(state, event);
  if (asked === undefined) return;
  turn.setStep(step.id, withChild(state, asked, { ...asked, status: 'ended' }));
  if (state.status === 'undoing' && standingChild(state) === asked) return childUndone(turn, step);
  if (isAwaited(state, asked)) failStep(turn, step, event.failure);
}

export function childEnded(turn: Turn, step: Step, event: ChildEvent<'child_ended'>): void {
  const state = turn.step(step.id);
  const child = childrenOf(state).find(({ id }) => id === event.child);
  const status = event.status === 'completed' ? 'completed' : 'ended';
  // A run ends once; one that is completed may still be taken back.
  if (child === undefined || child.status === 'ended' || child.status === status) return;
  turn.setStep(step.id, { ...withChild(state, child, { ...child, status }), ...outputsFor(state, child, event) });
  if (state.status === 'undoing' || state.status === 'undo_failed') {
    if (status === 'ended' && standingChild(state) === child) childUndone(turn, step);
    return;
  }
  if (!isAwaited(state, child)) return;
  if (status === 'completed') return workDone(turn, step, CHILD_DONE);
  failStep(turn, step, {
    code: 'run.child_failed',
    message: `The run that this step stands for was ${event.status === 'cancelled' ? 'cancelled' : 'rolled back'}.`,
    retryable: false,
    next: 'Retry the step to start it anew.',
  });
}

const isAwaited = (state: StepState, child: ChildState): boolean =>
  state.child === child && state.status === 'waiting' && state.waitingFor === 'child';

/** Kept for a step that was given up meanwhile as well, should somebody try it again. */
function outputsFor(
  state: StepState,
  child: ChildState,
  { status, outputs }: ChildEvent<'child_ended'>,
): { readonly output?: JsonObject } {
  const isWanted = state.child === child && (state.status === 'waiting' || state.status === 'failed');
  return isWanted && status === 'completed' ? { output: outputs } : {};
}
