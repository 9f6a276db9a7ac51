/** Rules for passwords, and the form of the temporary ones. */

export const PASSWORD_MIN = 12;
/** Far above any passphrase, and a bound on what one log-in attempt can make us hash. */
export const PASSWORD_MAX = 256;

/** Random bytes a temporary password is made from: 120 bits. */
export const TEMPORARY_BYTES = 15;

/** Without i, l, o and u: what is read out or copied from paper must not be mistaken. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The same characters typed on another keyboard are the same password (NIST SP 800-63B, 3.1.1.2). */
export const normalizePassword = (text: string): string => text.normalize('NFKC');

/** `k7wm-…`: the bytes in groups of four characters of five bits each. */
export function temporaryPassword(bytes: Uint8Array): string {
  if (bytes.length !== TEMPORARY_BYTES) throw new RangeError(`a temporary password takes ${TEMPORARY_BYTES} bytes`);
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const characters = bits.match(/.{5}/g)?.map((five) => ALPHABET[Number.parseInt(five, 2)]) ?? [];
  return characters.join('').match(/.{4}/g)?.join('-') ?? '';
}

/** Why a new password cannot be used, or undefined. */
export function passwordFault(
  next: string,
  { email, current }: { readonly email: string; readonly current: string },
): string | undefined {
  const length = [...normalizePassword(next)].length;
  if (length < PASSWORD_MIN) return `it must have at least ${PASSWORD_MIN} characters`;
  if (length > PASSWORD_MAX) return `it may have at most ${PASSWORD_MAX} characters`;
  if (new Set(next).size < 4) return 'it repeats the same few characters';
  const plain = next.toLowerCase();
  if (plain === email.toLowerCase()) return 'it is the e-mail address';
  return normalizePassword(next) === normalizePassword(current) ? 'it is the old password' : undefined;
}
