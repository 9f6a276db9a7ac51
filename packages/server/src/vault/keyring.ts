import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type Fault, TenantryError } from '@tenantry/contract';
import type { Secret } from '../connectors/kit/index.ts';
import { type Box, KEY_BYTES, openBox, sealBox } from './box.ts';

/** A data key as it is stored: sealed under the master key `keyId`. */
export interface WrappedKey extends Box {
  readonly keyId: string;
}

/**
 * The master keys. They live in this object only, in a closure: it prints as its ids, and no method gives a key out
 * (PSEC-05).
 */
export interface Keyring {
  /** Id of the key that new data keys are wrapped under. */
  readonly current: string;
  readonly ids: readonly string[];
  has(id: string): boolean;
  wrap(dataKey: Buffer, context: readonly unknown[]): WrappedKey;
  /**
   * @throws vault.key_missing when the ring lacks the key, vault.unreadable when the bytes or their context do not fit.
   */
  unwrap(wrapped: WrappedKey, context: readonly unknown[]): Buffer;
  /** A value that tells whether two keys of one id are the same key, and nothing else about it. */
  checkValue(id: string): Buffer;
}

export interface MasterKeys {
  readonly current: string;
  /** Key id -> 32 random bytes in base64. */
  readonly keys: Readonly<Record<string, Secret>>;
}

const KEY_ID = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const BASE64 = /^[A-Za-z0-9+/]{43}=?$/;

/**
 * Builds the ring from base64 keys.
 *
 * @throws config.invalid with a fault for each key that is not 32 bytes, naming ids only.
 */
export function createKeyring({ current, keys }: MasterKeys): Keyring {
  const faults = Object.entries(keys).flatMap(([id, key]) => faultsOf(id, key));
  if (!Object.hasOwn(keys, current)) {
    faults.push({ path: 'vault.current', message: `names the key "${current}", which is not among the keys given` });
  }
  if (faults.length > 0) {
    throw new TenantryError('config.invalid', `The vault keys have ${faults.length} fault(s).`, {
      faults,
      next: 'Make a key with: openssl rand -base64 32',
    });
  }
  const ring = new Map(
    Object.entries(keys).map(([id, key]) => [id, createSecretKey(Buffer.from(key.reveal().trim(), 'base64'))]),
  );
  return ringOf(current, ring);
}

function faultsOf(id: string, key: Secret): Fault[] {
  const path = `vault.keys.${id}`;
  const faults: Fault[] = [];
  if (!KEY_ID.test(id)) {
    faults.push({ path, message: 'has an id that is not 1 to 63 lower-case letters, digits, dots and dashes' });
  }
  if (!BASE64.test(key.reveal().trim())) faults.push({ path, message: `is not ${KEY_BYTES} bytes in base64` });
  return faults;
}

function ringOf(current: string, ring: ReadonlyMap<string, KeyObject>): Keyring {
  const keyOf = (id: string): KeyObject => {
    const key = ring.get(id);
    if (key === undefined) throw keyMissing([id]);
    return key;
  };
  return {
    current,
    ids: [...ring.keys()],
    has: (id) => ring.has(id),
    wrap: (dataKey, context) => ({ keyId: current, ...sealBox(keyOf(current), dataKey, context) }),
    unwrap: (wrapped, context) => {
      const dataKey = openBox(keyOf(wrapped.keyId), wrapped, context);
      if (dataKey !== undefined) return dataKey;
      throw new TenantryError('vault.unreadable', `A data key does not open with the master key "${wrapped.keyId}".`, {
        next: 'Restore the vault_data_keys table from a backup; the row was changed or damaged.',
      });
    },
    checkValue: (id) =>
      createHmac('sha256', deriveKey(keyOf(id), 'tenantry/key-check/v1'))
        .update(id)
        .digest(),
  };
}

/** HKDF-SHA-256 (RFC 5869): a key for another use, so that no key serves two. */
export const deriveKey = (key: KeyObject, use: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', use, KEY_BYTES));

export const keyMissing = (ids: readonly string[]): TenantryError =>
  new TenantryError('vault.key_missing', `Sealed data needs the vault key(s) ${ids.join(', ')}, which are not given.`, {
    facts: { keyIds: ids },
    next: 'Give the keys this data was sealed with; without them the sealed values cannot be read by anybody.',
  });
