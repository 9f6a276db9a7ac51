/** What the operations of a tenant's life do, in words, before anybody presses the button. */
import type { Cause, LeavingCause } from './tenant-types.ts';

export type AccessMode = 'read-only' | 'blocked';

interface CauseWords {
  readonly title: string;
  /** That of the cause unless somebody chooses otherwise. */
  readonly mode: AccessMode;
  /** No other mode may be chosen. */
  readonly forced?: true;
  /** Somebody outside has asked for it: the authority is their name. */
  readonly asked?: true;
}

/** The server's table, held equal by a test. */
export const CAUSES: Readonly<Record<Cause, CauseWords>> = {
  payment_failure: { title: 'A payment failed', mode: 'read-only' },
  terms_violation: { title: 'Breach of the terms', mode: 'blocked' },
  security_incident: { title: 'Security incident', mode: 'blocked', forced: true },
  customer_request: { title: 'The customer asked for it', mode: 'read-only', asked: true },
  inactivity: { title: 'Nobody uses it', mode: 'read-only' },
  trial_expired: { title: 'The trial has ended', mode: 'read-only' },
};

export const MODE_EFFECT: Readonly<Record<AccessMode, string>> = {
  'read-only': 'Users go on logging in and read. Nobody changes anything. The export stays open to administrators.',
  blocked: 'Nobody logs in. Every session and token of the tenant ends the moment you confirm.',
};

interface LeavingWords {
  readonly title: string;
  readonly graceDays: number;
  readonly access: string;
  /** Someone other than the first has to agree, by name. */
  readonly second?: true;
}

/** The server's table, held equal by a test. */
export const LEAVING: Readonly<Record<LeavingCause, LeavingWords>> = {
  customer_request: { title: 'The customer asked for it', graceDays: 30, access: 'Access stays as it is until then.' },
  contract_end: { title: 'The contract ends', graceDays: 30, access: 'Access stays as it is until then.' },
  non_payment: { title: 'Nothing is paid', graceDays: 60, access: 'Until then users may only read.' },
  terms_violation: { title: 'Breach of the terms', graceDays: 0, access: 'Access ends at once.', second: true },
};

export const RETENTION_DAYS = 30;
export const REMINDER_DAYS = [30, 7, 1] as const;

const DAY_MS = 86_400_000;

export const inDays = (from: number, days: number): string => new Date(from + days * DAY_MS).toISOString();

/** The steps of the deletion, in their order. */
export const DELETION_STEPS: readonly (readonly [string, string])[] = [
  ['ledger', 'Nothing that runs made elsewhere still stands'],
  ['backup', 'The final backup is taken and proven by a restore'],
  ['product', 'Rows in the databases of the product are deleted, and counted again'],
  ['registry', 'Secrets and their keys, the tenant and all that hangs on it are deleted'],
  ['proof', 'Every table is counted once more, by roles that see every row'],
];
