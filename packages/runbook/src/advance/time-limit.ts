/** `timeout`: from ready to settled. */
import type { Step } from '../definition.ts';
import { isReached } from './clock.ts';
import { failStep } from './outcome.ts';
import type { Turn } from './turn.ts';

/** The time limit of the step counts from now. */
export function limitTime(turn: Turn, step: Step): void {
  if (step.timeout === undefined) return;
  const timesOutAt = turn.after(step.timeout);
  turn.setStep(step.id, { timesOutAt });
  turn.emit({ do: 'set_timer', key: `timeout:${step.id}`, at: timesOutAt });
}

/** A timer of an earlier occurrence or try may still be under way when its step has another limit by now. */
export function timeUp(turn: Turn, step: Step): void {
  const { status, timesOutAt, proving } = turn.step(step.id);
  if (timesOutAt === undefined || (status !== 'waiting' && status !== 'running')) return;
  if (!isReached(timesOutAt, turn.at)) {
    return turn.emit({ do: 'set_timer', key: `timeout:${step.id}`, at: timesOutAt });
  }
  if (status === 'waiting') turn.emit({ do: 'withdraw', step: step.id });
  // A probe only reads: it leaves nothing in doubt.
  else if (step.body.kind !== 'check' && proving === undefined) turn.setStep(step.id, { doubt: true });
  failStep(turn, step, {
    code: 'run.timeout',
    message: `The step did not settle within ${step.timeout ?? 'its time'}.`,
    retryable: false,
  });
}
