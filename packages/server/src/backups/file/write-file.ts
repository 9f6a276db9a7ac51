import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { TenantryError } from '@tenantry/contract';
import { type Header, headerBytes } from '../core/header.ts';
import { CHUNK_BYTES, fileKeyOf, sealChunks } from './seal-chunks.ts';

/** What a name ends in until the file is whole. */
export const PARTIAL = '.partial';

export const MAGIC = Buffer.from('TENANTRY-BACKUP\n');
const SALT_BYTES = 16;
/** Twice as fast as the default, for files a tenth larger: what is slow is read by people who wait. */
const GZIP_LEVEL = 1;
const BLOCK_BYTES = 256 * 1024;

export interface WrittenFile {
  readonly bytes: number;
  /** Of the whole file, as it lies there. */
  readonly sha256: string;
}

export interface WriteOptions {
  readonly header: Omit<Header, 'salt'>;
  readonly dataKey: Buffer;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a backup file: beside its name first, onto the disk, then under its name, so that a file of that name is
 * whole. Mode 0600. Memory stays flat whatever the size.
 *
 * @throws backup.refused when the folder cannot be written or a file of the name is there
 */
export async function writeBackupFile(
  path: string,
  frames: AsyncIterable<Buffer>,
  { header: given, dataKey, signal }: WriteOptions,
): Promise<WrittenFile> {
  const salt = randomBytes(SALT_BYTES);
  const header = headerBytes({ ...given, salt: salt.toString('base64') });
  const key = fileKeyOf(dataKey, salt, createHash('sha256').update(header).digest());
  // Two processes that write the same name at once each write their own.
  const aside = `${path}.${randomUUID()}${PARTIAL}`;
  const hash = createHash('sha256');
  const handle = await openAside(aside);
  try {
    const sink = fileSink(handle, hash);
    await sink.begin(Buffer.concat([MAGIC, lengthOf(header), header]));
    const packed = given.payload === 'dump.gz' ? [createGzip({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES })] : [];
    await pipeline(
      [
        Readable.from(frames, { objectMode: false, highWaterMark: CHUNK_BYTES }),
        ...packed,
        sealChunks(key),
        sink.stream,
      ],
      {
        ...(signal && { signal }),
      },
    );
    await handle.sync();
    await handle.close();
    await rename(aside, path);
    await syncFolder(dirname(path));
    return { bytes: sink.bytes(), sha256: hash.digest('hex') };
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(aside, { force: true });
    throw isFull(error) ? noSpace(path, error) : error;
  }
}

async function openAside(aside: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(aside), { recursive: true, mode: 0o700 });
    return await open(aside, 'wx', 0o600);
  } catch (error) {
    throw new TenantryError('backup.refused', `The file ${aside} cannot be written (${codeOf(error)}).`, {
      facts: { file: aside },
      next: 'Let the user of the control plane write the folder TENANTRY_BACKUP_DIR names.',
      cause: error,
    });
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';

const isFull = (error: unknown): boolean => codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';

const noSpace = (path: string, cause: unknown): TenantryError =>
  new TenantryError('backup.refused', `There is no space left for ${path}; nothing of it was kept.`, {
    facts: { file: path },
    retry: { afterMs: 60_000 },
    next: 'Make room in the backup folder, or name another with TENANTRY_BACKUP_DIR.',
    cause,
  });

function lengthOf(header: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return length;
}

/** One call may write less than it was given: a disk that is filling up does. */
async function writeAll(handle: FileHandle, block: readonly Buffer[]): Promise<number> {
  const total = block.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = total === 0 ? { bytesWritten: 0 } : await handle.writev([...block]);
  if (bytesWritten < total) await handle.writeFile(Buffer.concat(block).subarray(bytesWritten));
  return total;
}

/** Gathers small chunks into blocks: a write for each chunk would cost more than the encryption. */
function fileSink(handle: FileHandle, hash: ReturnType<typeof createHash>) {
  let written = 0;
  let waiting: Buffer[] = [];
  let size = 0;
  const drain = async (): Promise<void> => {
    const block = waiting;
    waiting = [];
    size = 0;
    for (const bytes of block) hash.update(bytes);
    written += await writeAll(handle, block);
  };
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      waiting.push(chunk);
      size += chunk.length;
      if (size < BLOCK_BYTES) done();
      else drain().then(() => done(), done);
    },
    final(done) {
      drain().then(() => done(), done);
    },
  });
  const begin = (bytes: Buffer): Promise<void> => {
    waiting.push(bytes);
    return drain();
  };
  return { stream, begin, bytes: () => written };
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
