/** What another plan would change for a tenant, before anything changes (PLAN-10, PLAN-11, CH-07). */
import type { Limit, Plan, PlanTable } from '../../products/index.ts';
import { effectiveFeatures, featureConflicts, resolveLimits } from './entitlements.ts';
import type { TenantSettings } from './settings.ts';

/** How much of each limit a tenant uses, by its name. Limits of a window of time are no stock and have no use. */
export type Usage = Readonly<Record<string, number>>;

export interface LimitImpact {
  readonly name: string;
  /** null: left to the contract, which gives none. */
  readonly before: Limit | null;
  readonly after: Limit | null;
  /** null: nobody has counted it. */
  readonly used: number | null;
  /** How far the use is above the new limit. */
  readonly excess: number;
}

export interface PlanImpact {
  readonly from: Plan;
  readonly to: Plan;
  readonly direction: 'upgrade' | 'downgrade' | 'same';
  readonly limits: readonly LimitImpact[];
  readonly features: readonly { readonly name: string; readonly before: boolean; readonly after: boolean }[];
  readonly slaPercent: { readonly before: number | null; readonly after: number | null };
  /** Features the tenant was promised that the plan does not include. */
  readonly conflicts: readonly string[];
  /** Limits the plan leaves to the contract and nobody has set. */
  readonly unset: readonly string[];
}

export interface ImpactInput {
  readonly table: PlanTable;
  readonly plan: Plan;
  readonly settings: TenantSettings;
  readonly next: { readonly plan: Plan; readonly settings: TenantSettings };
  readonly usage: Usage;
}

export function planImpact({ table, plan, settings, next, usage }: ImpactInput): PlanImpact {
  const [before, after] = [
    resolveLimits(table, plan, settings.limits),
    resolveLimits(table, next.plan, next.settings.limits),
  ];
  const [had, has] = [
    effectiveFeatures(table, plan, settings.features),
    effectiveFeatures(table, next.plan, next.settings.features),
  ];
  // The table names its plans from the smallest to the largest.
  const names = Object.keys(table);
  const order = names.indexOf(next.plan) - names.indexOf(plan);
  return {
    from: plan,
    to: next.plan,
    direction: order === 0 ? 'same' : order > 0 ? 'upgrade' : 'downgrade',
    limits: Object.keys(table[next.plan].limits).map((name) => {
      const limit = after.limits[name] ?? null;
      const used = windowMs(name) === undefined ? (usage[name] ?? null) : null;
      return { name, before: before.limits[name] ?? null, after: limit, used, excess: excessOf(used, limit) };
    }),
    features: Object.keys(has).map((name) => ({ name, before: had[name] ?? false, after: has[name] ?? false })),
    slaPercent: { before: table[plan].sla_percent, after: table[next.plan].sla_percent },
    conflicts: featureConflicts(table, next.plan, next.settings),
    unset: after.unset,
  };
}

const excessOf = (used: number | null, limit: Limit | null): number =>
  used === null || limit === null || limit === 'unlimited' ? 0 : Math.max(0, used - limit);

/** The limits that are used beyond what the new plan allows. */
export const excesses = ({ limits }: PlanImpact): readonly LimitImpact[] => limits.filter(({ excess }) => excess > 0);

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * The window a limit counts in, by its name: `api_calls_per_15min`, `webhooks_per_minute`; undefined for a stock such as
 * `users`. Windows of two limits are never converted into each other (CH-56).
 */
export function windowMs(name: string): number | undefined {
  const [, count = '', unit = ''] = /_per_(\d*)([a-z]+)$/.exec(name) ?? [];
  const one = UNITS[unit];
  return one === undefined ? undefined : one * (count === '' ? 1 : Number(count));
}

export type LimitState = 'ok' | 'soft' | 'reached';

/** From this share of a limit on it is nearly used up. */
export const SOFT_SHARE = 0.8;

/** `reached`: the next one is refused. A limit of zero is reached from the start. */
export function limitState(used: number, limit: Limit): LimitState {
  if (limit === 'unlimited') return 'ok';
  if (used >= limit) return 'reached';
  return used >= limit * SOFT_SHARE ? 'soft' : 'ok';
}
