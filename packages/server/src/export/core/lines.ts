/** Rows as text: each a JSON object on a line of its own, in pieces that end where a line does. */

const LINE_END = 0x0a;
const COMMA = 0x2c;

export const rowsIn = (piece: Buffer): readonly string[] => piece.toString('utf8').split('\n').slice(0, -1);

export interface ListedPiece {
  /** The rows with a comma after each but the last, whose line end is left to what follows. */
  readonly bytes: Buffer;
  readonly rows: number;
}

/** A piece as a part of a JSON array. Bytes are moved, never made into text: that would cost more than packing them. */
export function listPiece(piece: Buffer): ListedPiece {
  const rows = countLines(piece);
  const bytes = Buffer.allocUnsafe(piece.length + Math.max(0, rows - 2));
  let at = 0;
  for (let from = 0; from < piece.length; ) {
    const end = piece.indexOf(LINE_END, from);
    if (from > 0) {
      bytes[at] = COMMA;
      bytes[at + 1] = LINE_END;
      at += 2;
    }
    at += piece.copy(bytes, at, from, end);
    from = end + 1;
  }
  return { bytes: bytes.subarray(0, at), rows };
}

function countLines(piece: Buffer): number {
  let count = 0;
  for (let at = piece.indexOf(LINE_END); at !== -1; at = piece.indexOf(LINE_END, at + 1)) count += 1;
  return count;
}
