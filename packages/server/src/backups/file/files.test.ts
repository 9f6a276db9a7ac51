import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { frame, readFrames } from './frames.ts';
import { CHUNK_BYTES, type ChunkError, fileKeyOf, openChunks, sealChunks, TAG_BYTES } from './seal-chunks.ts';
import { writeBackupFile } from './write-file.ts';

const key = fileKeyOf(randomBytes(32), randomBytes(16), createHash('sha256').update('header').digest());
const seal = (plain: Buffer): Promise<Buffer> => buffer(Readable.from([plain]).pipe(sealChunks(key)));
const open = (sealed: Buffer, with_ = key): Promise<Buffer> => {
  const opened = openChunks(with_);
  Readable.from([sealed]).pipe(opened);
  return buffer(opened);
};
const failing = (sealed: Buffer, with_ = key): Promise<ChunkError> =>
  open(sealed, with_).then(
    () => expect.fail('it opened'),
    (error: ChunkError) => error,
  );
const SEALED = CHUNK_BYTES + TAG_BYTES;

describe('sealed chunks', () => {
  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])(
    '%i bytes come back',
    async (size) => {
      const plain = randomBytes(size);
      const sealed = await seal(plain);
      expect(sealed.length).toBe(size + TAG_BYTES * Math.max(1, Math.ceil(size / CHUNK_BYTES)));
      expect(await open(sealed)).toEqual(plain);
    },
  );

  it('open with nothing but their key and their header', async () => {
    const sealed = await seal(randomBytes(10));
    expect(await failing(sealed, { ...key, key: randomBytes(32) })).toMatchObject({ reason: 'altered', offset: 0 });
    expect(await failing(sealed, { ...key, header: Buffer.alloc(32) })).toMatchObject({ reason: 'altered', offset: 0 });
  });

  it('say which was altered, and where they were cut off: between two, inside one, before the first', async () => {
    const sealed = await seal(randomBytes(2 * CHUNK_BYTES + 10));
    const altered = Buffer.from(sealed);
    altered[SEALED + 5] = (altered[SEALED + 5] ?? 0) ^ 1;
    expect(await failing(altered)).toMatchObject({ reason: 'altered', offset: SEALED });
    expect(await failing(sealed.subarray(0, 2 * SEALED))).toMatchObject({ reason: 'cut off', offset: SEALED });
    expect(await failing(sealed.subarray(0, SEALED + 100))).toMatchObject({ offset: SEALED });
    expect(await failing(Buffer.alloc(0))).toMatchObject({ reason: 'cut off', offset: 0 });
  });

  it('do not open in another order, twice, or with one left out', async () => {
    const sealed = await seal(randomBytes(3 * CHUNK_BYTES));
    const [a, b, c] = [0, 1, 2].map((n) => sealed.subarray(n * SEALED, (n + 1) * SEALED)) as [Buffer, Buffer, Buffer];
    for (const parts of [
      [b, a, c],
      [a, c],
      [a, a, b, c],
      [a, b, c, c],
    ]) {
      expect(await failing(Buffer.concat(parts))).toMatchObject({ name: 'ChunkError' });
    }
  });
});

describe('frames', () => {
  const through = async (bytes: Buffer, pieces: number) => {
    const size = Math.max(1, Math.ceil(bytes.length / pieces));
    const parts = Array.from({ length: pieces }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
    return collect(readFrames(Readable.from(parts)));
  };
  const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
    const all: T[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  it('come back however the bytes are cut', async () => {
    const bytes = Buffer.concat([
      ...frame('table', Buffer.from('{}')),
      ...frame('rows', Buffer.alloc(3_000_000, 1)),
      ...frame('end', Buffer.alloc(0)),
    ]);
    for (const pieces of [1, 7, 1_000]) {
      const found = await through(bytes, pieces);
      const kinds = found.map(({ kind }) => kind);
      expect(kinds.filter((kind, at) => kind !== kinds[at - 1])).toEqual(['table', 'rows', 'end']);
      expect(found.reduce((sum, { bytes: { length } }) => sum + length, 0)).toBe(3_000_002);
    }
  });

  it('of rows are never copied, so that a restore holds one piece at a time', async () => {
    const bytes = Buffer.concat([...frame('rows', Buffer.alloc(3_000_000, 1))]);
    const rows = await through(bytes, 50);
    const inPlace = rows.filter(({ bytes: { buffer: memory } }) => memory === bytes.buffer);
    // A piece that ends within the head of a frame is put together with the next: three heads, at most three times.
    expect(rows.length - inPlace.length).toBeLessThanOrEqual(3);
    expect(rows.reduce((sum, row) => sum + row.bytes.length, 0)).toBe(3_000_000);
  });

  it('of rows that are cut off are an error, however few bytes are missing', async () => {
    const bytes = Buffer.concat([...frame('rows', Buffer.alloc(100, 1))]);
    await expect(through(bytes.subarray(0, -1), 1)).rejects.toThrow(RangeError);
    await expect(through(bytes.subarray(0, 3), 1)).rejects.toThrow(RangeError);
  });

  it('that are none, or not whole, are an error', async () => {
    await expect(through(Buffer.from([9, 0, 0, 0, 0]), 1)).rejects.toThrow(RangeError);
    await expect(through(Buffer.from([1, 0, 0, 0, 9, 1]), 1)).rejects.toThrow(RangeError);
  });
});

describe('a file that is being written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-backup-file-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const header = {
    format: 1,
    backup: '0b7f9c3e-5d0c-4b1f-9a38-0d1f6f1c7a01',
    scope: 'set',
    product: 'p',
    environment: 'e',
    database: 'd',
    tenant: null,
    stamp: '20260123_140530',
    payload: 'dump.gz',
    key: { vault: '0b7f9c3e-5d0c-4b1f-9a38-0d1f6f1c7a01', nonce: 'AAAA', box: 'AAAA' },
  } as const;

  it('has another name until it is whole, and leaves nothing when it fails', async () => {
    const path = join(folder, 'deep', 'a.enc');
    async function* failing(): AsyncGenerator<Buffer> {
      yield* frame('rows', randomBytes(1_000_000));
      expect(await readdir(join(folder, 'deep'))).toEqual([expect.stringMatching(/^a\.enc\..+\.partial$/)]);
      throw new Error('the source broke');
    }
    await expect(writeBackupFile(path, failing(), { header, dataKey: randomBytes(32) })).rejects.toThrow('broke');
    expect(await readdir(join(folder, 'deep'))).toEqual([]);
  });

  it('in a folder that cannot be written is refused with what to do', async () => {
    const nowhere = join(folder, 'deep', '\0');
    await expect(
      writeBackupFile(nowhere, (async function* () {})(), { header, dataKey: randomBytes(32) }),
    ).rejects.toMatchObject({ code: 'backup.refused' });
  });
});
