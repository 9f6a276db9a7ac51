/** When a backup may go, and when the next is due. Pure: the time is an argument. */
import { TenantryError } from '@tenantry/contract';

const DAY_MS = 86_400_000;

/** Onboarding backups are kept at least this long, whatever was asked for (RBK-24). */
export const KEEP_DAYS_LEAST = 30;

const KEEP = /^([1-9]\d{0,3})(d|w)$/;

/**
 * Days a backup is kept: `30d`, `12w`. Less than 30 days is refused rather than lengthened in silence.
 *
 * @throws request.invalid
 */
export function keepDays(text: string): number {
  const [, count = '', unit] = KEEP.exec(text) ?? [];
  const days = Number(count) * (unit === 'w' ? 7 : 1);
  if (count !== '' && days >= KEEP_DAYS_LEAST) return days;
  const message = count === '' ? 'expects days or weeks, such as 30d or 12w' : `is less than ${KEEP_DAYS_LEAST} days`;
  throw new TenantryError('request.invalid', `A backup cannot be kept for "${text}": it ${message}.`, {
    faults: [{ path: 'keep', message }],
    next: `Ask for ${KEEP_DAYS_LEAST}d or more.`,
  });
}

export const keepUntil = (createdAt: Date, days: number): Date => new Date(createdAt.getTime() + days * DAY_MS);

interface Kept {
  readonly id: string;
  readonly status: string;
  /** Sorts as the backups were made, also of two in one second. */
  readonly stamp: string;
  readonly createdAt: Date;
  readonly keepUntil: Date;
  /** Nothing of an erased tenant is kept beyond its time. */
  readonly erased: boolean;
  /** Backups of one kind replace each other: of one set, of one tenant, of the control plane. */
  readonly series: string;
}

/**
 * Ids of those whose time is over. The newest good one of its series stays, however old it is: a schedule that stopped
 * must not end with nothing to restore.
 */
export function expiredBackups(backups: readonly Kept[], now: Date): readonly string[] {
  const newest = new Map<string, Kept>();
  for (const backup of backups) {
    if (backup.status !== 'ready' || backup.erased) continue;
    const known = newest.get(backup.series);
    if (known === undefined || known.stamp < backup.stamp) newest.set(backup.series, backup);
  }
  return backups
    .filter((backup) => backup.status !== 'gone' && backup.status !== 'writing')
    .filter((backup) => newest.get(backup.series)?.id !== backup.id)
    .filter(
      (backup) => backup.keepUntil <= now && now.getTime() - backup.createdAt.getTime() >= KEEP_DAYS_LEAST * DAY_MS,
    )
    .map((backup) => backup.id);
}

/** RBK-26: what a client may choose. */
export const RHYTHMS = ['daily', 'weekly'] as const;
export type Rhythm = (typeof RHYTHMS)[number];

/** How long after one backup (or restore test) the next of its rhythm is due. */
export const nextDue = (after: Date, every: Rhythm): Date =>
  new Date(after.getTime() + (every === 'daily' ? 1 : 7) * DAY_MS);
