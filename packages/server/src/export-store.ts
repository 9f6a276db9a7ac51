/** Where archives of exports lie: in the folder of backups, sealed the way those are. Here the domains meet. */
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, systemActor } from './access/index.ts';
import {
  type BackupSources,
  CHUNK_BYTES,
  type FileKey,
  fileKeyOf,
  openChunk,
  PARTIAL,
  sealChunks,
  TAG_BYTES,
} from './backups/index.ts';
import type { Database } from './db/index.ts';
import type { ByteRange, ExportPlace, ExportStore, StoredArchive, StoredFile } from './export/index.ts';

interface StoreParts {
  readonly database: Database;
  readonly sources: Pick<BackupSources, 'sealKey' | 'openKey'>;
  /** Of backups: every process has the same one. */
  readonly folder: string;
  readonly now: () => Date;
}

const sealSchema = z.strictObject({
  key: z.strictObject({ vault: z.uuid(), nonce: z.string(), box: z.string() }),
  salt: z.string(),
});

const SALT_BYTES = 16;
const EXPORTS = systemActor('exports');
const contextOf = ({ tenantId, exportId, attempt }: ExportPlace) => ['tenantry/export/v1', tenantId, exportId, attempt];
const fileOf = ({ exportId, attempt }: ExportPlace): string => `${exportId}.${attempt}.export`;
const FILE = /^([0-9a-f-]{36})\.(\d+)\.export(?:\.partial)?$/;

export function exportStore({ database, sources, folder, now }: StoreParts): ExportStore {
  const root = join(folder, 'exports');
  const folderOf = (tenantId: string): string => join(root, tenantId);
  const dataKeyOf = (ctx: Ctx, place: ExportPlace, { seal }: StoredArchive): Promise<Buffer> =>
    sources.openKey(ctx, sealSchema.parse(seal).key, contextOf(place));
  return {
    write: async (place, content, signal) => {
      const [dataKey, salt] = [randomBytes(32), randomBytes(SALT_BYTES)];
      const key = await database
        .transaction('worker', (tx) =>
          sources.sealKey({ tx, actor: EXPORTS, now: now() }, place.tenantId, dataKey, contextOf(place)),
        )
        .catch((error: unknown) => {
          content.destroy();
          throw error;
        });
      const written = await writeSealed(folderOf(place.tenantId), fileOf(place), {
        content,
        key: keyOf(dataKey, salt, place),
        signal,
      });
      return { ...written, file: fileOf(place), seal: { key, salt: salt.toString('base64') } };
    },
    open: async (ctx, place, archive) => {
      const salt = Buffer.from(sealSchema.parse(archive.seal).salt, 'base64');
      const key = keyOf(await dataKeyOf(ctx, place, archive), salt, place);
      const path = join(folderOf(place.tenantId), archive.file);
      return (range) => Readable.from(readSealed(path, key, archive.bytes, range), { objectMode: false });
    },
    linkKey: async (ctx, place, archive) =>
      Buffer.from(hkdfSync('sha256', await dataKeyOf(ctx, place, archive), '', 'tenantry/export-link/v1', 32)),
    remove: ({ tenantId, file }) => rm(join(folderOf(tenantId), file), { force: true }),
    list: () => listFiles(root),
  };
}

const keyOf = (dataKey: Buffer, salt: Buffer, place: ExportPlace): FileKey =>
  fileKeyOf(
    dataKey,
    salt,
    createHash('sha256')
      .update(JSON.stringify(contextOf(place)))
      .digest(),
  );

interface Sealing {
  readonly content: Readable;
  readonly key: FileKey;
  readonly signal: AbortSignal;
}

/** Beside its name first, onto the disk, then under its name: a file of that name is whole. */
async function writeSealed(
  folder: string,
  file: string,
  { content, key, signal }: Sealing,
): Promise<Pick<StoredArchive, 'bytes' | 'sha256'>> {
  const aside = join(folder, `${file}${PARTIAL}`);
  const hash = createHash('sha256');
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  let handle: FileHandle | undefined;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // What an attempt of this number left, if its worker lost its row to an outage.
    await rm(aside, { force: true });
    handle = await open(aside, 'wx', 0o600);
    // Closes it as well, once everything is on the disk.
    await pipeline(content, count, sealChunks(key), handle.createWriteStream({ flush: true }), { signal });
    await rename(aside, join(folder, file));
    await syncFolder(folder);
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    content.destroy();
    await handle?.close().catch(() => undefined);
    await rm(aside, { force: true }).catch(() => undefined);
    throw diskFault(error, folder) ?? error;
  }
}

/** The name is on the disk as well only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const DISK_FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'There is no space left',
  EDQUOT: 'There is no space left',
  EACCES: 'The worker may not write',
  EROFS: 'Nothing can be written',
};

function diskFault(error: unknown, folder: string): TenantryError | undefined {
  const what = error instanceof Error && 'code' in error ? DISK_FAULTS[String(error.code)] : undefined;
  if (what === undefined) return undefined;
  return new TenantryError('export.unavailable', `${what} in ${folder}; nothing of the export was kept.`, {
    facts: { folder },
    next: 'Make room there, or name another folder with TENANTRY_BACKUP_DIR, then ask for the export again.',
    cause: error,
  });
}

/** Chunk by chunk: no more of the file is in memory than one of them. */
async function* readSealed(
  path: string,
  key: FileKey,
  bytes: number,
  { start, end }: ByteRange,
): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r');
  try {
    const last = Math.max(0, Math.ceil(bytes / CHUNK_BYTES) - 1);
    for (let counter = Math.floor(start / CHUNK_BYTES); counter * CHUNK_BYTES <= end; counter += 1) {
      const plain = await readChunk(handle, key, { counter, last: counter === last });
      const from = counter * CHUNK_BYTES;
      yield plain.subarray(Math.max(0, start - from), end - from + 1);
    }
  } finally {
    await handle.close();
  }
}

/** A chunk that was altered ends the download where it is: its reader sees that something is missing. */
async function readChunk(
  handle: FileHandle,
  key: FileKey,
  place: { readonly counter: number; readonly last: boolean },
): Promise<Buffer> {
  const sealed = Buffer.allocUnsafe(CHUNK_BYTES + TAG_BYTES);
  const { bytesRead } = await handle.read(sealed, 0, sealed.length, place.counter * sealed.length);
  const plain = openChunk(key, sealed.subarray(0, bytesRead), place);
  if (plain !== undefined) return plain;
  throw new TenantryError('vault.unreadable', 'The archive of an export was altered on the disk.', {
    next: 'Ask for the export again.',
  });
}

async function listFiles(root: string): Promise<readonly StoredFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => {
    const [, exportId, attempt] = FILE.exec(entry.name) ?? [];
    if (!entry.isFile() || exportId === undefined) return [];
    const tenantId = entry.parentPath.slice(root.length + 1);
    return { tenantId, exportId, attempt: Number(attempt), file: entry.name };
  });
}
