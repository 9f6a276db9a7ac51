import { TenantryError } from '@tenantry/contract';
import type { Secret } from '../connectors/kit/index.ts';
import { isImportedHash, normalizePassword, PASSWORD_MAX } from './core/password.ts';
import { type HashFunctions, hashFunctions } from './hash-functions.ts';

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
  /** For a caller who has work to do before a hash: it would be in vain. @throws identity.busy */
  assertRoom(): void;
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
  /** Where the hashing is done: on Node's own threads unless told. */
  readonly functions?: HashFunctions;
}

export function createPasswordHasher(options: HasherOptions = {}): PasswordHasher {
  const { concurrency = 2, queueMax = 64, functions = hashFunctions } = options;
  const work = { argon2: 0, bcrypt: 0 };
  const { enter, assertRoom } = createGate(concurrency, queueMax);
  const decoys = createDecoys(functions);
  const matchArgon = async (hashed: string | undefined, text: string): Promise<boolean> => {
    work.argon2 += 1;
    const right = await functions.argon2Matches(hashed ?? (await decoys.argon2()), text);
    return hashed !== undefined && right;
  };
  const matchBcrypt = async (hashed: string | undefined, text: string, cost: number): Promise<boolean> => {
    work.bcrypt += 1;
    const right = await functions.bcryptMatches(hashed ?? (await decoys.bcrypt(cost)), cut(text));
    return hashed !== undefined && right;
  };
  return {
    work,
    assertRoom,
    hash: (password) =>
      enter(() => {
        work.argon2 += 1;
        return functions.argon2(normalizePassword(password.reveal()));
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
function createDecoys(functions: HashFunctions) {
  const made = new Map<string, Promise<string>>();
  const keep = (name: string, make: () => Promise<string>): Promise<string> => {
    const decoy = made.get(name) ?? make();
    made.set(name, decoy);
    // One that failed is made again next time.
    decoy.catch(() => made.delete(name));
    return decoy;
  };
  return {
    argon2: () => keep('argon2', () => functions.argon2(crypto.randomUUID())),
    bcrypt: (cost: number) => keep(`bcrypt ${cost}`, () => functions.bcrypt(crypto.randomUUID(), cost)),
  };
}

/** Lets so many in at once, so many wait in order, and refuses the rest. */
function createGate(concurrency: number, queueMax: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  const assertRoom = (): void => {
    if (running >= concurrency && waiting.length >= queueMax) throw busy();
  };
  const enter = async <T>(work: () => Promise<T>): Promise<T> => {
    assertRoom();
    if (running >= concurrency) {
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
  return { enter, assertRoom };
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
