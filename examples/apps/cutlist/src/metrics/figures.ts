/** What this process counts for each workshop between two reports. In memory: a second process would report its own. */
import type { Clock } from '../context.ts';

/** As the control plane wants them: how many took at most so many milliseconds, and one count more for the rest. */
export const LATENCY_BOUNDS_MS = [
  5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000,
] as const;

export interface Visit {
  readonly tenantId: string;
  readonly userId: string;
  readonly durationMs: number;
  /** By our fault. */
  readonly failed: boolean;
  readonly feature: string | undefined;
}

/** The body of a report; sent again word for word when its answer is lost. */
export interface Report {
  readonly source: string;
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  readonly errors: number;
  readonly latency: readonly number[];
  readonly active_users: number;
  readonly features: Readonly<Record<string, number>>;
}

interface Tally {
  requests: number;
  errors: number;
  latency: number[];
  features: Record<string, number>;
}

const DAY_MS = 86_400_000;

const emptyTally = (): Tally => ({
  requests: 0,
  errors: 0,
  latency: Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0),
  features: {},
});

export class Figures {
  readonly #source: string;
  readonly #clock: Clock;
  readonly #tallies = new Map<string, Tally>();
  /** When each person of a workshop was last here. */
  readonly #seen = new Map<string, Map<string, number>>();
  #from: Date;

  /** `source`: another one for each process and each start, so that no two reports speak of the same time. */
  constructor(source: string, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#from = clock();
  }

  count({ tenantId, userId, durationMs, failed, feature }: Visit): void {
    const tally = this.#tallies.get(tenantId) ?? emptyTally();
    this.#tallies.set(tenantId, tally);
    tally.requests += 1;
    if (failed) tally.errors += 1;
    const bound = LATENCY_BOUNDS_MS.findIndex((most) => durationMs <= most);
    const place = bound < 0 ? LATENCY_BOUNDS_MS.length : bound;
    tally.latency[place] = (tally.latency[place] ?? 0) + 1;
    if (feature !== undefined) tally.features[feature] = (tally.features[feature] ?? 0) + 1;
    const people = this.#seen.get(tenantId) ?? new Map<string, number>();
    this.#seen.set(tenantId, people.set(userId, this.#clock().getTime()));
  }

  /**
   * What was counted since the last time, and begins anew. A workshop that was here once is reported from then on, also
   * when nothing happened: nothing to tell is not the same as nobody telling.
   */
  take(): ReadonlyMap<string, Report> {
    const from = this.#from;
    const to = this.#clock();
    if (to <= from) return new Map();
    this.#from = to;
    const reports = new Map<string, Report>();
    for (const [tenantId, tally] of this.#tallies) {
      const active_users = this.#activeIn(tenantId, to);
      reports.set(tenantId, {
        source: this.#source,
        from: from.toISOString(),
        to: to.toISOString(),
        ...tally,
        active_users,
      });
      this.#tallies.set(tenantId, emptyTally());
    }
    return reports;
  }

  #activeIn(tenantId: string, at: Date): number {
    const people = this.#seen.get(tenantId) ?? new Map<string, number>();
    for (const [userId, seenAt] of people) if (at.getTime() - seenAt > DAY_MS) people.delete(userId);
    return people.size;
  }
}
