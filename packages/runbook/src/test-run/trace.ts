/** What happened in a test run, in words: one line for each thing that moved. */
import { isTerminal, type PhaseState, type RunState, type StepState } from '../advance/index.ts';
import type { Instant } from '../definition.ts';

export interface TraceLine {
  readonly at: Instant;
  readonly step?: string;
  readonly phase?: string;
  readonly text: string;
}

/** Ids of the steps and phases that one turn moved, in the order of the file. */
export interface Moved {
  readonly steps: readonly string[];
  readonly phases: readonly string[];
}

export const movedBetween = (before: RunState, after: RunState): Moved => ({
  steps: changedIn(before.steps, after.steps),
  phases: changedIn(before.phases, after.phases),
});

const changedIn = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] =>
  before === after ? [] : Object.keys(after).filter((id) => before[id] !== after[id]);

/** The lines of one turn. */
export function traceOf(at: Instant, before: RunState, after: RunState, moved: Moved): readonly TraceLine[] {
  const phases = moved.phases.flatMap((phase) => {
    const text = phaseWords(before.phases[phase], after.phases[phase]);
    return text === '' ? [] : [{ at, phase, text }];
  });
  const steps = moved.steps.flatMap((step) => {
    const text = stepWords(before.steps[step], after.steps[step]);
    return text === '' ? [] : [{ at, step, text }];
  });
  const run = before.status !== after.status && isEvent(after) ? [{ at, text: `the run is ${after.status}` }] : [];
  // What came to rest moved the phases, and they what starts.
  const isAtRest = ({ step = '' }: TraceLine): boolean => after.steps[step]?.doneAt === at;
  return [...steps.filter(isAtRest), ...phases, ...steps.filter((line) => !isAtRest(line)), ...run];
}

const isEvent = ({ status }: RunState): boolean =>
  isTerminal(status) || status === 'halted' || status.startsWith('roll');

function phaseWords(was: PhaseState | undefined, now: PhaseState | undefined): string {
  if (now === undefined) return '';
  const status = was?.status === now.status && was.round === now.round ? [] : [now.status];
  const isNews = JSON.stringify(now.blockedBy) !== JSON.stringify(was?.blockedBy);
  const held = now.blockedBy === undefined || !isNews ? [] : [`held by ${now.blockedBy.join('; ')}`];
  return [...status, ...held].join(', ');
}

/** Nothing where it would be said twice. */
function stepWords(was: StepState | undefined, now: StepState | undefined): string {
  if (now === undefined) return '';
  const words = statusWords(now);
  return was !== undefined && was.round === now.round && statusWords(was) === words ? '' : words;
}

function statusWords(state: StepState): string {
  const waiting = state.waitingFor === undefined ? '' : ` for ${state.waitingFor}`;
  const choice = state.choice === undefined ? '' : ` (${state.choice})`;
  const reason = state.failure?.message ?? (state.status === 'skipped' ? state.skipReason : state.override?.reason);
  return `${state.status}${waiting}${choice}${reason === undefined ? '' : `: ${reason}`}`;
}
