import { hash, type Options, verify } from '@node-rs/argon2';
import { hash as bcryptHash, compare } from '@node-rs/bcrypt';
import { TenantryError } from '@tenantry/contract';
import type { Secret } from '../connectors/kit/index.ts';
import { isImportedHash, normalizePassword, PASSWORD_MAX } from './core/password.ts';

/** argon2id with 19 MiB, two passes, one lane (OWASP password storage; CH-79). The library's default is argon2id. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** bcrypt reads no more (its own definition): what is longer was cut when the hash was made. */
const BCRYPT_BYTES_MAX = 72;

export interface PasswordCheck {
  /** null where there is no such user, or one without a password. */
  readonly hashed: string | null;
  readonly password: Secret;
  /**
   * The highest bcrypt cost among the hashes the tenant imported; undefined where it has none. Then every check does
   * one argon2id and one bcrypt, whichever of them is real, so that time tells neither who exists nor who was imported.
   */
  readonly importedCost: number | undefined;
}

/**
 * Hashes passwords, a few at once. Hashing is made to be slow, so a storm of log-ins must wait here instead of taking
 * the processors and the memory of everything else.
 */
export interface PasswordHasher {
  /** @throws identity.busy */
  hash(password: Secret): Promise<string>;
  /** After the same work whatever the outcome. @throws identity.busy */
  matches(check: PasswordCheck): Promise<boolean>;
  /** How often each function ran: what tests compare instead of time. */
  readonly work: { readonly argon2: number; readonly bcrypt: number };
}

export interface HasherOptions {
  /** Hashes at the same time; 2 unless told. */
  readonly concurrency?: number;
  /** Those that may wait; 64 unless told, about two seconds' worth on one processor. */
  readonly queueMax?: number;
}

export function createPasswordHasher({ concurrency = 2, queueMax = 64 }: HasherOptions = {}): PasswordHasher {
  const work = { argon2: 0, bcrypt: 0 };
  const enter = createGate(concurrency, queueMax);
  const decoys = createDecoys();
  const matchArgon = async (hashed: string | undefined, text: string): Promise<boolean> => {
    work.argon2 += 1;
    // A hash that cannot be read opens nothing.
    const right = await verify(hashed ?? (await decoys.argon2()), text, COST).catch(() => false);
    return hashed !== undefined && right;
  };
  const matchBcrypt = async (hashed: string | undefined, text: string, cost: number): Promise<boolean> => {
    work.bcrypt += 1;
    const right = await compare(cut(text), hashed ?? (await decoys.bcrypt(cost))).catch(() => false);
    return hashed !== undefined && right;
  };
  return {
    work,
    hash: (password) =>
      enter(() => {
        work.argon2 += 1;
        return hash(normalizePassword(password.reveal()), COST);
      }),
    matches: ({ hashed, password, importedCost }) =>
      enter(async () => {
        const given = password.reveal();
        // As long as the work for a real one, but for a text nobody chose and nobody should make us hash.
        const tooLong = given.length > 4 * PASSWORD_MAX;
        const text = tooLong ? '' : normalizePassword(given);
        const imported = hashed !== null && isImportedHash(hashed);
        const byArgon = await matchArgon(imported || hashed === null ? undefined : hashed, text);
        // Other software did not normalize: an imported hash is of the characters as they were typed.
        const byBcrypt =
          importedCost !== undefined &&
          (await matchBcrypt(imported ? hashed : undefined, tooLong ? '' : given, importedCost));
        return !tooLong && (byArgon || byBcrypt);
      }),
  };
}

const cut = (text: string): Buffer => Buffer.from(text, 'utf8').subarray(0, BCRYPT_BYTES_MAX);

/** Hashes of nothing anybody knows: checking against one takes as long as against a real one. */
function createDecoys() {
  let argon2: Promise<string> | undefined;
  const bcrypt = new Map<number, Promise<string>>();
  return {
    argon2: (): Promise<string> => {
      argon2 ??= hash(crypto.randomUUID(), COST);
      return argon2;
    },
    bcrypt: (cost: number): Promise<string> => {
      const decoy = bcrypt.get(cost) ?? bcryptHash(crypto.randomUUID(), { cost });
      bcrypt.set(cost, decoy);
      return decoy;
    },
  };
}

/** Lets so many in at once, so many wait in order, and refuses the rest. */
function createGate(concurrency: number, queueMax: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= concurrency) {
      if (waiting.length >= queueMax) throw busy();
      // The place is handed over, never free in between, so nobody who comes later gets in first.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

const busy = (): TenantryError =>
  new TenantryError('identity.busy', 'More people are logging in than can be checked right now.', {
    retry: { afterMs: 2_000 },
    next: 'Try again in a moment.',
  });

/** Of the steps of runs, which are few at once by themselves. */
export const checkHasher = createPasswordHasher({ concurrency: 2, queueMax: 1_000 });

export const hashPassword = (password: Secret): Promise<string> => checkHasher.hash(password);

/** Whether the password is the one an argon2id hash was made of; without a hash never, after the same time. */
export const matchesPassword = (hashed: string | null, password: Secret): Promise<boolean> =>
  checkHasher.matches({ hashed, password, importedCost: undefined });
