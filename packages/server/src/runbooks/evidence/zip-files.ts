import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { PackFile } from './core/pack-files.ts';

/** One archive, in the order given. `at` (ISO 8601) dates every entry, so that the same files give the same bytes. */
export async function zipFiles(files: readonly PackFile[], at: string): Promise<Uint8Array> {
  const zip = new ZipFile();
  const failed = new Promise<never>((_resolve, reject) => {
    zip.on('error', reject);
  });
  for (const { name, bytes } of files) {
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name, {
      mtime: noonOf(at),
      mode: 0o100_644,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  return Promise.race([buffer(zip.outputStream as NodeJS.ReadableStream), failed]);
}

/**
 * ZIP keeps local time. The day of the run at noon is written, as its fields read in UTC: noon exists on every day of
 * every zone, so a server in another zone writes the same bytes.
 */
function noonOf(at: string): Date {
  const day = new Date(at);
  return new Date(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), 12);
}
