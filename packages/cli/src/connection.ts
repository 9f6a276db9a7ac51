import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Settings } from './settings.ts';
import { readUserFile } from './user-file.ts';

/** What `up` writes in development, mode 0600, and commands find from any folder below. */
export const CLI_FILE = join('.tenantry', 'cli.json');

const identitySchema = z.object({
  name: z.string(),
  roles: z.array(z.string()),
  party: z.enum(['vendor', 'client']),
  key: z.string().startsWith('tnt_'),
});

export const cliFileSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  /** Name of the identity that is used without `--as`. */
  default: z.string(),
  identities: z.array(identitySchema).min(1),
});

export type CliFile = z.infer<typeof cliFileSchema>;
export type Identity = z.infer<typeof identitySchema>;

/** Where to call and as whom. */
export interface Connection {
  readonly url: string;
  readonly key: string;
  /** Who the key belongs to, where the development file says so. */
  readonly identity: Identity | undefined;
  /** The others `--as` could choose; empty outside development. */
  readonly identities: readonly Identity[];
}

export interface ConnectionFlags {
  readonly url?: string;
  readonly key?: string;
  readonly as?: string;
}

export interface ConnectionSources {
  readonly flags: ConnectionFlags;
  readonly settings: Settings;
  readonly cwd: string;
}

/**
 * Flags, then the environment, then the nearest `.tenantry/cli.json`, then what `tenantry login` kept. The keys of
 * both files are never sent to an address that comes from elsewhere.
 *
 * @throws command.unreachable when no address is known; command.invalid when no key is, or `--as` fits nobody or several
 */
export function findConnection({ flags, settings, cwd }: ConnectionSources): Connection {
  const url = flags.url ?? settings.url;
  const key = flags.key ?? settings.key;
  const file = url === undefined || key === undefined || flags.as !== undefined ? findCliFile(cwd) : undefined;
  if (flags.as !== undefined && flags.key !== undefined) {
    throw new TenantryError('command.invalid', '--as and --key both say who you are.', { next: 'Give one of them.' });
  }
  if (flags.as !== undefined) return asIdentity(flags.as, url, file);
  if (url !== undefined && key !== undefined) {
    return { url: addressOf(url), key, identity: undefined, identities: [] };
  }
  if (file === undefined || (url !== undefined && !sameAddress(url, file.url))) return byLogin(settings, url, key);
  if (key !== undefined) return { url: addressOf(url ?? file.url), key, identity: undefined, identities: [] };
  return connectAs(file, file.identities.find(({ name }) => name === file.default) ?? first(file));
}

/** @throws command.unreachable, command.invalid when nobody signed in, or not there */
function byLogin(settings: Settings, url: string | undefined, key: string | undefined): Connection {
  const { logins, current } = readUserFile(settings.userFile);
  const wanted = url === undefined ? current : addressOf(url);
  const login = logins.find((each) => each.url === wanted);
  if (login === undefined) throw notConnected(url !== undefined);
  return { url: login.url, key: key ?? login.key, identity: undefined, identities: [] };
}

/**
 * Where to sign in: what is said, else the nearest `.tenantry/cli.json`, else where one signed in last.
 *
 * @throws command.unreachable, command.invalid
 */
export function findAddress(sources: {
  readonly flag: string | undefined;
  readonly settings: Settings;
  readonly cwd: string;
}): string {
  const said = sources.flag ?? sources.settings.url;
  const url = said ?? findCliFile(sources.cwd)?.url ?? readUserFile(sources.settings.userFile).current ?? undefined;
  if (url === undefined) throw notConnected(false);
  return addressOf(url);
}

function asIdentity(wanted: string, url: string | undefined, file: CliFile | undefined): Connection {
  if (file === undefined) {
    throw new TenantryError(
      'command.invalid',
      `--as works only beside ${CLI_FILE}, which a development start writes.`,
      {
        next: 'Elsewhere each person uses a key of their own: give --key or set TENANTRY_KEY.',
      },
    );
  }
  if (url !== undefined && !sameAddress(url, file.url)) {
    throw new TenantryError('command.invalid', `--as uses the keys of ${file.url}, but the address given is ${url}.`, {
      next: 'Leave out --url and TENANTRY_URL, or give --key in place of --as.',
    });
  }
  return connectAs(file, pickIdentity(file.identities, wanted));
}

const connectAs = (file: CliFile, identity: Identity): Connection => ({
  url: addressOf(file.url),
  key: identity.key,
  identity,
  identities: file.identities,
});

/** By name, by role, or by the beginning of a name, in this order; upper and lower case are the same. */
export function pickIdentity(identities: readonly Identity[], wanted: string): Identity {
  const text = wanted.trim().toLowerCase();
  const exact = identities.filter(({ name }) => name.toLowerCase() === text);
  const byRole = identities.filter(({ roles }) => roles.includes(text));
  const byPrefix = identities.filter(({ name }) => text !== '' && name.toLowerCase().startsWith(text));
  const fitting = [exact, byRole, byPrefix].find((found) => found.length > 0) ?? [];
  const [only] = fitting;
  // Everybody in a role may act in it, so any of them will do; a name must be one person's.
  if (only !== undefined && (fitting.length === 1 || fitting === byRole)) return only;
  throw new TenantryError(
    'command.invalid',
    fitting.length === 0 ? `Nobody here is called "${wanted}" or has that role.` : `"${wanted}" fits several people.`,
    { next: `--as takes one of: ${identities.map(describe).join('; ')}.` },
  );
}

const describe = ({ name, roles }: Identity): string => `${name} (${roles.join(', ')})`;

/** @throws command.invalid for a file that is there and cannot be used */
export function findCliFile(cwd: string): CliFile | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, CLI_FILE);
    const text = readIfThere(path);
    if (text !== undefined) return parseCliFile(text, path);
    if (dirname(folder) === folder) return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw unusable(path, error instanceof Error ? error.message : String(error));
  }
}

function parseCliFile(text: string, path: string): CliFile {
  try {
    return cliFileSchema.parse(JSON.parse(text));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    throw unusable(path, issue === undefined ? 'it is not JSON' : `${issue.path.join('.')}: ${issue.message}`);
  }
}

const unusable = (path: string, why: string): TenantryError =>
  new TenantryError('command.invalid', `${path} cannot be used: ${why}.`, {
    next: 'Run npm start, which writes it again.',
  });

const notConnected = (hasUrl: boolean): TenantryError =>
  hasUrl
    ? new TenantryError('command.invalid', 'No key says who you are.', {
        next: 'Run tenantry login, give --key or set TENANTRY_KEY.',
      })
    : new TenantryError('command.unreachable', 'No control plane is known here.', {
        next: 'Start it with npm start, run tenantry login --url ADDRESS, or give --url and --key (TENANTRY_URL, TENANTRY_KEY).',
      });

/** @throws command.invalid */
function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new TenantryError('command.invalid', `"${url}" is not the address of a control plane.`, {
      next: 'Write it like https://tenantry.example.com.',
    });
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}

const sameAddress = (a: string, b: string): boolean => addressOf(a) === addressOf(b);

function first(file: CliFile): Identity {
  const [identity] = file.identities;
  if (identity === undefined) throw new TenantryError('internal.bug', 'A file without identities was taken.');
  return identity;
}
