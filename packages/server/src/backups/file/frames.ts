/**
 * What is inside a backup file: a sequence of frames, each one byte of kind, four of length and its bytes. Tables
 * follow each other as `table`, any number of `rows`, `end`; the manifest is last, because only then it is known.
 */

export const KINDS = { table: 1, rows: 2, end: 3, manifest: 4 } as const;
export type FrameKind = keyof typeof KINDS;

const HEAD_BYTES = 5;
/** Rows come in the pieces the network brought them in; a piece is cut before it gets larger than this. */
const FRAME_BYTES_MAX = 1024 * 1024;

export interface Frame {
  readonly kind: FrameKind;
  readonly bytes: Buffer;
}

const NAMES = new Map(Object.entries(KINDS).map(([name, code]) => [code as number, name as FrameKind]));

/** The frame as bytes, in two pieces so that rows are not copied. */
export function* frame(kind: FrameKind, bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at === 0 || at < bytes.length; at += FRAME_BYTES_MAX) {
    const piece = bytes.subarray(at, at + FRAME_BYTES_MAX);
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt8(KINDS[kind], 0);
    head.writeUInt32BE(piece.length, 1);
    yield head;
    if (piece.length > 0) yield piece;
  }
}

export const jsonFrame = (kind: FrameKind, value: object): Generator<Buffer> =>
  frame(kind, Buffer.from(JSON.stringify(value)));

/**
 * Frames out of a stream of bytes. Rows are handed on in the pieces they come in and never put together: copies of
 * them would be the largest part of what a restore holds in memory.
 *
 * @throws RangeError where they are none
 */
export async function* readFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  /** Of a frame of rows that is under way. */
  let missing = 0;
  for await (const data of source) {
    let bytes = rest.length === 0 ? data : Buffer.concat([rest, data]);
    rest = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (missing > 0) {
        const piece = bytes.subarray(0, missing);
        missing -= piece.length;
        bytes = bytes.subarray(piece.length);
        yield { kind: 'rows', bytes: piece };
        continue;
      }
      const head = headOf(bytes);
      if (head?.kind === 'rows') {
        missing = head.length;
        bytes = bytes.subarray(HEAD_BYTES);
      } else if (head === undefined || bytes.length < HEAD_BYTES + head.length) {
        rest = bytes;
        break;
      } else {
        yield { kind: head.kind, bytes: bytes.subarray(HEAD_BYTES, HEAD_BYTES + head.length) };
        bytes = bytes.subarray(HEAD_BYTES + head.length);
      }
    }
  }
  if (rest.length > 0 || missing > 0) throw new RangeError('the last frame is not whole');
}

/** Undefined while too little of it is there. */
function headOf(bytes: Buffer): { readonly kind: FrameKind; readonly length: number } | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const kind = NAMES.get(bytes.readUInt8(0));
  const length = bytes.readUInt32BE(1);
  if (kind === undefined || length > FRAME_BYTES_MAX) throw new RangeError('there is no such frame');
  return { kind, length };
}
