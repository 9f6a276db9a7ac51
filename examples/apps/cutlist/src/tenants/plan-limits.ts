export type Plan = 'free' | 'starter' | 'professional' | 'enterprise';

/** `Infinity` is unlimited; on the wire that is null. */
export interface Limits {
  readonly users: number;
  readonly projects: number;
  readonly apiCallsPer15Min: number;
}

export interface Features {
  readonly sso: boolean;
  readonly scim: boolean;
  readonly api_access: boolean;
}

/**
 * The plan table. Enterprise leaves API calls to the contract; until the tenant's settings say, the professional
 * figure holds, because "not agreed yet" must not mean "without bound".
 */
const PLAN_LIMITS: Record<Plan, Limits> = {
  free: { users: 5, projects: 10, apiCallsPer15Min: 100 },
  starter: { users: 20, projects: 50, apiCallsPer15Min: 500 },
  professional: { users: 100, projects: 200, apiCallsPer15Min: 2_000 },
  enterprise: { users: Number.POSITIVE_INFINITY, projects: Number.POSITIVE_INFINITY, apiCallsPer15Min: 2_000 },
};

/** REG-11: what the tenant's settings say, else the plan's value. A value that is no count is ignored. */
export function effectiveLimits(plan: Plan, settings: unknown): Limits {
  const limits = fieldOf(settings, 'limits');
  const base = PLAN_LIMITS[plan];
  return {
    users: countOr(fieldOf(limits, 'users'), base.users),
    projects: countOr(fieldOf(limits, 'projects'), base.projects),
    apiCallsPer15Min: countOr(fieldOf(limits, 'api_calls_per_15min'), base.apiCallsPer15Min),
  };
}

/** REG-10: what the tenant's settings say; a feature they do not name is off, save the API, which every plan has. */
export function effectiveFeatures(settings: unknown): Features {
  const features = fieldOf(settings, 'features');
  return {
    sso: fieldOf(features, 'sso') === true,
    scim: fieldOf(features, 'scim') === true,
    api_access: fieldOf(features, 'api_access') !== false,
  };
}

/** JSON has no infinity. */
export const limitToWire = (limit: number): number | null => (Number.isFinite(limit) ? limit : null);

const countOr = (value: unknown, fallback: number): number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : fallback;

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
