import { createHash } from 'node:crypto';
import type { Tx } from '../db/index.ts';
import { networkOf } from './addresses.ts';

interface UserAddress {
  readonly tenantId: string;
  readonly userId: string | undefined;
  readonly address: string;
}

/** With the user's id, so that the same address reads differently for each user. */
const hashOf = ({ userId, address }: UserAddress): Buffer =>
  createHash('sha256')
    .update(`${userId ?? ''} ${networkOf(address)}`)
    .digest();

const KNOWN_FOR_MS = 90 * 24 * 60 * 60 * 1_000;

/** Whether the user has logged in from this address before. Asks the same without a user, and answers no. */
export async function isKnownAddress(tx: Tx, place: UserAddress): Promise<boolean> {
  const { rowCount } = await tx.query(
    {
      name: 'identity-known-address',
      text: 'select from user_addresses where tenant_id = $1 and user_id = $2 and address_hash = $3',
    },
    [place.tenantId, place.userId ?? null, hashOf(place)],
  );
  return rowCount > 0;
}

export async function rememberAddress(tx: Tx, place: UserAddress, now: Date): Promise<void> {
  await tx.query(
    `insert into user_addresses (tenant_id, user_id, address_hash, last_login_at) values ($1, $2, $3, $4)
     on conflict (tenant_id, user_id, address_hash) do update set last_login_at = excluded.last_login_at`,
    [place.tenantId, place.userId, hashOf(place), now],
  );
}

/** Forgets addresses no log-in came from for three months. Answers how many; the caller schedules it. */
export async function purgeKnownAddresses(tx: Tx, now: Date): Promise<number> {
  const { rowCount } = await tx.query('delete from user_addresses where last_login_at < $1', [
    new Date(now.getTime() - KNOWN_FOR_MS),
  ]);
  return rowCount;
}
