/** Limits as people write and read them. */
export type Limit = number | 'unlimited';

const number = new Intl.NumberFormat();

export const numberText = (value: number): string => number.format(value);

/** `null`: left to the contract, which gives none. */
export const limitText = (limit: Limit | null | undefined): string =>
  limit === null || limit === undefined ? 'not set' : limit === 'unlimited' ? 'unlimited' : number.format(limit);

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;
const BYTES = /_bytes$/;

/** `10 GB`, in thousands as limits are written. */
function bytesText(bytes: number): string {
  const step = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(bytes / 1_000 ** step)} ${UNITS[step]}`;
}

/** A number of the unit that the name of its limit says. */
export const amountText = (name: string, value: number): string =>
  BYTES.test(name) ? bytesText(value) : number.format(value);

export const limitOf = (name: string, limit: Limit | null | undefined): string =>
  typeof limit === 'number' ? amountText(name, limit) : limitText(limit);

const ACRONYMS: Readonly<Record<string, string>> = { api: 'API', sso: 'SSO', scim: 'SCIM', sla: 'SLA', mfa: 'MFA' };

/** `storage_bytes` is Storage, `api_calls_per_15min` API calls: the amount beside it has the unit. */
export function limitTitle(name: string): string {
  const plain = name.replace(BYTES, '').replace(/_per_\d*[a-z]+$/, '');
  const text = plain
    .split('_')
    .map((word) => ACRONYMS[word] ?? word)
    .join(' ');
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

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
