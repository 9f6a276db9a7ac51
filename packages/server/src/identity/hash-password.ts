import { hash, type Options, verify } from '@node-rs/argon2';
import type { Secret } from '../connectors/kit/index.ts';
import { normalizePassword, PASSWORD_MAX } from './core/password.ts';

/** argon2id with 19 MiB, two passes, one lane (OWASP password storage; CH-79). The library's default is argon2id. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: Secret): Promise<string> => hash(normalizePassword(password.reveal()), COST);

/** The hash of nothing anybody knows: checking against it takes as long as a real one. */
let decoy: Promise<string> | undefined;

/**
 * Whether the password is the one the hash was made of. Without a hash it is never right, after the same time, so
 * that an answer does not tell which addresses have an account.
 */
export async function matchesPassword(hashed: string | null, password: Secret): Promise<boolean> {
  const text = normalizePassword(password.reveal());
  if (text.length > 4 * PASSWORD_MAX) return false;
  // A hash that cannot be read opens nothing.
  if (hashed !== null) return verify(hashed, text, COST).catch(() => false);
  decoy ??= hash(crypto.randomUUID(), COST);
  await verify(await decoy, text, COST);
  return false;
}
