/** Probes that are asked again: until they come true (`within`), and to see whether they stay true (`hold`). */
import type { CheckBody, Step } from '../definition.ts';
import { instantMs, isReached } from './clock.ts';
import type { Verdict } from './command.ts';
import type { Turn } from './turn.ts';

const DEFAULT_EVERY = '5s';
/** Looked at this often while it has to stay true, where the author says nothing. */
const LOOKS_WHILE_HELD = 20;

export type Polled = Pick<CheckBody, 'within' | 'hold' | 'every'>;

/** True when the verdict is not the last word: another look is set. */
export function pollAgain(turn: Turn, step: Step, body: Polled, verdict: Verdict): boolean {
  if (turn.ending !== undefined) return false;
  return verdict.ok ? stillHolds(turn, step, body, verdict) : mayStillCome(turn, step, body, verdict);
}

function mayStillCome(turn: Turn, step: Step, { within, every }: Polled, verdict: Verdict): boolean {
  if (turn.step(step.id).heldSince !== undefined) turn.setStep(step.id, { heldSince: undefined });
  if (within === undefined) return false;
  const until = turn.after(within, turn.step(step.id).lookingSince);
  const next = turn.after(every ?? DEFAULT_EVERY);
  if (instantMs(next) > instantMs(until)) return false;
  lookAt(turn, step, next, verdict);
  return true;
}

function stillHolds(turn: Turn, step: Step, { hold, every }: Polled, verdict: Verdict): boolean {
  if (hold === undefined) return false;
  const since = turn.step(step.id).heldSince ?? turn.at;
  const until = turn.after(hold, since);
  if (isReached(until, turn.at)) return false;
  turn.setStep(step.id, { heldSince: since });
  const next = every === undefined ? evenly(since, until, turn.at) : turn.after(every);
  lookAt(turn, step, instantMs(next) > instantMs(until) ? until : next, verdict);
  return true;
}

function evenly(since: string, until: string, at: string): string {
  const apart = Math.max((instantMs(until) - instantMs(since)) / LOOKS_WHILE_HELD, 1_000);
  return new Date(instantMs(at) + Math.ceil(apart)).toISOString();
}

function lookAt(turn: Turn, step: Step, at: string, verdict: Verdict): void {
  turn.setStep(step.id, { status: 'waiting', waitingFor: 'time' });
  turn.emit({ do: 'report', step: step.id, status: 'waiting', verdict });
  turn.emit({ do: 'set_timer', key: `poll:${step.id}`, at });
}
