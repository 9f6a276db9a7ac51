/** When a mail that could not be sent is tried again: soon at first, then every hour, for five days. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const GIVE_UP_AFTER_MS = 5 * 24 * HOUR;

/** After so many attempts. */
export const delayAfter = (attempts: number): number => Math.min(HOUR, MINUTE * 2 ** Math.min(10, attempts - 1));

/** Undefined when it has been tried for long enough. */
export function nextAttempt(
  { createdAt, attempts }: { readonly createdAt: Date; readonly attempts: number },
  now: Date,
): Date | undefined {
  const next = new Date(now.getTime() + delayAfter(attempts));
  return next.getTime() - createdAt.getTime() > GIVE_UP_AFTER_MS ? undefined : next;
}
