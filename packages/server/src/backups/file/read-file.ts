import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TenantryError } from '@tenantry/contract';
import { type Header, headerSchema } from '../core/header.ts';
import { type Manifest, manifestSchema, schemaHash } from '../core/manifest.ts';
import { type Frame, readFrames } from './frames.ts';
import { ChunkError, fileKeyOf, openChunks } from './seal-chunks.ts';
import { MAGIC } from './write-file.ts';

const HEADER_BYTES_MAX = 64 * 1024;
/** Small pieces, so that what waits between two stages stays small as well. */
const READ_BYTES = 64 * 1024;

export interface OpenedFile {
  readonly path: string;
  readonly header: Header;
  readonly headerHash: Buffer;
  /** Where the sealed chunks begin. */
  readonly start: number;
}

/** Reads what stands in clear. @throws backup.unreadable, naming the file */
export async function openBackupFile(path: string): Promise<OpenedFile> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw damaged(path, 'cannot be opened', { cause: error });
  });
  try {
    const lead = Buffer.alloc(MAGIC.length + 4);
    const { bytesRead } = await handle.read(lead, 0, lead.length, 0);
    if (bytesRead < lead.length || !lead.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw damaged(path, 'is no backup of Tenantry, or its first bytes were altered');
    }
    const length = lead.readUInt32BE(MAGIC.length);
    if (length > HEADER_BYTES_MAX) throw damaged(path, 'has an altered header');
    const bytes = Buffer.alloc(length);
    if ((await handle.read(bytes, 0, length, lead.length)).bytesRead < length) {
      throw damaged(path, `is cut off in its header, at byte ${lead.length}`);
    }
    const header = headerSchema.safeParse(jsonOf(bytes));
    if (!header.success) throw damaged(path, 'has an altered header, or is of a newer format');
    return {
      path,
      header: header.data,
      headerHash: createHash('sha256').update(bytes).digest(),
      start: lead.length + length,
    };
  } finally {
    await handle.close();
  }
}

/** What is inside, as it is read; nothing of a chunk comes out before its tag was checked. */
export async function* framesIn(file: OpenedFile, dataKey: Buffer): AsyncGenerator<Frame> {
  const { header, headerHash, path, start } = file;
  const key = fileKeyOf(dataKey, Buffer.from(header.salt, 'base64'), headerHash);
  const stored = createReadStream(path, { start, highWaterMark: READ_BYTES });
  const opened = openChunks(key);
  const packed = header.payload === 'dump.gz';
  // A failure anywhere ends the last stream with it, which is where it is met.
  const ignore = (): void => undefined;
  const source = packed
    ? pipeline(stored, opened, createGunzip({ chunkSize: READ_BYTES }), ignore)
    : pipeline(stored, opened, ignore);
  try {
    yield* readFrames(source);
  } catch (error) {
    throw asDamage(file, error);
  } finally {
    source.destroy();
  }
}

/** Only what reading the file itself throws; a database at the other end fails in its own words. */
function asDamage({ path, start }: OpenedFile, error: unknown): unknown {
  if (error instanceof ChunkError) {
    const at = start + error.offset;
    return damaged(
      path,
      error.reason === 'altered' ? `was altered in the 64 KiB from byte ${at} on` : `is cut off after byte ${at}`,
      {
        offset: at,
      },
    );
  }
  if (
    error instanceof RangeError ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
  ) {
    return damaged(path, 'does not hold what its header announces', { cause: error });
  }
  return error;
}

/**
 * Reads the whole file and holds every table against the manifest. Nothing is restored from a file that did not pass.
 *
 * @throws backup.unreadable, naming the file and the place
 */
export async function checkBackupFile(file: OpenedFile, dataKey: Buffer): Promise<Manifest> {
  const found: { name: string; sha256: string }[] = [];
  let manifest: Manifest | undefined;
  let hash = createHash('sha256');
  for await (const { kind, bytes } of framesIn(file, dataKey)) {
    if (kind === 'table') {
      hash = createHash('sha256');
      found.push({ name: tableName(bytes), sha256: '' });
    } else if (kind === 'rows') hash.update(bytes);
    else if (kind === 'end') {
      const last = found.at(-1);
      if (last !== undefined) last.sha256 = hash.digest('hex');
    } else manifest = manifestOf(file, bytes);
  }
  if (manifest === undefined) throw damaged(file.path, 'has no manifest');
  holdAgainst(file, manifest, found);
  return manifest;
}

function holdAgainst(
  file: OpenedFile,
  manifest: Manifest,
  found: readonly { readonly name: string; readonly sha256: string }[],
): void {
  if (file.header.payload === 'dump.gz') {
    const wrong = manifest.tables.find(
      ({ name, sha256 }, index) => found[index]?.name !== name || found[index]?.sha256 !== sha256,
    );
    if (wrong !== undefined || found.length !== manifest.tables.length) {
      throw damaged(file.path, `does not hold the table ${wrong?.name ?? found.at(-1)?.name} as its manifest says`);
    }
  }
  if (schemaHash(manifest.tables) !== manifest.schema_sha256 || manifest.database !== file.header.database) {
    throw damaged(file.path, 'has a manifest that contradicts itself');
  }
}

export const tableName = (bytes: Buffer): string => String((JSON.parse(bytes.toString()) as { name: unknown }).name);

function manifestOf(file: OpenedFile, bytes: Buffer): Manifest {
  const parsed = manifestSchema.safeParse(jsonOf(bytes));
  if (parsed.success) return parsed.data;
  throw damaged(file.path, 'has a manifest this release cannot read');
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

export const damaged = (
  path: string,
  what: string,
  { offset, cause }: { readonly offset?: number; readonly cause?: unknown } = {},
): TenantryError =>
  new TenantryError('backup.unreadable', `The backup ${basename(path)} ${what}.`, {
    facts: { file: basename(path), ...(offset === undefined ? {} : { offset }) },
    next: 'Nothing was touched. Take another backup, or a copy of this file from where copies are kept.',
    ...(cause === undefined ? {} : { cause }),
  });
