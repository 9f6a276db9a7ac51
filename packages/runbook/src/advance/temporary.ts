/** What a phase made for itself only: taken back when it closes, in reverse order. */
import type { Phase, Step } from '../definition.ts';
import { isUndoneByWord, startableUndos, startUndo } from './ending.ts';
import type { StepState } from './state.ts';
import type { Turn } from './turn.ts';

/** Starts what may be taken back now; answers, in words, what still stands. */
export function releaseTemporaries(turn: Turn, phase: Phase): readonly string[] {
  const standing = phase.steps
    .map(({ id }) => turn.definition(id))
    .filter((step) => standsTemporarily(step, turn.step(step.id)));
  for (const step of startableUndos(turn, standing)) {
    const { status, failure } = turn.step(step.id);
    turn.setStep(step.id, { releasing: { status, ...(failure === undefined ? {} : { failure }) } });
    startUndo(turn, step);
  }
  return standing.map((step) => `${step.title} is temporary and still there`);
}

/** It is temporary, and something of it is there. */
export const standsTemporarily = (step: Step, state: StepState): boolean =>
  step.body.kind === 'uses' &&
  step.body.temporary &&
  (state.made > 0 ||
    state.doubt === true ||
    state.status === 'undoing' ||
    state.status === 'undo_failed' ||
    isUndoneByWord(state, step));
