/**
 * What the control plane says, kept in memory: a state machine over the events of its stream, without a clock, a timer or
 * a connection of its own.
 *
 * - Nothing yet, or following: `tenants` is what was last known, true of the instant `freshAtMs` or later.
 * - A snapshot is being read: it is built beside what is known and takes its place when it is whole.
 *
 * `freshAtMs` only moves when a beat says that everything up to our own position is everything there was. An event that
 * is missing, repeated, out of order or from the past never moves it: it then grows old, and checks say so.
 */
import {
  entitlementsPool,
  isRow,
  positionOf,
  readTenantState,
  type TenantState,
  UnreadableRow,
} from './tenant-state.ts';

export const SCHEMA = 'tenantry.guard/1';

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** `resync`: this stream is of no more use; ask again, from where the replica is. */
export type Verdict = 'ok' | 'resync';

interface Building {
  readonly epoch: string;
  readonly position: number;
  readonly tenants: Map<string, TenantState>;
}

type Row = Readonly<Record<string, unknown>>;

export class Replica {
  tenants: ReadonlyMap<string, TenantState> = new Map();
  /** By the monotonic clock of whoever feeds it; nothing was ever known at minus infinity. */
  freshAtMs = Number.NEGATIVE_INFINITY;
  position = -1;
  /** What went wrong last, for people. */
  problem: string | undefined;
  #map = new Map<string, TenantState>();
  #epoch: string | undefined;
  #building: Building | undefined;
  #began = false;
  /** What we know and what the stream says have nothing in common: only a snapshot helps. */
  #astray = false;
  readonly #intern = entitlementsPool();

  /** Where to go on, as the stream wants to hear it; undefined asks for a snapshot. */
  get lastEventId(): string | undefined {
    return this.#epoch === undefined || this.#astray ? undefined : `${this.#epoch}.${this.position}`;
  }

  /** Another stream is read from here on; what the one before left unfinished is dropped. */
  open(): void {
    this.#building = undefined;
    this.#began = false;
  }

  /**
   * Takes one event. `askedAtMs` is when this stream was asked for; `nowMs` bounds what it can claim.
   *
   * @returns whether the stream is still of use
   */
  take({ event, data }: StreamEvent, askedAtMs: number, nowMs: number): Verdict {
    try {
      if (!isRow(data)) throw new UnreadableRow(`the event ${event} is empty`);
      if (event === 'begin') return this.#begin(data);
      if (!this.#began) return this.#give(`the stream started with ${event}`);
      if (event === 'page') return this.#page(data);
      if (event === 'ready') return this.#ready(data, askedAtMs, nowMs);
      if (event === 'changes') return this.#changes(data);
      if (event === 'beat') return this.#beat(data, askedAtMs, nowMs);
      // A newer control plane may tell more than this release understands.
      return 'ok';
    } catch (error) {
      if (!(error instanceof UnreadableRow)) throw error;
      return this.#give(`the control plane sent what cannot be read: ${error.message}`);
    }
  }

  #give(problem: string): Verdict {
    this.problem = problem;
    this.open();
    return 'resync';
  }

  #begin(data: Row): Verdict {
    const { schema, epoch, mode } = data;
    const position = positionOf(data);
    if (schema !== SCHEMA || typeof epoch !== 'string') return this.#give(`the stream is ${String(schema)}`);
    if (mode === 'resume') {
      if (epoch !== this.#epoch || position !== this.position) {
        this.#astray = true;
        return this.#give('the stream resumed elsewhere');
      }
    } else if (epoch === this.#epoch && position < this.position) {
      return this.#give('the snapshot is older than what is known');
    } else {
      this.#building = { epoch, position, tenants: new Map() };
    }
    this.#began = true;
    return 'ok';
  }

  #page({ tenants }: Row): Verdict {
    const building = this.#building;
    if (building === undefined || !Array.isArray(tenants)) return this.#give('a page came without a snapshot');
    for (const row of tenants) {
      const [id, state] = this.#read(row);
      if (state !== undefined) building.tenants.set(id, state);
    }
    return 'ok';
  }

  #ready(data: Row, askedAtMs: number, nowMs: number): Verdict {
    const building = this.#building;
    // Resumed: what happened meanwhile follows, and until it is here nothing is fresh.
    if (building === undefined) return 'ok';
    const whole = positionOf(data) === building.position && positionOf(data, 'tenants') === building.tenants.size;
    if (!whole) return this.#give('the snapshot is not whole');
    this.#building = undefined;
    this.#astray = false;
    this.#map = building.tenants;
    this.tenants = building.tenants;
    this.#epoch = building.epoch;
    this.position = building.position;
    return this.#freshen(data, askedAtMs, nowMs);
  }

  #changes(data: Row): Verdict {
    const { tenants } = data;
    const [from, to] = [positionOf(data, 'from'), positionOf(data, 'to')];
    if (this.#building !== undefined || !Array.isArray(tenants)) return this.#give('changes came inside a snapshot');
    if (from > this.position) return this.#give('changes are missing');
    if (to <= this.position) return 'ok';
    const read = tenants.map((row) => this.#read(row));
    for (const [id, state, position] of read) {
      // Told before, in a range that overlaps or a page that was read late.
      if (position <= this.position || position < (this.#map.get(id)?.position ?? 0)) continue;
      if (state === undefined) this.#map.delete(id);
      else this.#map.set(id, state);
    }
    this.position = to;
    return 'ok';
  }

  #beat(data: Row, askedAtMs: number, nowMs: number): Verdict {
    const position = positionOf(data);
    if (this.#building !== undefined) return this.#give('a beat came inside a snapshot');
    if (position > this.position) return this.#give('changes are missing');
    return position < this.position ? 'ok' : this.#freshen(data, askedAtMs, nowMs);
  }

  /** The control plane looked so long after the stream was opened, and that was after we asked for it. */
  #freshen({ elapsed_ms: elapsedMs }: Row, askedAtMs: number, nowMs: number): Verdict {
    if (typeof elapsedMs !== 'number' || !(elapsedMs >= 0)) return this.#give('a beat does not say of when it is');
    this.freshAtMs = Math.max(this.freshAtMs, Math.min(nowMs, askedAtMs + elapsedMs));
    this.problem = undefined;
    return 'ok';
  }

  #read(row: unknown): readonly [id: string, state: TenantState | undefined, position: number] {
    if (!isRow(row) || typeof row.id !== 'string') throw new UnreadableRow('a tenant has no id');
    if (row.removed === true) return [row.id, undefined, positionOf(row)];
    const state = readTenantState(row, this.#intern);
    return [row.id, state, state.position];
  }
}
