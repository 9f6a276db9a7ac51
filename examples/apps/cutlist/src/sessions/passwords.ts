import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { Fault } from '../refusal.ts';

export const PASSWORD_LENGTH_MIN = 12;
const PASSWORD_LENGTH_MAX = 256;

/** Argon2id with the library's defaults (19 MiB, 2 passes), the first choice of OWASP's password storage sheet. */
export const hashPassword = (password: string): Promise<string> => hash(password);

/** Never matched by anything a person types; made once so that an unknown user takes as long as a known one. */
let decoy: Promise<string> | undefined;

/** False for a user without a password (`null`) or with a hash this application cannot read. */
export async function isPasswordOf(stored: string | null | undefined, password: string): Promise<boolean> {
  decoy ??= hash(randomBytes(32));
  try {
    const matches = await verify(stored ?? (await decoy), password);
    return matches && typeof stored === 'string';
  } catch {
    return false;
  }
}

/** For somebody else to hand over: 90 bits, changed at the first log-in. */
export const newTemporaryPassword = (): string => randomBytes(12).toString('base64url');

/** Why a new password will not do; empty when it will. */
export function findPasswordFaults(password: string, person: { email: string; current: string }): Fault[] {
  const faults: Fault[] = [];
  const fault = (message: string): number => faults.push({ path: 'newPassword', message });
  if (password.length < PASSWORD_LENGTH_MIN) fault(`Use at least ${PASSWORD_LENGTH_MIN} characters.`);
  if (password.length > PASSWORD_LENGTH_MAX) fault(`Use at most ${PASSWORD_LENGTH_MAX} characters.`);
  if (password === person.current) fault('Choose another password than the present one.');
  if (password.toLowerCase().includes(person.email.toLowerCase())) fault('Leave your e-mail address out of it.');
  return faults;
}
