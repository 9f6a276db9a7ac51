/** What a parent hears of its child runs. */
import type { Step } from '../definition.ts';
import { undoPassed } from './ending.ts';
import type { RunEvent } from './event.ts';
import { failStep } from './outcome.ts';
import { workDone } from './proving.ts';
import type { Turn } from './turn.ts';

type ChildEvent<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** One that was asked for before the parent was ended, and comes after, is ended at once. */
export function childStarted(turn: Turn, step: Step, { child, round, try: number }: ChildEvent<'child_started'>): void {
  const state = turn.step(step.id);
  if (state.child === undefined || state.child.id !== undefined) return;
  if (state.round !== round || state.tries !== number) return;
  turn.setStep(step.id, { child: { ...state.child, id: child } });
  if (turn.ending !== undefined) turn.emit({ do: 'end_child', step: step.id, child, undo: turn.ending.undo });
}

/** It could not be started: nothing was made. */
export function childRefused(turn: Turn, step: Step, event: ChildEvent<'child_refused'>): void {
  const state = turn.step(step.id);
  if (state.child?.status !== 'live' || state.round !== event.round || state.tries !== event.try) return;
  turn.setStep(step.id, { child: { status: 'ended' } });
  if (state.status === 'undoing') return undoPassed(turn, step);
  if (state.status === 'waiting') failStep(turn, step, event.failure);
}

export function childEnded(turn: Turn, step: Step, { child, status, outputs }: ChildEvent<'child_ended'>): void {
  const state = turn.step(step.id);
  if (state.child?.id !== child) return;
  turn.setStep(step.id, { child: { id: child, status: status === 'completed' ? 'completed' : 'ended' } });
  if (state.status === 'undoing') {
    if (status !== 'completed') undoPassed(turn, step);
    return;
  }
  if (state.status !== 'waiting' || state.waitingFor !== 'child') return;
  if (status === 'completed') {
    turn.setStep(step.id, { output: outputs });
    return workDone(turn, step, { ok: true, expected: 'the run it stands for is completed' });
  }
  failStep(turn, step, {
    code: 'run.child_failed',
    message: `The run that this step stands for was ${status === 'cancelled' ? 'cancelled' : 'rolled back'}.`,
    retryable: false,
    next: 'Retry the step to start it anew.',
  });
}
