import type { Step } from '../definition.ts';
import { instantMs } from './clock.ts';
import type { Turn } from './turn.ts';

/** Where the author says nothing: three more tries, 1 s, 4 s and 16 s apart, half of each at random. */
const DEFAULT_RETRY = { times: 3, waitMs: 1_000, factor: 4 } as const;
const LONGEST_MS = 15 * 60_000;

/**
 * Milliseconds until the next try, or undefined when the tries are used up. Half of the wait is random, so
 * that many runs that failed together do not come back together.
 */
export function retryDelayMs(turn: Turn, step: Step, faultsSoFar: number, jitter: number): number | undefined {
  const policy =
    step.retry === undefined
      ? DEFAULT_RETRY
      : {
          times: step.retry.times,
          waitMs: instantMs(turn.after(step.retry.wait)) - instantMs(turn.at),
          factor: step.retry.factor,
        };
  if (faultsSoFar > policy.times) return undefined;
  // Growth is bounded; a wait the author wrote is theirs.
  const full = Math.max(policy.waitMs, Math.min(policy.waitMs * policy.factor ** (faultsSoFar - 1), LONGEST_MS));
  return Math.round(full / 2 + (full / 2) * jitter);
}
