import { createHash } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import type { Tx } from '../db/index.ts';
import { THROTTLE_RULES, type ThrottleKind } from './core/throttle.ts';

/** What is counted: `{ kind: 'account', of: [tenantId, email] }`. Kept as a hash only. */
export interface ThrottleSubject {
  readonly kind: ThrottleKind;
  readonly of: readonly string[];
}

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly retryAfterMs: number };

const hashOf = ({ kind, of }: ThrottleSubject): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([kind, ...of.map((part) => part.toLowerCase())]))
    .digest();

/**
 * Counts the attempt as failed before it is made, in one statement: of a hundred guesses at once each sees those
 * before it. Within the delay nothing is counted, so that waiting is always enough.
 */
const ADMIT = {
  name: 'login-throttle-admit',
  text: `insert into login_throttles as t (subject, failures, last_attempt_at, retry_at)
         values ($1, 1, $2, $2::timestamptz + case when $3::int > 1 then 0 else $4::int end * interval '1 millisecond')
         on conflict (subject) do update set
           failures = case when t.last_attempt_at <= $2::timestamptz - $6::int * interval '1 millisecond' then 1
                           else least(t.failures + 1, 1000) end,
           last_attempt_at = $2,
           retry_at = $2::timestamptz + interval '1 millisecond' * case
             when t.last_attempt_at <= $2::timestamptz - $6::int * interval '1 millisecond' then 0
             when t.failures + 1 < $3 then 0
             else least($5::int::float8, $4::int::float8 * power(2, least(30, t.failures + 1 - $3))) end
         -- A delay longer than any there is comes from a clock that was set back since, and holds nobody up.
         where t.retry_at <= $2 or t.retry_at > $2::timestamptz + $5::int * interval '1 millisecond'
         returning failures`,
};

/** Refused when one of the subjects has to wait; those after it are then not counted. */
export async function admit(tx: Tx, subjects: readonly ThrottleSubject[], now: Date): Promise<Admission> {
  for (const subject of subjects) {
    const { free, firstDelayMs, delayMaxMs, forgetAfterMs } = THROTTLE_RULES[subject.kind];
    const key = hashOf(subject);
    const { rowCount } = await tx.query(ADMIT, [key, now, free, firstDelayMs, delayMaxMs, forgetAfterMs]);
    if (rowCount === 0) return { admitted: false, retryAfterMs: await waitOf(tx, key, now) };
  }
  return { admitted: true };
}

async function waitOf(tx: Tx, key: Buffer, now: Date): Promise<number> {
  const { rows } = await tx.query<{ retry_at: Date }>('select retry_at from login_throttles where subject = $1', [key]);
  return Math.max(1_000, (rows[0]?.retry_at.getTime() ?? now.getTime()) - now.getTime());
}

const FORGIVE = {
  all: {
    name: 'login-throttle-forgive-all',
    text: 'update login_throttles set failures = 0, retry_at = last_attempt_at where subject = $1',
  },
  one: {
    name: 'login-throttle-forgive-one',
    text: `update login_throttles set failures = greatest(0, failures - 1), retry_at = last_attempt_at
           where subject = $1`,
  },
} as const;

/**
 * Takes back what an attempt counted that was no failure. `all` forgets every failure of the subject; `one` only this
 * attempt, so that whoever has an account of their own cannot clear an address by logging in between guesses.
 */
export async function forgive(tx: Tx, subjects: readonly ThrottleSubject[], which: 'all' | 'one'): Promise<void> {
  for (const subject of subjects) {
    await tx.query(FORGIVE[which], [hashOf(subject)]);
  }
}

/** @throws request.throttled */
export async function assertAdmitted(tx: Tx, subjects: readonly ThrottleSubject[], now: Date): Promise<void> {
  const admission = await admit(tx, subjects, now);
  if (!admission.admitted) throw throttled(admission.retryAfterMs);
}

export const throttled = (retryAfterMs: number): TenantryError =>
  new TenantryError('request.throttled', 'Too many attempts one after another.', {
    retry: { afterMs: retryAfterMs },
    next: `Wait ${Math.ceil(retryAfterMs / 1_000)} seconds and try again.`,
  });

const KEPT_MS = 2 * 24 * 60 * 60 * 1_000;

/** Forgets counters nobody has touched for two days. Answers how many; the caller schedules it. */
export async function purgeThrottles(tx: Tx, now: Date): Promise<number> {
  const { rowCount } = await tx.query('delete from login_throttles where last_attempt_at < $1', [
    new Date(now.getTime() - KEPT_MS),
  ]);
  return rowCount;
}
