/** How a tenant leaves (003 §7.2): how long it is told before, and how long its data stays afterwards. */
import { type Fault, TenantryError } from '@tenantry/contract';

export const OFFBOARDING_CAUSES = ['customer_request', 'contract_end', 'non_payment', 'terms_violation'] as const;
export type OffboardingCause = (typeof OFFBOARDING_CAUSES)[number];

export interface OffboardingFacts {
  readonly priority: 'P0' | 'P1' | 'P2';
  readonly graceDays: number;
  /** CH-50: a second person, other than the first, has to agree. */
  readonly secondAuthority?: true;
  /** CH-78: users may read, and no more, while the grace lasts. */
  readonly readOnly?: true;
}

/** OFF-01 to OFF-04. */
export const OFFBOARDING_FACTS: Readonly<Record<OffboardingCause, OffboardingFacts>> = {
  customer_request: { priority: 'P1', graceDays: 30 },
  contract_end: { priority: 'P1', graceDays: 30 },
  non_payment: { priority: 'P2', graceDays: 60, readOnly: true },
  terms_violation: { priority: 'P0', graceDays: 0, secondAuthority: true },
};

/** Between the end of access and the deletion (CH-78); none where a person's right to erasure is exercised. */
export const RETENTION_DAYS = 30;
/** CH-75: this long suspended for a payment that failed, and the tenant is offboarded for it. */
export const DUNNING_DAYS = 30;
/** CH-32. */
export const REMINDER_DAYS = [30, 7, 1] as const;

const DAY_MS = 86_400_000;

export interface OffboardingWish {
  readonly cause: OffboardingCause;
  readonly reason: string;
  readonly authority: string;
  readonly secondAuthority?: string | undefined;
  readonly erasureRequest: boolean;
}

/** @throws request.invalid with every fault */
export function decideOffboarding(wish: OffboardingWish, now: Date): { readonly endsAt: Date } {
  const facts = OFFBOARDING_FACTS[wish.cause];
  const second = wish.secondAuthority?.trim() ?? '';
  const faults: Fault[] = [];
  if (wish.reason.trim() === '') faults.push({ path: 'reason', message: 'an offboarding says why' });
  if (facts.secondAuthority === true && second === '') {
    faults.push({ path: 'second_authority', message: `${wish.cause} has no grace, so a second person agrees by name` });
  }
  if (second !== '' && second.toLowerCase() === wish.authority.trim().toLowerCase()) {
    faults.push({ path: 'second_authority', message: 'is somebody other than the first' });
  }
  if (faults.length === 0) return { endsAt: new Date(now.getTime() + facts.graceDays * DAY_MS) };
  throw new TenantryError('request.invalid', `The tenant cannot be offboarded so: ${faults[0]?.message}.`, { faults });
}

/** When the data may go. */
export const deletionDue = (offboardedAt: Date, erasureRequest: boolean): Date =>
  new Date(offboardedAt.getTime() + (erasureRequest ? 0 : RETENTION_DAYS) * DAY_MS);

/** The reminder whose time has come last; undefined before the first, and where the notice itself was that late. */
export function reminderDue(announcedAt: Date, endsAt: Date, now: Date): number | undefined {
  const leftMs = endsAt.getTime() - now.getTime();
  const wholeMs = endsAt.getTime() - announcedAt.getTime();
  return REMINDER_DAYS.filter((days) => days * DAY_MS < wholeMs).findLast((days) => leftMs <= days * DAY_MS);
}
