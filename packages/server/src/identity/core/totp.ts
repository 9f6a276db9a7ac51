/** Time-based one-time codes (RFC 6238): six digits, 30 seconds, SHA-1, as every authenticator app has them. */
import { generateSync } from 'otplib';

export const STEP_SECONDS = 30;
/** One step before and one after: clocks differ, and people type slowly (RFC 6238, 5.2). */
const DRIFT_STEPS = 1;
/** So far around, a code is still refused, but somebody can be told that it is their clock. */
const HINT_STEPS = 20;

export type TotpVerdict =
  | { readonly accepted: true; readonly step: number }
  | { readonly accepted: false; readonly why: 'wrong' | 'used' | 'clock' };

export interface TotpCheck {
  /** Base32. */
  readonly secret: string;
  readonly code: string;
  readonly now: Date;
  /** The newest step that was accepted before. */
  readonly lastStep: number | null;
}

/** Accepts each step once, and none older than the newest accepted one. */
export function judgeTotp({ secret, code, now, lastStep }: TotpCheck): TotpVerdict {
  const given = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(given)) return { accepted: false, why: 'wrong' };
  const current = Math.floor(now.getTime() / 1_000 / STEP_SECONDS);
  const matching = stepsAround(current).find((step) => isSame(given, codeAt(secret, step)));
  if (matching === undefined) return { accepted: false, why: 'wrong' };
  if (Math.abs(matching - current) > DRIFT_STEPS) return { accepted: false, why: 'clock' };
  if (lastStep !== null && matching <= lastStep) return { accepted: false, why: 'used' };
  return { accepted: true, step: matching };
}

/** Nearest first. */
const stepsAround = (current: number): readonly number[] => [
  current,
  ...Array.from({ length: HINT_STEPS }, (_, index) => [current - index - 1, current + index + 1]).flat(),
];

export const codeAt = (secret: string, step: number): string =>
  generateSync({ secret, epoch: step * STEP_SECONDS, period: STEP_SECONDS, digits: 6, algorithm: 'sha1' });

/** Looks at every digit, however early two differ. */
const isSame = (one: string, other: string): boolean =>
  one.length === other.length &&
  Array.from(one).reduce((different, digit, index) => different | (digit === other[index] ? 0 : 1), 0) === 0;
