/** Limits as people write and read them. */
export type Limit = number | 'unlimited';

const number = new Intl.NumberFormat();

export const numberText = (value: number): string => number.format(value);

/** `null`: left to the contract, which gives none. */
export const limitText = (limit: Limit | null | undefined): string =>
  limit === null || limit === undefined ? 'not set' : limit === 'unlimited' ? 'unlimited' : number.format(limit);

/** What somebody typed; undefined when it is no limit. */
export function parseLimit(text: string): Limit | undefined {
  const plain = text.trim().toLowerCase();
  if (plain === 'unlimited') return 'unlimited';
  return /^\d{1,15}$/.test(plain) ? Number(plain) : undefined;
}

const WINDOWS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** `15 minutes`, of a limit that counts in a window of time. */
export function windowText(ms: number): string {
  const [unit, word] = WINDOWS.find(([each]) => ms % each === 0) ?? [1_000, 'second'];
  const count = Math.round(ms / unit);
  return count === 1 ? word : `${count} ${word}s`;
}
