/** What a guard answers. Made once and handed out again and again: an answer costs no memory. */

/** Why. Only `ok` allows. */
export type GuardCode =
  | 'ok'
  /** No such tenant in this product. */
  | 'tenant_unknown'
  /** Before go-live: pilot users only. */
  | 'tenant_onboarding'
  /** Suspended, and may still read. */
  | 'tenant_read_only'
  | 'tenant_suspended'
  | 'tenant_offboarded'
  /** Shut out by an emergency. */
  | 'tenant_closed'
  /** A status this release does not know. */
  | 'tenant_unreadable'
  /** What is known is older than the call allows. */
  | 'state_stale'
  | 'feature_off'
  | 'limit_reached'
  /** The plan leaves this limit to the contract, or has none of that name. */
  | 'limit_unset'
  /** The usage handed in is negative or no number. */
  | 'usage_invalid'
  | 'rate_exceeded'
  /** The shared store of counts did not answer. */
  | 'store_failed';

export interface Decision {
  readonly ok: boolean;
  readonly code: GuardCode;
}

const decision = (code: GuardCode): Decision => Object.freeze({ ok: code === 'ok', code });

export const OK: Decision = decision('ok');
export const UNKNOWN: Decision = decision('tenant_unknown');
export const STALE: Decision = decision('state_stale');
export const FEATURE_OFF: Decision = decision('feature_off');
export const ONBOARDING: Decision = decision('tenant_onboarding');
export const READ_ONLY: Decision = decision('tenant_read_only');
export const SUSPENDED: Decision = decision('tenant_suspended');
export const OFFBOARDED: Decision = decision('tenant_offboarded');
export const CLOSED: Decision = decision('tenant_closed');
export const UNREADABLE: Decision = decision('tenant_unreadable');
