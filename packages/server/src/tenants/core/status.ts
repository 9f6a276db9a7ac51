/**
 * The life of a tenant as a table of transitions.
 *
 * - `onboarding`: being set up; pilot users only. Go-live makes it `active`, or `trial` for a time.
 * - `trial`: full access for a limited time. It is converted, suspended or ended.
 * - `active`: normal operation.
 * - `suspended`: read-only or blocked. Reinstated to `active`, also when it was a trial before, or ended.
 * - `offboarded`: no access. Nothing leads out of it; deletion removes the row.
 *
 * Grace before the end is a marker on the tenant, not a status (CH-49). Taking a transition back, as a rollback
 * does, is no transition: it puts the recorded status before it back. An onboarding that comes to nothing can be
 * ended without ever going live.
 */
import { TenantryError } from '@tenantry/contract';

export const STATUSES = ['onboarding', 'trial', 'active', 'suspended', 'offboarded'] as const;
export type Status = (typeof STATUSES)[number];

/** How far a suspended tenant is shut out. */
export const ACCESS_MODES = ['read-only', 'blocked'] as const;
export type AccessMode = (typeof ACCESS_MODES)[number];

/** What says how far a tenant's users are let in. */
export interface StatusState {
  readonly status: Status;
  readonly accessMode: AccessMode | null;
  readonly statusReason: string | null;
}

export const STATUS_OPERATIONS = [
  'go_live',
  'start_trial',
  'convert_trial',
  'suspend',
  'reinstate',
  'offboard',
  'abandon',
] as const;
export type StatusOperation = (typeof STATUS_OPERATIONS)[number];

export const TRANSITIONS: Readonly<Record<Status, Readonly<Partial<Record<Status, StatusOperation>>>>> = {
  onboarding: { active: 'go_live', trial: 'start_trial', offboarded: 'abandon' },
  trial: { active: 'convert_trial', suspended: 'suspend', offboarded: 'offboard' },
  active: { suspended: 'suspend', offboarded: 'offboard' },
  suspended: { active: 'reinstate', offboarded: 'offboard' },
  offboarded: {},
};

/** Statuses a new tenant may start in. */
export const FIRST_STATUSES = ['onboarding', 'trial', 'active'] as const satisfies readonly Status[];

/** Statuses whose users are let in without further ado, for which every limit must therefore have a value. */
export const isLive = (status: Status): boolean => status === 'active' || status === 'trial';

/**
 * A plan may change in any status but the last, and changes none (PLAN-18).
 *
 * @throws tenant.illegal_transition
 */
export function assertPlanChange(status: Status): void {
  if (status !== 'offboarded') return;
  throw new TenantryError('tenant.illegal_transition', 'The plan of an offboarded tenant cannot change.', {
    facts: { status },
    next: 'Create a new tenant.',
  });
}

/** Which operation leads from one status to the other; undefined when none does. */
export const findTransition = (from: Status, to: Status): StatusOperation | undefined => TRANSITIONS[from][to];

/** @throws tenant.illegal_transition naming what is possible instead */
export function transition(from: Status, to: Status): StatusOperation {
  const operation = findTransition(from, to);
  if (operation !== undefined) return operation;
  const possible = Object.keys(TRANSITIONS[from]);
  const text = from === to ? `The tenant is ${to} already.` : `A tenant that is ${from} cannot become ${to}.`;
  throw new TenantryError('tenant.illegal_transition', text, {
    facts: { from, to, possible },
    next:
      possible.length === 0 ? 'Nothing leads out of this status.' : `From here it can become ${possible.join(', ')}.`,
  });
}
