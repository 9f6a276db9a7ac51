import { randomBytes, randomInt } from 'node:crypto';

export const ENCODINGS = ['hex', 'base64url', 'password'] as const;

export type Encoding = (typeof ENCODINGS)[number];

/** Without 0 O 1 l I, which people mistake when they type a password from paper. */
const CLASSES = ['abcdefghijkmnopqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '-_.+!'] as const;
const ALPHABET = CLASSES.join('');

/** Characters that carry as much chance as so many random bytes. */
const passwordLength = (bytes: number): number => Math.ceil((bytes * 8) / Math.log2(ALPHABET.length));

/**
 * A random text with the strength of `bytes` random bytes. A password has a character of each class, as most
 * password rules ask.
 */
export function generateText(bytes: number, encoding: Encoding): string {
  switch (encoding) {
    case 'hex':
    case 'base64url':
      return randomBytes(bytes).toString(encoding);
    case 'password':
      return generatePassword(passwordLength(bytes));
  }
}

/** Drawn again until it fits, so that every password that fits is equally likely. */
function generatePassword(length: number): string {
  for (;;) {
    const text = Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
    if (hasEachClass(text)) return text;
  }
}

const hasEachClass = (text: string): boolean =>
  CLASSES.every((characters) => [...text].some((character) => characters.includes(character)));

/** Whether a text has the form `generateText` gives. */
export function fits(text: string, bytes: number, encoding: Encoding): boolean {
  switch (encoding) {
    case 'hex':
      return text.length === bytes * 2 && /^[0-9a-f]+$/.test(text);
    case 'base64url':
      return text.length === Math.ceil((bytes * 4) / 3) && /^[A-Za-z0-9_-]+$/.test(text);
    case 'password':
      return (
        text.length === passwordLength(bytes) &&
        [...text].every((character) => ALPHABET.includes(character)) &&
        hasEachClass(text)
      );
  }
}
