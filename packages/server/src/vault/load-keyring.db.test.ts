import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { type Keyring, loadKeyring, openSecret, sealSecret, type VaultConfig } from './index.ts';
import { makeKey, NOW, vaultHarness } from './testing/fixtures.ts';

const { database, asSuperuser } = await cloneDatabase();
const root = await mkdtemp(join(tmpdir(), 'tenantry-vault-'));
afterAll(() => rm(root, { recursive: true }));

let dataDir = '';
beforeEach(async () => {
  dataDir = join(root, randomUUID());
  await asSuperuser(
    'truncate tenantry.vault_data_keys, tenantry.vault_entries, tenantry.reveal_links, tenantry.vault_master_keys',
  );
});

const load = (config: Partial<VaultConfig>) =>
  loadKeyring(database, { development: false, dataDir, ...config }, { now: NOW });
const sealWith = (keyring: Keyring) =>
  vaultHarness(database, keyring).as((ctx) =>
    sealSecret(ctx, { tenantId: null, label: 'l', secret: new Secret('kept'), owner: { kind: 'run', id: 'r' } }),
  );

describe('outside development', () => {
  it('CH-69, PSEC-05: refuses to start without a key, with or without data', async () => {
    await expect(load({})).rejects.toMatchObject({ code: 'vault.key_missing' });
    await sealWith(await load({ keys: { k1: makeKey() } }));
    await expect(load({})).rejects.toMatchObject({ code: 'vault.key_missing' });
    await expect(readdir(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses to start when one of the keys that data was sealed with is not given, and names it', async () => {
    const keys = { k1: makeKey() };
    await sealWith(await load({ keys }));
    await expect(load({ keys: { k2: makeKey() } })).rejects.toMatchObject({
      code: 'vault.key_missing',
      facts: { keyIds: ['k1'] },
    });
    expect((await load({ current: 'k2', keys: { ...keys, k2: makeKey() } })).current).toBe('k2');
  });

  it('finds a wrong key under a known id before anything is opened with it', async () => {
    const keys = { k1: makeKey() };
    await load({ keys });
    await expect(load({ keys: { k1: makeKey() } })).rejects.toMatchObject({
      code: 'vault.key_wrong',
      facts: { keyId: 'k1' },
    });
    await load({ keys });
  });

  it('takes keys from files too, and says which file cannot be read', async () => {
    const path = join(root, 'key');
    const key = makeKey();
    await writeFile(path, `${key.reveal()}\n`);
    const keyring = await load({ keyFiles: { k1: path } });
    const { ref } = await sealWith(keyring);
    const same = await load({ keys: { k1: key } });
    const opened = await vaultHarness(database, same).as((ctx) => openSecret(ctx, ref, { purpose: 'a test' }));
    expect(opened.reveal()).toBe('kept');
    await expect(load({ keyFiles: { k2: join(root, 'nowhere') } })).rejects.toMatchObject({
      code: 'config.invalid',
      faults: [{ path: 'vault.keyFiles.k2' }],
    });
  });

  it('asks which of several keys to seal with', async () => {
    await expect(load({ keys: { a: makeKey(), b: makeKey() } })).rejects.toMatchObject({
      code: 'config.invalid',
      faults: [{ path: 'vault.current' }],
    });
  });
});

describe('in development', () => {
  it('makes a key only its owner can read, and uses it from then on', async () => {
    const made = await load({ development: true });
    const file = join(dataDir, 'vault-key.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { ref } = await sealWith(made);
    const again = await load({ development: true });
    expect(again.ids).toEqual(made.ids);
    const opened = await vaultHarness(database, again).as((ctx) => openSecret(ctx, ref, { purpose: 'a test' }));
    expect(opened.reveal()).toBe('kept');
  });

  it('CH-69: makes none when the key of existing data is lost', async () => {
    await sealWith(await load({ development: true }));
    await rm(join(dataDir, 'vault-key.json'));
    await expect(load({ development: true })).rejects.toMatchObject({ code: 'vault.key_missing' });
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('makes another when the key is lost and nothing was sealed', async () => {
    const first = await load({ development: true });
    await rm(join(dataDir, 'vault-key.json'));
    expect((await load({ development: true })).current).not.toBe(first.current);
  });

  it('two processes that start at once agree on one key and leave nothing else behind', async () => {
    const rings = await Promise.all(Array.from({ length: 4 }, () => load({ development: true })));
    expect(new Set(rings.map((ring) => ring.current)).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['vault-key.json']);
  });

  it('leaves a damaged key file alone and says so', async () => {
    await load({ development: true });
    const file = join(dataDir, 'vault-key.json');
    await writeFile(file, '{"current":');
    await expect(load({ development: true })).rejects.toMatchObject({ code: 'config.invalid' });
    expect(await readFile(file, 'utf8')).toBe('{"current":');
  });
});
