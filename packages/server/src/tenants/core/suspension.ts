/**
 * What a tenant is suspended for (003 §6.2): how urgent it is, who may say so, and how far it shuts the tenant out
 * (CH-06). A tenant may be suspended for several causes at once; it is as closed as the strictest of them, and open
 * again when the last is resolved.
 */
import { type Fault, TenantryError } from '@tenantry/contract';
import type { AccessMode } from './status.ts';

export const CAUSES = [
  'payment_failure',
  'terms_violation',
  'security_incident',
  'customer_request',
  'inactivity',
  'trial_expired',
] as const;
export type Cause = (typeof CAUSES)[number];

export interface CauseFacts {
  readonly priority: 'P0' | 'P1' | 'P2';
  /** `automatic`: the machinery decides by itself. `manual`: a person, or a run on the authority of one. */
  readonly decided: 'automatic' | 'manual';
  readonly accessMode: AccessMode;
  /** No other mode may be chosen. */
  readonly forced?: true;
  /** Somebody outside has asked for it, and their name is the authority. */
  readonly asked?: true;
}

/** LIFE-12 to LIFE-16, and the end of a trial (CH-08). */
export const CAUSE_FACTS: Readonly<Record<Cause, CauseFacts>> = {
  payment_failure: { priority: 'P0', decided: 'automatic', accessMode: 'read-only' },
  terms_violation: { priority: 'P0', decided: 'manual', accessMode: 'blocked' },
  security_incident: { priority: 'P0', decided: 'manual', accessMode: 'blocked', forced: true },
  customer_request: { priority: 'P1', decided: 'manual', accessMode: 'read-only', asked: true },
  inactivity: { priority: 'P2', decided: 'automatic', accessMode: 'read-only' },
  trial_expired: { priority: 'P1', decided: 'automatic', accessMode: 'read-only' },
};

export interface SuspensionWish {
  readonly cause: Cause;
  readonly reason: string;
  readonly accessMode?: AccessMode | undefined;
  readonly authority?: string | undefined;
  /** Whether the machinery asks, of its own accord. */
  readonly byMachine: boolean;
}

/**
 * The access mode a suspension comes to.
 *
 * @throws access.forbidden where the machinery asks for what people decide; request.invalid with every fault
 */
export function decideSuspension({ cause, reason, accessMode, authority, byMachine }: SuspensionWish): AccessMode {
  const facts = CAUSE_FACTS[cause];
  if (byMachine) assertAutomatic(cause, 'suspends');
  const faults: Fault[] = [];
  if (reason.trim() === '') faults.push({ path: 'reason', message: 'a suspension says why' });
  if (facts.forced === true && accessMode !== undefined && accessMode !== facts.accessMode) {
    faults.push({ path: 'access_mode', message: `a suspension for ${cause} is always ${facts.accessMode}` });
  }
  if (facts.asked === true && (authority ?? '').trim() === '') {
    faults.push({ path: 'authority', message: "names the customer's administrator who asked for it" });
  }
  if (faults.length === 0) return accessMode ?? facts.accessMode;
  throw new TenantryError('request.invalid', `The tenant cannot be suspended so: ${faults[0]?.message}.`, { faults });
}

/** @throws access.forbidden */
export function assertAutomatic(cause: Cause, does: 'suspends' | 'reinstates'): void {
  if (CAUSE_FACTS[cause].decided === 'automatic') return;
  throw new TenantryError('access.forbidden', `No machine ${does} a tenant for ${cause}: a person decides that.`, {
    facts: { cause },
  });
}

/** The strictest of several modes; undefined of none. */
export const strictest = (modes: readonly AccessMode[]): AccessMode | undefined =>
  modes.includes('blocked') ? 'blocked' : modes[0];

/** Most urgent first. */
export const byPriority = (a: Cause, b: Cause): number =>
  CAUSE_FACTS[a].priority.localeCompare(CAUSE_FACTS[b].priority) || CAUSES.indexOf(a) - CAUSES.indexOf(b);
