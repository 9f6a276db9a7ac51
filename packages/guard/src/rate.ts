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

/** In this process alone: several processes allow as many times the limit. */
export function localRateStore({ now = () => performance.now() }: { readonly now?: () => number } = {}): RateStore {
  const windows = new Map<string, { endsAt: number; used: number }>();
  return {
    take: async ({ tenantId, name, limit, windowMs, cost }) => {
      const key = `${tenantId} ${name}`;
      const at = now();
      let window = windows.get(key);
      if (window === undefined || window.endsAt <= at) {
        windows.delete(key);
        if (windows.size >= KEYS_MAX) forgetOldest(windows);
        window = { endsAt: at + windowMs, used: 0 };
        windows.set(key, window);
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

export async function takeRate(stores: Stores, { access, limit, ...question }: Question): Promise<RateDecision> {
  if (!access.ok) return answer(access.code, 0, 0, 0);
  // A tenant that is let in though nobody knows it has no limit to hold it to.
  if (limit === undefined) return answer('limit_unset', 0, 0, 0);
  if (!(question.cost >= 0) || !Number.isFinite(question.cost)) return answer('usage_invalid', limit, 0, 0);
  if (limit === Number.POSITIVE_INFINITY) return answer('ok', limit, limit, 0);
  const request = { ...question, limit };
  const count = await stores.store.take(request).catch(() => fallBack(stores, request));
  if (count === 'deny') return answer('store_failed', limit, 0, 0);
  if (count === 'allow') return answer('ok', limit, limit, 0);
  const code = count.allowed ? 'ok' : 'rate_exceeded';
  return answer(code, limit, Math.max(0, limit - count.used), count.resetMs);
}

async function fallBack(
  { local, onStoreFailure }: Stores,
  request: RateRequest,
): Promise<RateCount | 'deny' | 'allow'> {
  return onStoreFailure === 'local' ? local.take(request) : onStoreFailure;
}

function answer(code: GuardCode, limit: number, remaining: number, resetMs: number): RateDecision {
  const resetS = String(Math.max(1, Math.ceil(resetMs / 1_000)));
  const counted = Number.isFinite(limit) && resetMs > 0;
  const headers: Record<string, string> = counted
    ? { 'ratelimit-limit': String(limit), 'ratelimit-remaining': String(remaining), 'ratelimit-reset': resetS }
    : {};
  if (code === 'rate_exceeded') headers['retry-after'] = resetS;
  return { ok: code === 'ok', code, limit, remaining, resetMs, headers };
}
