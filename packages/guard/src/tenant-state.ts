import { CLOSED, type Decision, OFFBOARDED, OK, ONBOARDING, READ_ONLY, SUSPENDED, UNREADABLE } from './decision.ts';

export interface Entitlements {
  /** Units, `Infinity` for unlimited; a limit that is not here is not set. */
  readonly limits: ReadonlyMap<string, number>;
  readonly features: ReadonlySet<string>;
}

/** One tenant as the guard keeps it: everything a check asks is worked out when it changes, not when it is asked. */
export interface TenantState {
  readonly position: number;
  readonly plan: string;
  readonly read: Decision;
  readonly write: Decision;
  /** For pilot users, who are let in before go-live. */
  readonly pilotRead: Decision;
  readonly pilotWrite: Decision;
  readonly entitlements: Entitlements;
}

type Row = Readonly<Record<string, unknown>>;

/** What of a row the control plane sent cannot be used. The stream it came on is given up. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
}

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function positionOf(row: Row, name = 'position'): number {
  const value = row[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new UnreadableRow(`${name} is no position`);
}

/**
 * Reads one row of the wire. Whatever is missing is refused rather than guessed, as from an older control plane; a
 * status that is new to this release admits nobody.
 *
 * @throws UnreadableRow
 */
export function readTenantState(row: Row, intern: (limits: Row, features: Row) => Entitlements): TenantState {
  const { plan, status, closed, limits, features } = row;
  if (typeof closed !== 'boolean' || typeof status !== 'string' || typeof plan !== 'string') {
    throw new UnreadableRow('a tenant lacks plan, status or closed');
  }
  if (!isRow(limits) || !isRow(features)) throw new UnreadableRow('a tenant lacks limits or features');
  const access = closed ? closedTo(CLOSED) : accessOf(status, row.access_mode);
  return { position: positionOf(row), plan, ...access, entitlements: intern(limits, features) };
}

type Access = Pick<TenantState, 'read' | 'write' | 'pilotRead' | 'pilotWrite'>;

const closedTo = (why: Decision): Access => ({ read: why, write: why, pilotRead: why, pilotWrite: why });

function accessOf(status: string, mode: unknown): Access {
  switch (status) {
    case 'active':
    case 'trial':
      return closedTo(OK);
    case 'onboarding':
      return { read: ONBOARDING, write: ONBOARDING, pilotRead: OK, pilotWrite: OK };
    case 'suspended':
      return mode === 'read-only'
        ? { read: OK, write: READ_ONLY, pilotRead: OK, pilotWrite: READ_ONLY }
        : closedTo(SUSPENDED);
    case 'offboarded':
      return closedTo(OFFBOARDED);
    default:
      return closedTo(UNREADABLE);
  }
}

/** Tenants of one plan share their limits and features: a hundred thousand of them are a few objects. */
export function entitlementsPool(): (limits: Row, features: Row) => Entitlements {
  const known = new Map<string, Entitlements>();
  return (limits, features) => {
    const key = JSON.stringify([limits, features]);
    const found = known.get(key);
    if (found !== undefined) return found;
    const made: Entitlements = { limits: readLimits(limits), features: readFeatures(features) };
    // Overrides differ from tenant to tenant; what nobody uses any more must not be kept for ever.
    if (known.size >= POOL_MAX) known.clear();
    known.set(key, made);
    return made;
  };
}

const POOL_MAX = 10_000;

function readLimits(limits: Row): ReadonlyMap<string, number> {
  const read = new Map<string, number>();
  for (const [name, value] of Object.entries(limits)) {
    if (value === 'unlimited') read.set(name, Number.POSITIVE_INFINITY);
    // Anything else counts as not set, and allows nothing.
    else if (typeof value === 'number' && value >= 0) read.set(name, value);
  }
  return read;
}

const readFeatures = (features: Row): ReadonlySet<string> =>
  new Set(Object.keys(features).filter((name) => features[name] === true));
