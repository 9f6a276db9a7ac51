/**
 * How often an account, an address, or one account from one address may be tried. A delay grows with the failures and
 * stops growing at minutes: nobody is ever locked out for good, by themselves or by somebody who means them harm.
 */

export interface ThrottleRule {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The delay after the first failure past those; doubled by each that follows. */
  readonly firstDelayMs: number;
  readonly delayMaxMs: number;
  /** After this long without an attempt the failures are forgotten. */
  readonly forgetAfterMs: number;
}

const MINUTE = 60_000;

export const THROTTLE_RULES = {
  /** One account, from addresses its user has never logged in from. */
  account: { free: 5, firstDelayMs: 1_000, delayMaxMs: 5 * MINUTE, forgetAfterMs: 60 * MINUTE },
  /** One account from one address its user has logged in from: others' guesses do not count against it. */
  pair: { free: 5, firstDelayMs: 1_000, delayMaxMs: 5 * MINUTE, forgetAfterMs: 60 * MINUTE },
  /** One address over all accounts of all tenants: an office behind one address has many people in it. */
  address: { free: 30, firstDelayMs: 1_000, delayMaxMs: 5 * MINUTE, forgetAfterMs: 60 * MINUTE },
  /** Codes of a second factor, and the current password where a new one is set. */
  factor: { free: 5, firstDelayMs: 5_000, delayMaxMs: 15 * MINUTE, forgetAfterMs: 24 * 60 * MINUTE },
  /** Mails that anybody can make us send to one account. */
  mail: { free: 3, firstDelayMs: MINUTE, delayMaxMs: 60 * MINUTE, forgetAfterMs: 24 * 60 * MINUTE },
  /** Registrations, resets and the like from one address. */
  request: { free: 20, firstDelayMs: 5_000, delayMaxMs: 10 * MINUTE, forgetAfterMs: 60 * MINUTE },
} as const satisfies Record<string, ThrottleRule>;

export type ThrottleKind = keyof typeof THROTTLE_RULES;

/** How long after this many failures in a row the next attempt has to wait. */
export function delayAfter({ free, firstDelayMs, delayMaxMs }: ThrottleRule, failures: number): number {
  if (failures < free) return 0;
  return Math.min(delayMaxMs, firstDelayMs * 2 ** Math.min(30, failures - free));
}
