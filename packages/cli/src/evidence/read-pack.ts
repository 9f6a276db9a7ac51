import { fromBufferPromise, type ZipFile } from 'yauzl';
import { type PackProblem, problem } from './pack-problem.ts';

/** File name -> bytes. */
export type PackContents = ReadonlyMap<string, Uint8Array>;

/** The only names a pack has. Anything else could be unpacked outside its folder, or hide another file. */
const NAME =
  /^(?:index\.html|(?:run|events|audit|manifest|manifest\.sig)\.json|artifacts\/[A-Za-z0-9_-][A-Za-z0-9._-]*)$/;
const ENTRIES_MAX = 10_000;

/** Unpacks into memory. Stops at the first entry that is unsafe, repeated or too large. */
export async function readPack(
  bytes: Uint8Array,
  bytesMax: number,
): Promise<{ readonly contents: PackContents; readonly problems: PackProblem[] }> {
  const contents = new Map<string, Uint8Array>();
  const problems: PackProblem[] = [];
  try {
    // Names stay as they are written: the pattern above is stricter than what the library would refuse.
    const options = { lazyEntries: true, decodeStrings: false };
    const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), options);
    const found = await readEntries(zip, contents, bytesMax);
    if (found !== undefined) problems.push(found);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    problems.push(problem('unreadable', undefined, `The file is not a ZIP archive that can be read: ${reason}.`));
  }
  return { contents, problems };
}

async function readEntries(
  zip: ZipFile,
  contents: Map<string, Uint8Array>,
  bytesMax: number,
): Promise<PackProblem | undefined> {
  if (zip.entryCount > ENTRIES_MAX) return problem('unreadable', undefined, `It has more than ${ENTRIES_MAX} entries.`);
  let left = bytesMax;
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileNameRaw.toString('utf8');
    if (!NAME.test(name)) return problem('unsafe_name', printable(name), 'No pack has a file of that name.');
    if (contents.has(name)) return problem('unsafe_name', name, 'The name stands twice in the archive.');
    if (entry.uncompressedSize > left) {
      return problem('unreadable', name, `Unpacked, the pack is larger than ${bytesMax} bytes.`);
    }
    left -= entry.uncompressedSize;
    contents.set(name, await readEntry(zip, entry));
  }
  return undefined;
}

/** The name may be meant for the terminal it is printed on. */
const printable = (name: string): string => name.replaceAll(/[^ -~]/g, '?');

/** The library stops a stream that gives more than the size its entry states. */
async function readEntry(zip: ZipFile, entry: Parameters<ZipFile['openReadStreamPromise']>[0]): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
