/** What a client may ask for about its tenant, and how long a wish is on the table. */
import type { Wish } from '@tenantry/contract';

export interface WishPlace {
  readonly status: string;
  /** Set while the tenant leaves. */
  readonly offboarding: { readonly state: string; readonly announcedAt: Date } | undefined;
}

const DAY_MS = 86_400_000;
/** OFF-27: an export is owed within 30 days; a wish for another plan is old by then as well. */
export const WISH_DAYS = 30;

export const dueAt = (wish: Wish, askedAt: Date): Date | null =>
  wish === 'export' ? new Date(askedAt.getTime() + WISH_DAYS * DAY_MS) : null;

/** A wish to stay is about one leaving: it says nothing about the next. */
export function isCurrent(wish: Wish, askedAt: Date, { offboarding }: WishPlace, now: Date): boolean {
  if (wish === 'stay') return offboarding !== undefined && askedAt.getTime() >= offboarding.announcedAt.getTime();
  return now.getTime() - askedAt.getTime() < WISH_DAYS * DAY_MS;
}

/** Until the deletion begins there are data to ask for, and something to call off. */
export function possibleWishes({ status, offboarding }: WishPlace): readonly Wish[] {
  if (offboarding === undefined) return status === 'offboarded' ? [] : ['export', 'plan'];
  if (offboarding.state === 'deleting') return [];
  return ['export', 'stay'];
}
