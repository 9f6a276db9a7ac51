import type { CutlistContext } from '../context.ts';
import { Refusal } from '../refusal.ts';

const ATTEMPTS_MAX = 10;

/** Counted before the password is looked at: guesses made at the same time count as well. */
export function countAttempt({ passwordAttempts }: CutlistContext, key: string, now: Date): void {
  const { allowed, resetS } = passwordAttempts.take(key, ATTEMPTS_MAX, now);
  if (allowed) return;
  throw new Refusal('too_many_requests', 'Too many failed attempts. Wait, then try again.', { retryAfterS: resetS });
}
