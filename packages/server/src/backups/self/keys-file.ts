/**
 * The one copy of what no backup may hold and every restore needs: the vault's data keys, and who was erased. It is
 * written over, never added to, so that a destroyed key is gone from it too; and it is sealed under a master key.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { BackupDeps } from '../deps.ts';
import type { KeyCopy, SelfParts, Tombstone } from '../sources.ts';

const NAME = 'tenantry-keys.enc';
const CONTEXT = ['tenantry/keys-file/v1'];

const sealedSchema = z.strictObject({ master: z.string(), nonce: z.string(), box: z.string() });
const contentSchema = z.strictObject({
  format: z.literal(1),
  written_at: z.iso.datetime(),
  keys: z.unknown(),
  tombstones: z.array(z.strictObject({ tenant: z.uuid(), product: z.string(), erased_at: z.iso.datetime() })),
});

export interface KeysFile {
  readonly writtenAt: Date;
  readonly keys: readonly KeyCopy[];
  readonly tombstones: readonly Tombstone[];
}

export const keysPath = (folder: string): string => join(folder, NAME);

/** Writes it as the database stands now. */
export async function writeKeysFile({ database, self, sources, keysFolder, now }: BackupDeps): Promise<void> {
  const content = await database.transaction('worker', async (tx) => ({
    format: 1,
    written_at: now().toISOString(),
    keys: await self.copyKeys(tx),
    tombstones: (await sources.tombstones(tx)).map(({ tenantId, productId, erasedAt }) => ({
      tenant: tenantId,
      product: productId,
      erased_at: erasedAt.toISOString(),
    })),
  }));
  const sealed = self.sealWithMaster(Buffer.from(JSON.stringify(content)), CONTEXT);
  await replaceFile(keysPath(keysFolder), `${JSON.stringify(sealed)}\n`);
}

/** Writes it again when a key or a tombstone has come, changed or gone since the last time this was called. */
export function keysFileKeeper(deps: BackupDeps): () => Promise<boolean> {
  let written: string | undefined;
  return async () => {
    const mark = await deps.database.transaction('worker', async (tx) => {
      const stones = await deps.sources.tombstones(tx);
      return `${await deps.self.keysMark(tx)} ${stones.length}`;
    });
    if (mark === written) return false;
    await writeKeysFile(deps);
    written = mark;
    return true;
  };
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}.partial`;
  const handle = await open(aside, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, path);
}

/** @throws backup.unreadable when it is not there or was altered; vault.key_missing without its master key */
export async function readKeysFile(self: SelfParts, folder: string): Promise<KeysFile> {
  const path = keysPath(folder);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, 'cannot be read', error);
  });
  const sealed = sealedSchema.safeParse(jsonOf(text));
  if (!sealed.success) throw unreadable(path, 'is not what it should be');
  const content = contentSchema.safeParse(jsonOf(self.openWithMaster(sealed.data, CONTEXT).toString()));
  if (!content.success) throw unreadable(path, 'is of another release');
  const { written_at, keys, tombstones } = content.data;
  return {
    writtenAt: new Date(written_at),
    keys: self.parseKeys(keys),
    tombstones: tombstones.map(({ tenant, product, erased_at }) => ({
      tenantId: tenant,
      productId: product,
      erasedAt: new Date(erased_at),
    })),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unreadable = (path: string, what: string, cause?: unknown): TenantryError =>
  new TenantryError('backup.unreadable', `The copy of the vault's data keys, ${path}, ${what}.`, {
    facts: { file: path },
    next: 'Nothing was touched. Without it nothing that the vault sealed opens again: fetch it from where it is kept.',
    cause,
  });
