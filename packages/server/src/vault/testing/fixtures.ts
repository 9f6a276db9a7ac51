import { randomBytes, randomUUID } from 'node:crypto';
import { type Actor, type Scope, systemActor } from '../../access/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import type { Database, TransactionRole } from '../../db/index.ts';
import { createKeyring, type Keyring } from '../keyring.ts';
import type { VaultCtx } from '../types.ts';

export const NOW = new Date('2026-11-20T09:00:00.000Z');

export const later = (ms: number): Date => new Date(NOW.getTime() + ms);

export const makeKey = (): Secret => new Secret(randomBytes(32).toString('base64'));

export const makeKeyring = (current = 'k1'): Keyring => createKeyring({ current, keys: { [current]: makeKey() } });

export const personWith = (...scopes: Scope[]): Actor => ({
  kind: 'person',
  id: randomUUID(),
  name: 'Ada',
  email: 'ada@vendor.example',
  party: 'vendor',
  roles: [],
  scopes,
  development: false,
});

export interface VaultHarness {
  /** One transaction as `actor` at `now`; the machinery at NOW unless said otherwise. */
  as<T>(fn: (ctx: VaultCtx) => Promise<T>, options?: HarnessOptions): Promise<T>;
}

interface HarnessOptions {
  readonly actor?: Actor;
  readonly now?: Date;
  readonly role?: TransactionRole;
  readonly keyring?: Keyring;
}

export const vaultHarness = (database: Database, keyring: Keyring): VaultHarness => ({
  as: (fn, options = {}) =>
    database.transaction(options.role ?? 'operator', (tx) =>
      fn({
        tx,
        keyring: options.keyring ?? keyring,
        actor: options.actor ?? systemActor('test'),
        now: options.now ?? NOW,
      }),
    ),
});
