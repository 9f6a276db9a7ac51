import { hash, type Options, verify } from '@node-rs/argon2';
import { hash as bcrypt, compare } from '@node-rs/bcrypt';

/** argon2id with 19 MiB, two passes, one lane (OWASP password storage; CH-79). The library's default is argon2id. */
export const ARGON2_COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** What hashes, wherever it runs. A hash that cannot be read matches nothing, after no work; nothing else is caught. */
export interface HashFunctions {
  argon2(text: string): Promise<string>;
  argon2Matches(hashed: string, text: string): Promise<boolean>;
  bcrypt(text: string, cost: number): Promise<string>;
  bcryptMatches(hashed: string, bytes: Uint8Array): Promise<boolean>;
}

/** On the threads that Node shares among all its slow work, at the priority of the process. */
export const hashFunctions: HashFunctions = {
  argon2: (text) => hash(text, ARGON2_COST),
  argon2Matches: (hashed, text) => verify(hashed, text, ARGON2_COST).catch(() => false),
  bcrypt: (text, cost) => bcrypt(text, { cost }),
  bcryptMatches: (hashed, bytes) => compare(bytes, hashed).catch(() => false),
};
