import type { Tx } from '../db/index.ts';
import { networkOf } from './addresses.ts';

interface UserAddress {
  readonly tenantId: string;
  readonly userId: string;
  readonly address: string;
}

/** SQL. With the user's id, so that the same address reads differently for each user. */
const hashOf = (userId: string, network: string): string =>
  `sha256(convert_to(${userId}::uuid::text || ' ' || ${network}, 'UTF8'))`;

/** SQL: whether a user of the tenant `$1` has logged in from a network before. */
export const isKnownNetwork = (userId: string, network: string): string =>
  `exists (select from user_addresses where tenant_id = $1 and user_id = ${userId}
             and address_hash = ${hashOf(userId, network)})`;

const KNOWN_FOR_MS = 90 * 24 * 60 * 60 * 1_000;

/** Whether the user has logged in from this address before. */
export async function isKnownAddress(tx: Tx, { tenantId, userId, address }: UserAddress): Promise<boolean> {
  const statement = { name: 'identity-known-address', text: `select ${isKnownNetwork('$2', '$3')} as known` };
  const { rows } = await tx.query<{ known: boolean }>(statement, [tenantId, userId, networkOf(address)]);
  return rows[0]?.known === true;
}

const REMEMBER = {
  name: 'identity-remember-address',
  text: `insert into user_addresses (tenant_id, user_id, address_hash, last_login_at)
         values ($1, $2, ${hashOf('$2', '$3')}, $4)
         on conflict (tenant_id, user_id, address_hash) do update set last_login_at = excluded.last_login_at`,
};

export async function rememberAddress(tx: Tx, { tenantId, userId, address }: UserAddress, now: Date): Promise<void> {
  await tx.query(REMEMBER, [tenantId, userId, networkOf(address), now]);
}

/** Forgets addresses no log-in came from for three months. Answers how many; the caller schedules it. */
export async function purgeKnownAddresses(tx: Tx, now: Date): Promise<number> {
  const { rowCount } = await tx.query('delete from user_addresses where last_login_at < $1', [
    new Date(now.getTime() - KNOWN_FOR_MS),
  ]);
  return rowCount;
}
