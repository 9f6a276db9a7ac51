/** A list of users as a client sends it: a header, and a row for each with address, name and role (INT-18). */
import { z } from 'zod';
import { importedCost } from './password.ts';

export const LIST_COLUMNS = ['email', 'full_name', 'role'] as const;
type Column = (typeof LIST_COLUMNS)[number];

/** May be there as well: bcrypt hashes of the software the users come from. Whoever has one needs no invitation. */
export const HASH_COLUMN = 'password_hash';

/** Where each column stands in a row; `password_hash` is -1 where there is none. */
export type ListHeader = Readonly<Record<Column | typeof HASH_COLUMN, number>>;

export interface ListedUser {
  readonly email: string;
  readonly fullName: string;
  readonly role: string;
  /** bcrypt. */
  readonly passwordHash: string | undefined;
}

export type ListRow =
  | { readonly ok: true; readonly user: ListedUser }
  | { readonly ok: false; readonly email: string | undefined; readonly problem: string };

/** Columns in any order, in any case; others are left alone. Undefined where one is missing. */
export function readHeader(fields: readonly string[]): ListHeader | undefined {
  const names = fields.map((field) =>
    field
      .replace(/^\uFEFF/, '')
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  const [email = -1, fullName = -1, role = -1] = LIST_COLUMNS.map((column) => names.indexOf(column));
  return [email, fullName, role].includes(-1)
    ? undefined
    : { email, full_name: fullName, role, password_hash: names.indexOf(HASH_COLUMN) };
}

const emailSchema = z.email().max(320);

/** Everything that is wrong with a row, in words. */
export function readRow(fields: readonly string[], header: ListHeader, roles: readonly string[]): ListRow {
  const [email = '', fullName = '', role = ''] = LIST_COLUMNS.map((column) => (fields[header[column]] ?? '').trim());
  const hash = (fields[header.password_hash] ?? '').trim();
  const problems = [
    email === '' ? 'the e-mail address is missing' : undefined,
    email !== '' && !emailSchema.safeParse(email).success ? `"${email.slice(0, 100)}" is no e-mail address` : undefined,
    fullName === '' ? 'the full name is missing' : undefined,
    fullName.length > 255 ? 'the full name is longer than 255 characters' : undefined,
    role === '' ? 'the role is missing' : undefined,
    role !== '' && !roles.includes(role)
      ? `the role "${role.slice(0, 50)}" is not one of ${roles.join(', ')}`
      : undefined,
    // The hash itself is not repeated: reports are passed around.
    hash !== '' && importedCost(hash) === undefined
      ? 'the password hash is no bcrypt hash of a cost up to 14'
      : undefined,
  ].filter((problem) => problem !== undefined);
  if (problems.length === 0)
    return { ok: true, user: { email, fullName, role, passwordHash: hash === '' ? undefined : hash } };
  return { ok: false, email: email === '' ? undefined : email.slice(0, 320), problem: problems.join('; ') };
}
