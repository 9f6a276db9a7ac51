/**
 * Repeated steps (HYP-02, HYP-03): occurrences one after the other. Those before the day on which the step became ready
 * are skipped; those of that day run. The step passes when all are settled.
 */
import type { Repeat, Step } from '../definition.ts';
import { instantMs, isReached } from './clock.ts';
import { failStep, passStep } from './outcome.ts';
import { tryFor } from './rendering.ts';
import { startStep } from './start-step.ts';
import { awaitStep, endWait, timeOf } from './start-times.ts';
import type { Instant, Occurrence } from './state.ts';
import type { Turn } from './turn.ts';

/** More than a check-in every working day of a year. */
const OCCURRENCES_MAX = 400;

export function beginOccurrences(turn: Turn, step: Step, repeat: Repeat): void {
  const occurrences = planOccurrences(turn, step, repeat);
  if (occurrences === undefined) return;
  turn.setStep(step.id, { status: 'waiting', waitingFor: 'occurrence', occurrences });
}

/** After a go-live that moved: what has begun stays, what is to come is planned anew. */
export function replanOccurrences(turn: Turn, step: Step, repeat: Repeat): void {
  const { occurrences = [], waitingFor } = turn.step(step.id);
  const planned = planOccurrences(turn, step, repeat);
  if (planned === undefined) return;
  const isBegun = ({ status }: Occurrence): boolean => status === 'passed' || status === 'failed';
  const underWay = waitingFor === 'occurrence' ? -1 : occurrences.findIndex(({ status }) => status === 'due');
  // By their place in the row: the second check-in stays the second, whatever day it comes to.
  const begun = Math.max(occurrences.findLastIndex(isBegun), underWay) + 1;
  turn.setStep(step.id, { occurrences: [...occurrences.slice(0, begun), ...planned.slice(begun)] });
}

function planOccurrences(turn: Turn, step: Step, repeat: Repeat): readonly Occurrence[] | undefined {
  const from = tryFor(turn, step, () => ({ at: timeOf(turn, repeat.from) }));
  if (from === undefined) return undefined;
  const instants =
    from.at === undefined ? undefined : tryFor(turn, step, () => instantsOf(turn, repeat, from.at ?? ''));
  if (instants === undefined || instants.length > OCCURRENCES_MAX) {
    const message =
      instants === undefined
        ? `${repeat.from}, from which it repeats, is not known.`
        : `It would repeat more than ${OCCURRENCES_MAX} times.`;
    if (turn.step(step.id).status !== 'failed')
      failStep(turn, step, { code: 'runbook.expression', message, retryable: false });
    return undefined;
  }
  const today = turn.calendar.dateOf(turn.at);
  return instants.map((at) => ({ at, status: turn.calendar.dateOf(at) < today ? 'skipped' : 'due' }));
}

function instantsOf(turn: Turn, { on, every, for: span }: Repeat, from: Instant): readonly Instant[] {
  if (on !== undefined) return on.map((offset) => turn.after(offset, from)).sort();
  if (every === undefined) return [from];
  const end = instantMs(turn.after(span ?? every, from));
  const instants: Instant[] = [];
  for (let at = from; instantMs(at) < end && instants.length <= OCCURRENCES_MAX; at = turn.after(every, at)) {
    instants.push(at);
  }
  return instants;
}

/** Starts the next occurrence when its time has come, and settles the step after the last; true when it moved. */
export function continueOccurrences(turn: Turn, step: Step): boolean {
  const next = turn.step(step.id).occurrences?.find(({ status }) => status === 'due');
  if (next === undefined) {
    passStep(turn, step, { ok: true, expected: 'every occurrence settled' });
    return true;
  }
  if (!isReached(next.at, turn.at)) {
    awaitStep(turn, step, next.at);
    return false;
  }
  endWait(turn, step);
  turn.setStep(step.id, { status: 'ready', readyAt: turn.at, waitingFor: undefined, items: undefined });
  startStep(turn, step);
  return true;
}
