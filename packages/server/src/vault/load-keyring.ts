import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fault, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { Secret } from '../connectors/kit/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { KEY_BYTES } from './box.ts';
import { createKeyring, type Keyring, keyMissing, type MasterKeys } from './keyring.ts';

export interface VaultConfig {
  /** Only then may a key be made, and only while nothing was sealed. */
  readonly development: boolean;
  /** False where a lost key must be found again: then none is made. */
  readonly mayMake?: boolean;
  /** Where the development key is kept. */
  readonly dataDir: string;
  /** Id of the key to seal with; may be left out when one key is given. */
  readonly current?: string;
  /** Key id -> 32 bytes in base64. */
  readonly keys?: Readonly<Record<string, Secret>>;
  /** Key id -> path of a file that holds it, as Kubernetes and Docker mount secrets. */
  readonly keyFiles?: Readonly<Record<string, string>>;
}

const DEVELOPMENT_FILE = 'vault-key.json';
const fileSchema = z.strictObject({ current: z.string(), keys: z.record(z.string(), z.string()) });

/**
 * Loads the master keys and holds them against the data: every key that data was sealed with must be there, and be the
 * same key. A key is never made for data that exists (CH-69).
 *
 * @throws vault.key_missing, vault.key_wrong, config.invalid
 */
export async function loadKeyring(
  database: Database,
  config: VaultConfig,
  { now }: { readonly now: Date },
): Promise<Keyring> {
  const needed = await database.transaction('operator', keysInUse);
  const given = (await configuredKeys(config)) ?? (await developmentKeys(config, needed));
  const keyring = createKeyring(given);
  const missing = needed.filter((id) => !keyring.has(id));
  if (missing.length > 0) throw keyMissing(missing);
  await database.transaction('operator', (tx) => checkAgainstStored(tx, keyring, now));
  return keyring;
}

async function keysInUse(tx: Tx): Promise<readonly string[]> {
  const { rows } = await tx.query<{ key_id: string }>(
    'select distinct key_id from vault_data_keys where key_id is not null order by key_id',
  );
  return rows.map((row) => row.key_id);
}

async function configuredKeys(config: VaultConfig): Promise<MasterKeys | undefined> {
  const files = await Promise.all(
    Object.entries(config.keyFiles ?? {}).map(async ([id, path]) => [id, await readKeyFile(id, path)] as const),
  );
  const keys = { ...config.keys, ...Object.fromEntries(files) };
  const ids = Object.keys(keys);
  if (ids.length === 0) return undefined;
  const current = config.current ?? (ids.length === 1 ? ids[0] : undefined);
  if (current !== undefined) return { current, keys };
  throw configInvalid({ path: 'vault.current', message: `must name the key to seal with, one of: ${ids.join(', ')}` });
}

const readKeyFile = (id: string, path: string): Promise<Secret> =>
  readFile(path, 'utf8').then(
    (text) => new Secret(text),
    (error: unknown) => {
      throw configInvalid({ path: `vault.keyFiles.${id}`, message: `cannot be read (${reasonOf(error)})` });
    },
  );

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';

const configInvalid = (fault: Fault): TenantryError =>
  new TenantryError('config.invalid', `The vault configuration has a fault: ${fault.path} ${fault.message}.`, {
    faults: [fault],
  });

async function developmentKeys(config: VaultConfig, needed: readonly string[]): Promise<MasterKeys> {
  if (!config.development) throw noKeyGiven();
  const path = join(config.dataDir, DEVELOPMENT_FILE);
  const kept = await readDevelopmentFile(path);
  if (kept !== undefined) return kept;
  if (needed.length > 0) throw keyMissing(needed);
  if (config.mayMake === false) throw noKeyGiven();
  await makeDevelopmentFile(config.dataDir, path);
  const made = await readDevelopmentFile(path);
  if (made === undefined)
    throw configInvalid({ path: 'dataDir', message: 'does not keep the vault key written there' });
  return made;
}

const noKeyGiven = (): TenantryError =>
  new TenantryError('vault.key_missing', 'No vault key is given, and outside development none is ever made.', {
    next: 'Make one with `openssl rand -base64 32`, keep a copy where backups are not, and set it as TENANTRY_VAULT_KEYS=ID:KEY.',
  });

async function readDevelopmentFile(path: string): Promise<MasterKeys | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw configInvalid({ path: DEVELOPMENT_FILE, message: `cannot be read (${reasonOf(error)})` });
  });
  if (text === undefined) return undefined;
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success) throw configInvalid({ path: DEVELOPMENT_FILE, message: 'is damaged; restore it from a copy' });
  const { current, keys } = parsed.data;
  return { current, keys: Object.fromEntries(Object.entries(keys).map(([id, key]) => [id, new Secret(key)])) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Written aside and linked into place: of two processes starting at once one key stands, and never half of one. */
async function makeDevelopmentFile(dataDir: string, path: string): Promise<void> {
  const key = randomBytes(KEY_BYTES);
  // Named after itself: a key made anew is never mistaken for the one that was lost.
  const id = `dev-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
  const aside = `${path}.${id}`;
  await mkdir(dataDir, { recursive: true });
  await writeFile(aside, `${JSON.stringify({ current: id, keys: { [id]: key.toString('base64') } })}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
  try {
    await link(aside, path);
  } catch (error) {
    if (reasonOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(aside);
  }
}

async function checkAgainstStored(tx: Tx, keyring: Keyring, now: Date): Promise<void> {
  for (const id of keyring.ids) {
    const value = keyring.checkValue(id);
    await tx.query(
      'insert into vault_master_keys (id, check_value, created_at) values ($1, $2, $3) on conflict do nothing',
      [id, value, now],
    );
    const { rows } = await tx.query<{ check_value: Buffer }>(
      'select check_value from vault_master_keys where id = $1',
      [id],
    );
    const stored = rows[0]?.check_value;
    if (stored?.length === value.length && timingSafeEqual(stored, value)) continue;
    throw new TenantryError(
      'vault.key_wrong',
      `The vault key "${id}" is not the key that this data knows by that id.`,
      {
        facts: { keyId: id },
        next: 'Give the original key under this id; a new key needs a new id.',
      },
    );
  }
}
