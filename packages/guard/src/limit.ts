import { type Decision, type GuardCode, LIMIT_REACHED, LIMIT_UNSET, OK, USAGE_INVALID } from './decision.ts';

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
export function fits(limit: number | undefined, used: number, adding: number): Decision {
  if (limit === undefined) return LIMIT_UNSET;
  if (!(used >= 0) || !(adding >= 0) || !Number.isFinite(used) || !Number.isFinite(adding)) return USAGE_INVALID;
  return used + adding <= limit ? OK : LIMIT_REACHED;
}

/** As `fits`, with the figures; a decision in place of the limit refuses as it is. */
export function decideLimit(limit: number | undefined | Decision, used: number, adding: number): LimitDecision {
  if (typeof limit === 'object') return refused(limit.code);
  const { ok, code } = fits(limit, used, adding);
  if (limit === undefined) return refused(code);
  return { ok, code, limit, remaining: code === 'usage_invalid' ? 0 : Math.max(0, limit - used) };
}

const refused = (code: GuardCode): LimitDecision => ({ ok: false, code, limit: 0, remaining: 0 });
