import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { TenantryError } from '@tenantry/contract';

/** A file somebody handed in, as text. */
export interface InputFile {
  /** As it was typed, for messages. */
  readonly path: string;
  /** Its last part, which is what a server is told. */
  readonly name: string;
  readonly absolutePath: string;
  readonly source: string;
}

/** The largest text file that is read, in bytes; also what the API takes. */
export const TEXT_BYTES_MAX = 1_000_000;

/**
 * The text of a file. A file that is too large is refused before it is read.
 *
 * @throws file.unreadable: missing, a folder, no permission, too large, or not UTF-8
 */
export async function readTextFile(path: string, cwd: string): Promise<InputFile> {
  const bytes = await readBytes(path, cwd, TEXT_BYTES_MAX);
  return { path, name: basename(path), absolutePath: resolve(cwd, path), source: decodeText(bytes, path) };
}

/**
 * The bytes of a file of at most `bytesMax`.
 *
 * @throws file.unreadable
 */
export async function readBytes(path: string, cwd: string, bytesMax: number): Promise<Uint8Array> {
  const file = await open(resolve(cwd, path), 'r').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw refused(`${path} is a folder.`, 'Name a file in it.');
    if (stats.size > bytesMax) throw tooLarge(path, stats.size, bytesMax);
    // A pipe or a device says no size: one byte more than is taken shows that there is too much.
    const bytes = Buffer.alloc(stats.isFile() ? stats.size + 1 : bytesMax + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (length > bytesMax) throw tooLarge(path, length, bytesMax);
    return bytes.subarray(0, length);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
}

/** @throws file.unreadable for bytes that are not UTF-8 */
export function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused(`${path} is not UTF-8 text.`, 'Save it again as UTF-8.');
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there',
  EACCES: 'may not be read by you',
  EPERM: 'may not be read by you',
  EISDIR: 'is a folder',
  ENAMETOOLONG: 'has too long a name',
};

function unreadable(path: string, error: unknown): TenantryError {
  if (error instanceof TenantryError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return refused(`${path} ${WHY[code] ?? 'cannot be read'}.`, 'Check the path and its permissions.', error);
}

const tooLarge = (path: string, size: number, bytesMax: number): TenantryError =>
  refused(
    `${path} has ${Math.ceil(size / 1_000).toLocaleString('en-US')} kB; at most ${(bytesMax / 1_000).toLocaleString('en-US')} kB are read.`,
    'Check that it is the right file.',
  );

const refused = (message: string, next: string, cause?: unknown): TenantryError =>
  new TenantryError('file.unreadable', message, { next, ...(cause === undefined ? {} : { cause }) });
