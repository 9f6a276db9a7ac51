/** Rules for passwords, and the form of the temporary ones. */
import { COMMON_PASSWORDS, COMMON_STEMS } from './common-passwords.ts';

export const PASSWORD_MIN = 12;
/** Far above any passphrase, and a bound on what one log-in attempt can make us hash. */
export const PASSWORD_MAX = 256;

/** Random bytes a temporary password is made from: 120 bits. */
export const TEMPORARY_BYTES = 15;

/** Higher than this, one log-in with an imported hash would take seconds. */
export const IMPORTED_COST_MAX = 14;

/** Without i, l, o and u: what is read out or copied from paper must not be mistaken. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The same characters typed on another keyboard are the same password (NIST SP 800-63B, 3.1.1.2). */
export const normalizePassword = (text: string): string => text.normalize('NFKC');

const IMPORTED = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** bcrypt in the form every library writes: `$2b$12$…` (REG-14). */
export const isImportedHash = (hashed: string): boolean => IMPORTED.test(hashed);

/** The cost of a bcrypt hash that may be imported; undefined for anything else. */
export function importedCost(hashed: string): number | undefined {
  const cost = Number(IMPORTED.exec(hashed)?.[1]);
  return cost >= 4 && cost <= IMPORTED_COST_MAX ? cost : undefined;
}

/** `k7wm-…`: the bytes in groups of four characters of five bits each. */
export function temporaryPassword(bytes: Uint8Array): string {
  if (bytes.length !== TEMPORARY_BYTES) throw new RangeError(`a temporary password takes ${TEMPORARY_BYTES} bytes`);
  return groupsOfFour(bytes);
}

/** The bytes as letters that cannot be mistaken, five bits each, in groups of four. */
export function groupsOfFour(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const characters = bits.match(/.{5}/g)?.map((five) => ALPHABET[Number.parseInt(five, 2)]) ?? [];
  return characters.join('').match(/.{4}/g)?.join('-') ?? '';
}

export interface PasswordFacts {
  readonly email: string;
  /** The password it replaces, where that is known. */
  readonly current?: string | undefined;
  /** Name and slug of the tenant, name of the user: what somebody who guesses tries first. */
  readonly names?: readonly string[];
}

/** Why a new password cannot be used, or undefined. */
export function passwordFault(next: string, { email, current, names = [] }: PasswordFacts): string | undefined {
  const normal = normalizePassword(next);
  const length = [...normal].length;
  if (length < PASSWORD_MIN) return `it must have at least ${PASSWORD_MIN} characters`;
  if (length > PASSWORD_MAX) return `it may have at most ${PASSWORD_MAX} characters`;
  if (new Set(next).size < 4) return 'it repeats the same few characters';
  const plain = normal.toLowerCase();
  if (plain === email.toLowerCase()) return 'it is the e-mail address';
  if (current !== undefined && normal === normalizePassword(current)) return 'it is the old password';
  if (isSequence(plain)) return 'it is a run of neighbouring characters';
  if (isCommon(plain)) return 'it is one of the most common passwords';
  const [local = ''] = email.split('@');
  const name = [local, ...names].find((one) => isMostly(plain, one));
  return name === undefined ? undefined : `it is little more than the name "${name}"`;
}

/** `abcdefghijkl`, `210987654321`. */
function isSequence(plain: string): boolean {
  const codes = Array.from(plain, (character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  return steps.every((step) => Math.abs(step) === 1 && step === steps[0]);
}

function isCommon(plain: string): boolean {
  if (COMMON_PASSWORDS.has(plain)) return true;
  const stem = plain.replaceAll(/^[\d\W_]+|[\d\W_]+$/g, '');
  const half = stem.slice(0, stem.length / 2);
  return COMMON_STEMS.has(stem) || (half !== '' && stem === half + half && COMMON_STEMS.has(half));
}

/** Below this many characters besides the name, there is nothing left to guess. */
const REST_MIN = 6;

function isMostly(plain: string, name: string): boolean {
  const letters = (text: string): string =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]/gu, '');
  const wanted = letters(name);
  if (wanted.length < 4) return false;
  const rest = letters(plain).replaceAll(wanted, '');
  return rest.length < letters(plain).length && rest.length < REST_MIN;
}
