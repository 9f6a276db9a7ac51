export interface Taken {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Whole seconds until the window ends, at least 1. */
  readonly resetS: number;
}

interface Window {
  readonly endsAt: number;
  used: number;
}

/** Keys may come from outside (a log-in names any address), so their number is bounded: the oldest goes. */
const KEYS_MAX = 10_000;

/** Counts per key in windows that start with a key's first call. In memory: each process counts for itself. */
export class FixedWindow {
  readonly #windowMs: number;
  readonly #windows = new Map<string, Window>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Counts one call unless the limit is used up. */
  take(key: string, limit: number, now: Date): Taken {
    const window = this.#windowOf(key, now.getTime());
    const allowed = window.used < limit;
    if (allowed) window.used += 1;
    return {
      allowed,
      remaining: Math.max(0, limit - window.used),
      resetS: Math.max(1, Math.ceil((window.endsAt - now.getTime()) / 1_000)),
    };
  }

  /** The key starts anew with its next call. */
  forget(key: string): void {
    this.#windows.delete(key);
  }

  #windowOf(key: string, nowMs: number): Window {
    const known = this.#windows.get(key);
    if (known !== undefined && known.endsAt > nowMs) return known;
    this.#windows.delete(key);
    if (this.#windows.size >= KEYS_MAX) this.#dropOldest();
    const fresh = { endsAt: nowMs + this.#windowMs, used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }

  /** A Map keeps the order of insertion, and every window is equally long: the first key ends first. */
  #dropOldest(): void {
    for (const key of this.#windows.keys()) {
      this.#windows.delete(key);
      return;
    }
  }
}
