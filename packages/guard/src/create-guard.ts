import { type Decision, FEATURE_OFF, OK, STALE, UNKNOWN } from './decision.ts';
import { type Follower, follow } from './follow.ts';
import { decideLimit, fits, type LimitDecision } from './limit.ts';
import { localRateStore, type RateDecision, type RateStore, takeRate } from './rate.ts';
import { Replica } from './replica.ts';
import { type Reservation, type ReservationStore, refusedReservation } from './reservation.ts';
import type { TenantState } from './tenant-state.ts';

/** What a request does: `write` is whatever changes something. */
export type Need = 'read' | 'write';

export interface CallOptions {
  /** For a tenant that is not known in this product; the guard's own unless given. */
  readonly onUnknown?: 'deny' | 'allow';
  /** How old what is known may be, in milliseconds; the guard's own unless given. */
  readonly maxStaleMs?: number;
  /** Past that: deny, or go on with what was last known. The guard's own unless given. */
  readonly onStale?: 'deny' | 'last-known';
  /** A pilot user or an administrator, who is let in before go-live. */
  readonly pilot?: boolean;
}

export interface CheckOptions extends CallOptions {
  /** A feature the tenant must have as well. */
  readonly feature?: string;
  /** A limit under which `adding` more units must fit beside the `used` ones. */
  readonly limit?: string;
  /** Units in use; 0 unless given. */
  readonly used?: number;
  /** 1 unless given. */
  readonly adding?: number;
}

export interface RateOptions extends CallOptions {
  /** Name of the limit; `api_calls_per_15min` unless given. */
  readonly limit?: string;
  /** Length of its window in milliseconds; 15 minutes unless given. */
  readonly windowMs?: number;
  /** How many calls this one counts for; 1 unless given. */
  readonly cost?: number;
  /** Id of whose window it is counted in, where that is not the tenant's: what a probe does uses up nobody's calls. */
  readonly countedFor?: string;
}

export interface ReserveOptions extends CallOptions {
  /** Units; 1 unless given. */
  readonly amount?: number;
  /** How long it holds when nobody confirms it, in milliseconds; a minute unless given. */
  readonly leaseMs?: number;
}

export interface GuardOptions {
  /** Of the control plane, without a path. */
  readonly url: string;
  /** A key with the scope `guard:read` and no other. */
  readonly key: string;
  /** Id of the product, such as `cutlist`. */
  readonly product: string;
  /**
   * `default`: through an outage the last known answer holds for 5 minutes of reading and 60 seconds of writing.
   * `strict`: nothing is allowed on what is older than a second.
   */
  readonly profile?: 'default' | 'strict';
  /** `deny` unless given. */
  readonly onUnknown?: 'deny' | 'allow';
  /** `deny` unless given. */
  readonly onStale?: 'deny' | 'last-known';
  /** In milliseconds; what the profile says unless given. */
  readonly maxStaleMs?: { readonly read?: number; readonly write?: number };
  /** Told each new trouble with the control plane, and `undefined` when it is over. */
  readonly onProblem?: (problem: string | undefined) => void;
  /** Where calls are counted; in this process alone unless given. */
  readonly rateStore?: RateStore;
  /** When that store fails: count in this process (`local`), `deny` or `allow`. `local` unless given. */
  readonly onStoreFailure?: 'local' | 'deny' | 'allow';
  /** Where reservations are kept; `reserve` needs it. */
  readonly reservations?: ReservationStore;
  readonly fetch?: typeof fetch;
  /** Monotonic milliseconds; `performance.now` unless given. */
  readonly now?: () => number;
}

export interface GuardStatus {
  /** Whether a snapshot was ever read. */
  readonly ready: boolean;
  /** Whether a stream is open now and told something. */
  readonly connected: boolean;
  /** What is known is true of an instant at most so long ago; `Infinity` before the first snapshot. */
  readonly staleMs: number;
  readonly tenants: number;
  readonly position: number;
  readonly problem: string | undefined;
}

export interface Guard {
  /**
   * May this tenant do that now? By its status and access mode alone; in memory, without waiting. Look at `ok`: the
   * answer itself is always truthy. A feature and a limit can be asked in the same call, by the same look at the clock.
   */
  check(tenantId: string, need: Need, options?: CheckOptions): Decision;
  /** Whether the tenant may use a feature now: it has it, and may read. */
  allows(tenantId: string, feature: string, options?: CallOptions): boolean;
  /** As `allows`, with the reason. */
  feature(tenantId: string, feature: string, options?: CallOptions): Decision;
  /** Whether `adding` more units (1 unless given) fit beside the `used` ones. For creates at once use `reserve`. */
  limit(tenantId: string, name: string, used: number, adding?: number, options?: CallOptions): LimitDecision;
  /** Counts a call against a window of the tenant. Never rejects. */
  rate(tenantId: string, options?: RateOptions): Promise<RateDecision>;
  /** Takes units of a limit before they are created, so that no two processes take the last one. @throws as the store does */
  reserve(tenantId: string, name: string, options?: ReserveOptions): Promise<Reservation>;
  status(): GuardStatus;
  /** Waits for the first snapshot. Answers whether there was one in time; 10 seconds unless given. */
  ready(withinMs?: number): Promise<boolean>;
  /** Ends the stream, which keeps the process alive until then. */
  close(): void;
}

const PROFILES = {
  default: { readMs: 300_000, writeMs: 60_000, beatMs: 5_000 },
  strict: { readMs: 1_000, writeMs: 1_000, beatMs: 250 },
} as const;
const WINDOW_MS = 15 * 60_000;
const LEASE_MS = 60_000;
const NONE: CallOptions = Object.freeze({});
/** Looked up once: the global is a getter, and asking it anew would cost half as much again as the whole answer. */
const clock = globalThis.performance;

const asksMore = ({ feature, limit }: CheckOptions): boolean => feature !== undefined || limit !== undefined;

/**
 * Follows the control plane and answers, from memory, what each tenant may do now.
 *
 * @example
 * const guard = createGuard({ url: 'https://tenantry.example', key, product: 'cutlist' });
 * await guard.ready();
 * if (!guard.check(tenantId, 'write').ok) throw new Error('not now');
 */
export function createGuard(options: GuardOptions): Guard {
  const profile = PROFILES[options.profile ?? 'default'];
  const { onUnknown = 'deny', onStale = 'deny', now = () => clock.now() } = options;
  const readMs = options.maxStaleMs?.read ?? profile.readMs;
  const writeMs = options.maxStaleMs?.write ?? profile.writeMs;
  const replica = new Replica();
  const waiting = new Set<() => void>();
  const local = localRateStore({ now });
  const follower: Follower = follow(replica, {
    url: streamUrl(options),
    key: options.key,
    beatMs: Math.min(profile.beatMs, Math.max(250, Math.floor(Math.min(readMs, writeMs) / 4))),
    fetch: options.fetch ?? globalThis.fetch,
    now,
    onFresh: () => {
      for (const call of [...waiting]) call();
    },
    onProblem: (problem) => options.onProblem?.(problem),
  });

  /** The tenant, or why nothing can be said of it. */
  const find = (tenantId: string, need: Need, given: CallOptions): TenantState | Decision => {
    const maxMs = given.maxStaleMs ?? (need === 'write' ? writeMs : readMs);
    // Written so that an age that is no number is too old.
    if (!(now() - replica.freshAtMs <= maxMs) && (given.onStale ?? onStale) === 'deny') return STALE;
    return replica.tenants.get(tenantId) ?? ((given.onUnknown ?? onUnknown) === 'allow' ? OK : UNKNOWN);
  };
  const accessOf = (found: TenantState, need: Need, { pilot }: CallOptions): Decision => {
    if (pilot === true) return need === 'write' ? found.pilotWrite : found.pilotRead;
    return need === 'write' ? found.write : found.read;
  };
  const feature = (tenantId: string, name: string, given = NONE): Decision => {
    const found = find(tenantId, 'read', given);
    if ('ok' in found) return found;
    const access = accessOf(found, 'read', given);
    return access.ok && !found.entitlements.features.has(name) ? FEATURE_OFF : access;
  };
  const limitOf = (tenantId: string, name: string, given: CallOptions): number | undefined | Decision => {
    const found = find(tenantId, 'write', given);
    // Of a tenant nobody knows no limit is known either.
    if ('ok' in found) return found.ok ? UNKNOWN : found;
    const access = accessOf(found, 'write', given);
    return access.ok ? found.entitlements.limits.get(name) : access;
  };

  return {
    check: (tenantId, need, given: CheckOptions = NONE) => {
      const found = find(tenantId, need, given);
      // Of a tenant that is let in though nobody knows it, no feature and no limit is known.
      if ('ok' in found) return found.ok && asksMore(given) ? UNKNOWN : found;
      const access = accessOf(found, need, given);
      if (!access.ok) return access;
      const { limits, features } = found.entitlements;
      if (given.feature !== undefined && !features.has(given.feature)) return FEATURE_OFF;
      return given.limit === undefined ? access : fits(limits.get(given.limit), given.used ?? 0, given.adding ?? 1);
    },
    allows: (tenantId, name, given) => feature(tenantId, name, given).ok,
    feature,
    limit: (tenantId, name, used, adding = 1, given = NONE) =>
      decideLimit(limitOf(tenantId, name, given), used, adding),
    rate: (tenantId, given = NONE) => {
      const { limit: name = 'api_calls_per_15min', windowMs = WINDOW_MS, cost = 1, countedFor } = given as RateOptions;
      const found = find(tenantId, 'read', given);
      const access = 'ok' in found ? found : accessOf(found, 'read', given);
      const limit = 'ok' in found ? undefined : found.entitlements.limits.get(name);
      const { rateStore: store = local, onStoreFailure = 'local' } = options;
      return takeRate(
        { store, local, onStoreFailure },
        { access, tenantId: countedFor ?? tenantId, name, limit, windowMs, cost },
      );
    },
    reserve: async (tenantId, name, given = NONE) => {
      const { reservations: store } = options;
      if (store === undefined) throw new TypeError('createGuard was given no reservations to keep them in');
      const { amount = 1, leaseMs = LEASE_MS } = given as ReserveOptions;
      const limit = limitOf(tenantId, name, given);
      // What no usage could make fit is refused without asking.
      const first = decideLimit(limit, 0, amount);
      if (!first.ok || typeof limit !== 'number') return refusedReservation(first);
      return store.reserve({ tenantId, name, amount, limit, leaseMs });
    },
    status: () => ({
      ready: replica.position >= 0,
      connected: follower.connected,
      staleMs: now() - replica.freshAtMs,
      tenants: replica.tenants.size,
      position: replica.position,
      problem: replica.problem,
    }),
    ready: (withinMs = 10_000) => {
      if (replica.position >= 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve(replica.position >= 0);
        };
        const timer = setTimeout(done, withinMs);
        waiting.add(done);
      });
    },
    close: () => {
      follower.close();
      for (const call of [...waiting]) call();
    },
  };
}

/** @throws TypeError for options no guard can work with */
function streamUrl({ url, key, product }: GuardOptions): string {
  if (!URL.canParse(url)) throw new TypeError(`createGuard: "${url}" is no address of a control plane`);
  if (key === '' || product === '') throw new TypeError('createGuard needs a key and a product');
  return new URL(`/api/v1/products/${encodeURIComponent(product)}/guard/stream`, url).href;
}
