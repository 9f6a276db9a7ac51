import type { Decision, GuardCode } from './decision.ts';

/** One window of one key: how much of it is used once this call is counted, and when it ends. */
export interface RateCount {
  /** Counted units, those of this call included if they fitted. */
  readonly used: number;
  readonly allowed: boolean;
  /** Milliseconds until the window ends. */
  readonly resetMs: number;
}

export interface RateRequest {
  readonly tenantId: string;
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly cost: number;
}

/** Counts in fixed windows that start with the first call of a tenant. What does not fit is not counted. */
export interface RateStore {
  take(request: RateRequest): Promise<RateCount>;
}

export interface RateDecision extends Decision {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the window ends; 0 where there is none. */
  readonly resetMs: number;
  /** For the answer: `RateLimit-*` (draft 6 of the IETF's) and, on a refusal for the rate, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
}

const KEYS_MAX = 100_000;

interface Window {
  endsAt: number;
  used: number;
}

/** In this process alone: several processes allow as many times the limit. */
export function localRateStore({ now = () => performance.now() }: { readonly now?: () => number } = {}): RateStore {
  // By the name of the limit first: ids are strings whose hash is known already, a joined key would be hashed each time.
  const byName = new Map<string, Map<string, Window>>();
  return {
    take: async ({ tenantId, name, limit, windowMs, cost }) => {
      const at = now();
      let windows = byName.get(name);
      if (windows === undefined) {
        windows = new Map();
        byName.set(name, windows);
      }
      let window = windows.get(tenantId);
      if (window === undefined || window.endsAt <= at) {
        windows.delete(tenantId);
        if (windows.size >= KEYS_MAX) forgetOldest(windows);
        window = { endsAt: at + windowMs, used: 0 };
        windows.set(tenantId, window);
      }
      const allowed = window.used + cost <= limit;
      if (allowed) window.used += cost;
      return { used: window.used, allowed, resetMs: window.endsAt - at };
    },
  };
}

function forgetOldest(windows: Map<string, unknown>): void {
  for (const key of windows.keys()) {
    windows.delete(key);
    return;
  }
}

interface Stores {
  readonly store: RateStore;
  readonly local: RateStore;
  readonly onStoreFailure: 'local' | 'deny' | 'allow';
}

interface Question extends Omit<RateRequest, 'limit'> {
  readonly access: Decision;
  readonly limit: number | undefined;
}

export async function takeRate(
  { store, local, onStoreFailure }: Stores,
  { access, tenantId, name, limit, windowMs, cost }: Question,
): Promise<RateDecision> {
  if (!access.ok) return new RateAnswer(access.code, 0, 0, 0);
  // A tenant that is let in though nobody knows it has no limit to hold it to.
  if (limit === undefined) return new RateAnswer('limit_unset', 0, 0, 0);
  // A window that is over as it begins would never hold anybody to anything.
  if (!(cost >= 0) || !Number.isFinite(cost) || !(windowMs > 0)) return new RateAnswer('usage_invalid', limit, 0, 0);
  if (limit === Number.POSITIVE_INFINITY) return new RateAnswer('ok', limit, limit, 0);
  const request = { tenantId, name, limit, windowMs, cost };
  let count: RateCount;
  try {
    count = await store.take(request);
  } catch {
    if (onStoreFailure === 'deny') return new RateAnswer('store_failed', limit, 0, 0);
    if (onStoreFailure === 'allow') return new RateAnswer('ok', limit, limit, 0);
    count = await local.take(request);
  }
  const remaining = Math.max(0, limit - count.used);
  return new RateAnswer(count.allowed ? 'ok' : 'rate_exceeded', limit, remaining, count.resetMs);
}

/** The headers are made when they are asked for: most callers of a busy path never do. */
class RateAnswer implements RateDecision {
  readonly ok: boolean;
  readonly code: GuardCode;
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;

  constructor(code: GuardCode, limit: number, remaining: number, resetMs: number) {
    this.ok = code === 'ok';
    this.code = code;
    this.limit = limit;
    this.remaining = remaining;
    this.resetMs = resetMs;
  }

  get headers(): Readonly<Record<string, string>> {
    if (!Number.isFinite(this.limit) || this.resetMs <= 0) return {};
    const resetS = String(Math.max(1, Math.ceil(this.resetMs / 1_000)));
    return {
      'ratelimit-limit': String(this.limit),
      'ratelimit-remaining': String(this.remaining),
      'ratelimit-reset': resetS,
      ...(this.code === 'rate_exceeded' && { 'retry-after': resetS }),
    };
  }
}
