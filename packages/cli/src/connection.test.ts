import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { type CliFile, type ConnectionFlags, findConnection, pickIdentity } from './connection.ts';
import { readSettings } from './settings.ts';
import { scratchFolder } from './testing/cli.ts';

const file: CliFile = {
  url: 'http://127.0.0.1:4600',
  default: 'Dana Fischer',
  identities: [
    { name: 'Alex Weber', roles: ['support'], party: 'vendor', key: 'tnt_alex' },
    { name: 'Dana Fischer', roles: ['engineering', 'engineering_lead'], party: 'vendor', key: 'tnt_dana' },
    { name: 'Dan Brown', roles: ['sales'], party: 'vendor', key: 'tnt_dan' },
    { name: 'Kim Client', roles: ['client_admin', 'sales'], party: 'client', key: 'tnt_kim' },
  ],
};

async function folderWith(content: unknown): Promise<string> {
  const folder = await scratchFolder();
  const below = join(folder, 'a', 'b');
  await mkdir(join(folder, '.tenantry'), { recursive: true });
  await mkdir(below, { recursive: true });
  const path = join(folder, '.tenantry', 'cli.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  await chmod(path, 0o600);
  return below;
}

const connect = (cwd: string, flags: ConnectionFlags = {}, env: Record<string, string> = {}) =>
  findConnection({ flags, settings: readSettings(env), cwd });

function refusalOf(call: () => unknown): TenantryError {
  try {
    call();
  } catch (error) {
    if (error instanceof TenantryError) return error;
  }
  throw new Error('expected a TenantryError');
}

describe('findConnection', () => {
  it('uses the nearest .tenantry/cli.json above, as its default identity', async () => {
    expect(connect(await folderWith(file))).toMatchObject({
      url: file.url,
      key: 'tnt_dana',
      identity: { name: 'Dana Fischer' },
    });
  });

  it('lets flags win over the environment and the environment over the file', async () => {
    const cwd = await folderWith(file);
    const env = { TENANTRY_URL: 'https://env.example/', TENANTRY_KEY: 'tnt_env' };
    expect(connect(cwd, {}, env)).toMatchObject({ url: 'https://env.example', key: 'tnt_env', identities: [] });
    expect(connect(cwd, { url: 'https://flag.example', key: 'tnt_flag' }, env)).toMatchObject({
      url: 'https://flag.example',
      key: 'tnt_flag',
    });
  });

  it('takes an empty variable as not set', async () => {
    expect(connect(await folderWith(file), {}, { TENANTRY_URL: '', TENANTRY_KEY: ' ' }).key).toBe('tnt_dana');
  });

  it('never sends a key of the file to an address from elsewhere', async () => {
    const cwd = await folderWith(file);
    expect(refusalOf(() => connect(cwd, { url: 'https://evil.example' })).message).toBe('No key says who you are.');
    expect(refusalOf(() => connect(cwd, { url: 'https://evil.example', as: 'dana' })).code).toBe('command.invalid');
  });

  it('says how to start one where nothing is known', async () => {
    const error = refusalOf(() => connect('/'));
    expect(error.code).toBe('command.unreachable');
    expect(error.next).toContain('npm start');
  });

  it('says that --as needs the file of a development start', () => {
    const error = refusalOf(() => connect('/', { url: 'https://a.example', key: 'tnt_x', as: 'dana' }));
    expect(error.code).toBe('command.invalid');
    expect(refusalOf(() => connect('/', { as: 'dana' })).message).toContain('which a development start writes');
  });

  it('names a file that cannot be used, and why', async () => {
    const broken = await folderWith('{');
    expect(refusalOf(() => connect(broken)).message).toMatch(/cli\.json cannot be used: it is not JSON\.$/);
    const wrong = await folderWith({ ...file, identities: [] });
    expect(refusalOf(() => connect(wrong)).message).toContain('identities');
  });

  it('refuses an address that is none', () => {
    expect(refusalOf(() => connect('/', { url: 'localhost:4600', key: 'tnt_x' })).code).toBe('command.invalid');
    expect(refusalOf(() => connect('/', { url: 'ftp://a.example', key: 'tnt_x' })).code).toBe('command.invalid');
  });
});

describe('--as', () => {
  it('picks by name, by role, or by a beginning of a name that only one has', () => {
    expect(pickIdentity(file.identities, 'dana fischer').key).toBe('tnt_dana');
    expect(pickIdentity(file.identities, 'client_admin').key).toBe('tnt_kim');
    expect(pickIdentity(file.identities, 'al').key).toBe('tnt_alex');
  });

  it('takes anybody in a role, because any of them may act', () => {
    expect(pickIdentity(file.identities, 'sales').key).toBe('tnt_dan');
  });

  it('never guesses between two names', () => {
    const error = refusalOf(() => pickIdentity(file.identities, 'dan'));
    expect(error.message).toBe('"dan" fits several people.');
    expect(error.next).toContain('Dana Fischer (engineering, engineering_lead); Dan Brown (sales)');
    expect(refusalOf(() => pickIdentity(file.identities, '')).code).toBe('command.invalid');
  });
});
