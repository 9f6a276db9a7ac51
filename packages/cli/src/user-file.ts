/** The keys that `tenantry login` got, one for each control plane, in a file only its owner reads. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';

const loginSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  key: z.string().startsWith('tnt_'),
  key_id: z.string(),
  name: z.string(),
  email: z.string(),
  expires_at: z.iso.datetime(),
});

const userFileSchema = z.object({
  schema: z.literal('tenantry.logins/1'),
  /** Address of the login that is used where nothing else says where to call. */
  current: z.string().nullable(),
  logins: z.array(loginSchema),
});

export type Login = z.infer<typeof loginSchema>;
export type UserFile = z.infer<typeof userFileSchema>;

const EMPTY: UserFile = { schema: 'tenantry.logins/1', current: null, logins: [] };

/** @throws command.invalid for a file that is there and cannot be used */
export function readUserFile(path: string): UserFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return EMPTY;
    throw unusable(path, error instanceof Error ? error.message : String(error));
  }
  try {
    return userFileSchema.parse(JSON.parse(text));
  } catch {
    throw unusable(path, 'it is not what tenantry login writes');
  }
}

/** The last login becomes the one in use. */
export function addLogin(path: string, login: Login): void {
  const { logins } = readUserFile(path);
  write(path, { ...EMPTY, current: login.url, logins: [...logins.filter(({ url }) => url !== login.url), login] });
}

export function removeLogin(path: string, url: string): void {
  const { logins, current } = readUserFile(path);
  const rest = logins.filter((login) => login.url !== url);
  write(path, { ...EMPTY, current: current === url ? (rest[0]?.url ?? null) : current, logins: rest });
}

/** Written beside and moved, so that a reader never finds half of it; 0600 from its first byte. */
function write(path: string, file: UserFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}.new`;
  writeFileSync(beside, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, path);
}

const unusable = (path: string, why: string): TenantryError =>
  new TenantryError('command.invalid', `${path} cannot be used: ${why}.`, {
    next: 'Delete it and run tenantry login again.',
  });
