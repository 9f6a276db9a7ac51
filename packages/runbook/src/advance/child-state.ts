/** Child runs as the step they stand for keeps them: that of the present go, and those before it that stand. */
import type { Verdict } from './command.ts';
import type { ChildState, StepState } from './state.ts';

export const CHILD_DONE: Verdict = { ok: true, expected: 'the run it stands for is completed' };

/** The newest last. */
export const childrenOf = ({ child, formerChildren = [] }: StepState): readonly ChildState[] =>
  child === undefined ? formerChildren : [...formerChildren, child];

/** The newest child run that stands or is being started. */
export const standingChild = (state: StepState): ChildState | undefined =>
  childrenOf(state).findLast(({ status }) => status !== 'ended');

/** Asked for, and not there yet. */
export const isStarting = ({ id, status }: ChildState): boolean => status === 'live' && id === undefined;

/** The child fields of a step once `child` has become `changed`; one of an earlier go that is gone is forgotten. */
export function withChild(
  state: StepState,
  child: ChildState,
  changed: ChildState,
): { readonly child: ChildState | undefined; readonly formerChildren: readonly ChildState[] | undefined } {
  if (state.child === child) return { child: changed, formerChildren: state.formerChildren };
  const former = (state.formerChildren ?? []).map((each) => (each === child ? changed : each));
  return { child: state.child, formerChildren: orNone(former.filter(({ status }) => status !== 'ended')) };
}

/** Room for the next child run; one that stands is remembered, to be taken back with the rest. */
export function retiredChild(state: StepState): {
  readonly child: undefined;
  readonly formerChildren: readonly ChildState[] | undefined;
} {
  return { child: undefined, formerChildren: orNone(childrenOf(state).filter(({ status }) => status !== 'ended')) };
}

const orNone = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
