import type { Decision, GuardCode } from './decision.ts';

export interface LimitDecision extends Decision {
  /** Units in force; `Infinity` for unlimited, 0 where none is set or nothing is known. */
  readonly limit: number;
  /** Units left before this one; never negative. */
  readonly remaining: number;
}

/**
 * Whether `adding` units fit beside `used` ones. Fractions count as they are; what is negative or no number is refused,
 * because a wrong count must not open a limit.
 */
export function decideLimit(limit: number | undefined | Decision, used: number, adding: number): LimitDecision {
  if (limit === undefined) return refused('limit_unset');
  if (typeof limit === 'object') return refused(limit.code);
  const remaining = Math.max(0, limit - used);
  if (!(used >= 0) || !(adding >= 0) || !Number.isFinite(used) || !Number.isFinite(adding)) {
    return { ok: false, code: 'usage_invalid', limit, remaining: 0 };
  }
  const ok = used + adding <= limit;
  return { ok, code: ok ? 'ok' : 'limit_reached', limit, remaining };
}

const refused = (code: GuardCode): LimitDecision => ({ ok: false, code, limit: 0, remaining: 0 });
