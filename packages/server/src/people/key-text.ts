import { createHash, randomBytes } from 'node:crypto';

const PREFIX_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const PREFIX_LENGTH = 8;
const SECRET_BYTES = 32;
const KEY = /^tnt_[a-km-np-z2-9]{8}_[A-Za-z0-9_-]{43}$/;

export interface NewKey {
  /** The whole key; shown once, kept nowhere. */
  readonly text: string;
  /** Its public start, which lists and logs may show. */
  readonly prefix: string;
  readonly hash: Buffer;
}

/** `tnt_<8 letters>_<32 random bytes, base64url>`: a fixed start, so that scanners can find a key that leaked. */
export function newKey(): NewKey {
  const prefix = Array.from(randomBytes(PREFIX_LENGTH), (byte) => PREFIX_ALPHABET[byte % PREFIX_ALPHABET.length]).join(
    '',
  );
  const text = `tnt_${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { text, prefix, hash: hashOf(text) };
}

export const isKeyText = (text: string): boolean => KEY.test(text);

/** What is stored and looked up. Comparing digests by index tells an attacker's clock nothing about the key. */
export const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
