/** An archive on the disk, read entry by entry; whatever is not as its manifest says refuses it. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { TenantryError } from '@tenantry/contract';
import { type Entry, open, type ZipFile } from 'yauzl';
import { type ExportManifest, formatOf, type ManifestTable, manifestSchema } from './core/manifest.ts';

const MANIFEST_BYTES_MAX = 16 * 1_024 * 1_024;
const PIECE_BYTES = 256 * 1_024;

export interface OpenedArchive {
  readonly manifest: ExportManifest;
  /** The rows, one to a line, in pieces that end where a line does. @throws export.archive_refused for other rows than were hashed */
  lines(table: ManifestTable, turn: (line: string) => string): AsyncIterable<Buffer>;
  close(): void;
}

export const archiveRefused = (why: string, next: string, cause?: unknown): TenantryError =>
  new TenantryError('export.archive_refused', why, { next: `Nothing was written. ${next}`, cause });

/** @throws export.archive_refused for what is cut off, altered, of another release, or no archive at all */
export async function openArchive(path: string): Promise<OpenedArchive> {
  const { zip, entries } = await readEntries(path);
  try {
    const manifest = await readManifest(zip, entries.get('manifest.json'));
    for (const { entry } of manifest.tables) if (!entries.has(entry)) throw incomplete(entry);
    return { manifest, close: () => zip.close(), lines: (table, turn) => linesOf(zip, entries, table, turn) };
  } catch (error) {
    zip.close();
    throw error;
  }
}

const incomplete = (entry: string): TenantryError =>
  archiveRefused(`The archive has no ${entry}, which its manifest names.`, 'Take it from its source again.');

const damaged = (cause: unknown): TenantryError =>
  archiveRefused(
    'The file is no whole ZIP archive: it is cut off or altered.',
    'Download it again and compare its SHA-256.',
    cause,
  );

function readEntries(path: string): Promise<{ zip: ZipFile; entries: ReadonlyMap<string, Entry> }> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error !== null || zip === undefined) return reject(damaged(error));
      const entries = new Map<string, Entry>();
      zip.on('entry', (entry: Entry) => {
        entries.set(entry.fileName, entry);
        zip.readEntry();
      });
      zip.once('end', () => resolve({ zip, entries }));
      zip.once('error', (fault: unknown) => {
        zip.close();
        reject(damaged(fault));
      });
      zip.readEntry();
    });
  });
}

const streamOf = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) =>
      error !== null || stream === undefined ? reject(damaged(error)) : resolve(stream),
    );
  });

async function readManifest(zip: ZipFile, entry: Entry | undefined): Promise<ExportManifest> {
  if (entry === undefined || entry.uncompressedSize > MANIFEST_BYTES_MAX) {
    throw archiveRefused(
      'The file is no export of a tenant: it has no manifest.',
      'Name an archive of tenantry tenant export.',
    );
  }
  const text = (
    await buffer(await streamOf(zip, entry)).catch((error: unknown) => Promise.reject(damaged(error)))
  ).toString();
  const json = jsonOf(text);
  const format = formatOf(json);
  if (format === 'newer') {
    throw archiveRefused('A newer release has written the archive.', 'Import it with that release.');
  }
  const parsed = manifestSchema.safeParse(json);
  if (format === 'other' || !parsed.success) {
    throw archiveRefused(
      'The manifest of the archive is not one of this release.',
      'Take it from its source again.',
      parsed.error,
    );
  }
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* linesOf(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  table: ManifestTable,
  turn: (line: string) => string,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let [rows, held, size] = [0, [] as string[], 0];
  try {
    for await (const line of rowLines(
      await streamOf(zip, entries.get(table.entry) ?? raise(incomplete(table.entry))),
    )) {
      hash.update(line).update('\n');
      rows += 1;
      held.push(turn(line));
      size += line.length;
      if (size < PIECE_BYTES) continue;
      yield Buffer.from(`${held.join('\n')}\n`);
      [held, size] = [[], 0];
    }
  } catch (error) {
    throw error instanceof TenantryError ? error : damaged(error);
  }
  if (rows !== table.rows || hash.digest('hex') !== table.rows_sha256) {
    throw archiveRefused(
      `${table.entry} holds other rows than its manifest says.`,
      'Take the archive from its source again.',
    );
  }
  if (held.length > 0) yield Buffer.from(`${held.join('\n')}\n`);
}

const raise = (error: Error): never => {
  throw error;
};

/**
 * The elements of an array that has each on a line of its own, as exports write them. Lines end with LF and nothing else:
 * a text of JSON may hold a line separator of Unicode.
 */
async function* rowLines(stream: Readable): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    yield* elementsIn(bytes.toString('utf8', 0, end));
    rest = bytes.subarray(end);
  }
  yield* elementsIn(rest.toString());
}

const elementsIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line !== '[' && line !== ']' && line !== '')
    .map((line) => (line.endsWith(',') ? line.slice(0, -1) : line));
