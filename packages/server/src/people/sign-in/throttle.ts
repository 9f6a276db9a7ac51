/**
 * Counts attempts by password, in the database, so that all processes count together. An attempt is counted before
 * it is checked, so that a thousand at once are a thousand. One place trying one account is stopped early, one place
 * trying many accounts later, many places trying one account last: whoever is at home there is hardly ever in their
 * way, never for longer than the window, and the vendor's provider lets them in all the while.
 */
import { createHash } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import type { Tx } from '../../db/index.ts';

export const WINDOW_MS = 15 * 60_000;
export const LIMITS = { accountFromAddress: 5, address: 50, account: 200 } as const;

type Limit = keyof typeof LIMITS;

interface Attempt {
  readonly email: string;
  readonly address: string;
}

const KEPT_MS = 24 * 60 * 60_000;

const keysOf = ({ email, address }: Attempt): Readonly<Record<Limit, Buffer>> => {
  const account = email.trim().toLowerCase();
  const digest = (...parts: readonly string[]): Buffer => createHash('sha256').update(JSON.stringify(parts)).digest();
  return {
    accountFromAddress: digest('both', account, address),
    address: digest('address', address),
    account: digest('account', account),
  };
};

/** @throws request.throttled with the time after which another attempt is looked at */
export async function countAttempt(tx: Tx, attempt: Attempt, now: Date): Promise<void> {
  const keys = keysOf(attempt);
  const since = new Date(now.getTime() - WINDOW_MS);
  const names = Object.keys(LIMITS) as Limit[];
  await tx.query('delete from operator_sign_in_failures where at < $1', [new Date(now.getTime() - KEPT_MS)]);
  const { rows } = await tx.query<{ counted_by: Buffer; n: number; oldest: Date }>(
    `select counted_by, count(*)::int as n, min(at) as oldest from operator_sign_in_failures
     where counted_by = any ($1::bytea[]) and at > $2 group by counted_by`,
    [names.map((name) => keys[name]), since],
  );
  const over = rows.find(({ counted_by: by, n }) => names.some((name) => keys[name].equals(by) && n >= LIMITS[name]));
  if (over !== undefined) throw throttled(over.oldest.getTime() + WINDOW_MS - now.getTime());
  await tx.query('insert into operator_sign_in_failures (counted_by, at) select unnest($1::bytea[]), $2', [
    names.map((name) => keys[name]),
    now,
  ]);
}

/** After the right password and code: what the person mistyped before no longer counts. */
export async function forgetAttempts(tx: Tx, attempt: Attempt): Promise<void> {
  const { accountFromAddress, address, account } = keysOf(attempt);
  await tx.query('delete from operator_sign_in_failures where counted_by = $1', [accountFromAddress]);
  // The other two go on counting, but for this one attempt.
  await tx.query(
    `delete from operator_sign_in_failures where id in (
       select max(id) from operator_sign_in_failures where counted_by = any ($1::bytea[]) group by counted_by)`,
    [[address, account]],
  );
}

const throttled = (afterMs: number): TenantryError =>
  new TenantryError('request.throttled', 'Too many sign-ins were tried from here or for this address.', {
    retry: { afterMs: Math.max(1_000, afterMs) },
    next: 'Wait as long as Retry-After says, or sign in through the provider of your company.',
  });
