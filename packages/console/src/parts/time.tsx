/** Times in the reader's own zone and language, with the exact moment one hover away. */
import type { ReactNode } from 'react';

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `3 hours ago`, `in 2 days`. */
export function fromNow(iso: string, now: number): string {
  const past = Date.parse(iso) - now;
  for (const [unit, ms] of UNITS) if (Math.abs(past) >= ms) return relative.format(Math.round(past / ms), unit);
  return relative.format(Math.round(past / 1_000), 'second');
}

export const timeText = (iso: string): string => full.format(new Date(iso));
/** A day without an hour is a day, in whichever zone. */
export const dayText = (date: string): string =>
  /^\d{4}-\d\d-\d\d$/.test(date) ? day.format(new Date(`${date}T12:00:00`)) : day.format(new Date(date));

export function Time({
  at,
  ago = false,
}: {
  readonly at: string | null | undefined;
  readonly ago?: boolean;
}): ReactNode {
  if (at === null || at === undefined) return <span className="quiet">–</span>;
  return (
    <time dateTime={at} title={long.format(new Date(at))}>
      {ago ? fromNow(at, Date.now()) : timeText(at)}
    </time>
  );
}

export const Day = ({ at }: { readonly at: string | null | undefined }): ReactNode =>
  at === null || at === undefined ? <span className="quiet">–</span> : <time dateTime={at}>{dayText(at)}</time>;

/** `2 d 4 h`, for spans. */
export function spanText(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const days = Math.floor(minutes / 1_440);
  const hours = Math.floor((minutes % 1_440) / 60);
  if (days > 0) return hours > 0 && days < 7 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.round(Math.abs(ms) / 1_000)} s`;
}
