import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isTenantryError, type TenantryError } from '@tenantry/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { configReference, configSchema, readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenantry-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');

function refusalOf(read: () => unknown): TenantryError {
  try {
    read();
  } catch (error) {
    if (isTenantryError(error)) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('readConfig', () => {
  it('needs nothing to be set', () => {
    const config = readConfig({}, {});
    expect(config).toMatchObject({ mode: 'production', port: 7400, leaseMs: 5_000, vaultKeys: [] });
    expect(config.publicUrl).toBe('http://127.0.0.1:7400');
    expect(config.databaseUrl).toBeUndefined();
  });

  it('lets the command line win over the environment', () => {
    const env = { TENANTRY_PORT: '8000', TENANTRY_HOST: '0.0.0.0' };
    expect(readConfig({ port: 9000 }, env)).toMatchObject({ port: 9000, publicUrl: 'http://localhost:9000' });
  });

  it('counts an empty variable as unset', () => {
    expect(readConfig({}, { TENANTRY_PORT: '', TENANTRY_DATABASE_URL: '' })).toMatchObject({ port: 7400 });
  });

  it('reports all faults together, each by the name it was set under', () => {
    const error = refusalOf(() =>
      readConfig(
        { host: '' },
        {
          TENANTRY_PORT: 'seven',
          TENANTRY_LOG_LEVEL: 'loud',
          TENANTRY_DATABASE_URL: 'mysql://host/db',
          TENANTRY_VAULT_KEYS_FILE: join(folder, 'missing'),
        },
      ),
    );
    expect(error.code).toBe('config.invalid');
    expect(error.faults.map((fault) => fault.path).sort()).toEqual([
      'TENANTRY_DATABASE_URL',
      'TENANTRY_LOG_LEVEL',
      'TENANTRY_PORT',
      'TENANTRY_VAULT_KEYS_FILE',
      'host',
    ]);
  });

  it('reads a secret from a file, and refuses it in both places at once', () => {
    const path = join(folder, 'url');
    writeFileSync(path, 'postgres://u:p@db/tenantry\n');
    expect(readConfig({}, { TENANTRY_DATABASE_URL_FILE: path }).databaseUrl?.reveal()).toBe(
      'postgres://u:p@db/tenantry',
    );

    const both = { TENANTRY_DATABASE_URL_FILE: path, TENANTRY_DATABASE_URL: 'postgres://db/other' };
    expect(refusalOf(() => readConfig({}, both)).faults[0]?.path).toBe('TENANTRY_DATABASE_URL');
  });

  it('prints no secret, whether in the configuration or in a fault', () => {
    const env = {
      TENANTRY_DATABASE_URL: 'postgres://u:hunter2@db/tenantry',
      TENANTRY_SMTP_URL: 'smtp://u:hunter2@mail:587',
      TENANTRY_VAULT_KEYS: `a:${KEY}`,
    };
    const config = readConfig({}, env);
    for (const text of [inspect(config, { depth: 9 }), JSON.stringify(config)]) {
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(KEY);
    }
    const bad = { TENANTRY_VAULT_KEYS: 'a:hunter2', TENANTRY_SMTP_URL: 'http://hunter2' };
    expect(
      inspect(
        refusalOf(() => readConfig({}, bad)),
        { depth: 9 },
      ),
    ).not.toContain('hunter2');
  });

  it('takes a ring of vault keys and names a bad one by its place', () => {
    const ring = readConfig({}, { TENANTRY_VAULT_KEYS: `2026:${KEY}, 2025:${OTHER_KEY}` }).vaultKeys;
    expect(ring.map(({ id, key }) => [id, key.reveal()])).toEqual([
      ['2026', KEY],
      ['2025', OTHER_KEY],
    ]);
    const messages = (text: string) =>
      refusalOf(() => readConfig({}, { TENANTRY_VAULT_KEYS: text })).faults.map((fault) => fault.message);
    expect(messages(`a:${KEY},b:c2hvcnQ=`)).toEqual(['key 2 is not id:base64 of 32 bytes']);
    expect(messages(`a:${KEY},a:${OTHER_KEY}`)).toEqual(['two keys have the id a']);
    expect(messages(KEY)).toEqual(['key 1 is not id:base64 of 32 bytes']);
  });

  it('takes the test mode from the caller only, and a kill point outside production only', () => {
    expect(readConfig({ mode: 'test' }, {}).mode).toBe('test');
    expect(refusalOf(() => readConfig({}, { TENANTRY_MODE: 'test' })).faults).toHaveLength(1);
    const killed = { TENANTRY_KILL_POINT: 'after-apply' };
    expect(readConfig({ mode: 'development' }, killed).killPoint).toBe('after-apply');
    expect(refusalOf(() => readConfig({}, killed)).faults[0]?.path).toBe('TENANTRY_KILL_POINT');
  });

  it('cannot be changed after it was read', () => {
    const config = readConfig({}, { TENANTRY_VAULT_KEYS: `a:${KEY}` });
    expect(Object.isFrozen(config) && Object.isFrozen(config.vaultKeys)).toBe(true);
  });
});

describe('configReference', () => {
  it('has a row with a meaning for every setting', () => {
    const rows = configReference()
      .split('\n')
      .filter((line) => line.startsWith('| `TENANTRY_'));
    expect(rows).toHaveLength(Object.keys(configSchema.shape).length);
    for (const row of rows) expect(row.split(' | ')[2]?.length).toBeGreaterThan(10);
    expect(rows).toContainEqual(expect.stringContaining('| `TENANTRY_LEASE_MS` | `5000` |'));
    expect(rows).toContainEqual(expect.stringContaining('| `TENANTRY_VAULT_KEYS` (or `_FILE`) |'));
  });
});
