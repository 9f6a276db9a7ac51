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
  // Twice as long is enough for a comma at each line end, whatever the lines are.
  const bytes = Buffer.allocUnsafe(piece.length * 2);
  let [at, rows] = [0, 0];
  for (let from = 0; from < piece.length; ) {
    const end = piece.indexOf(LINE_END, from);
    if (rows > 0) {
      bytes[at] = COMMA;
      bytes[at + 1] = LINE_END;
      at += 2;
    }
    at += piece.copy(bytes, at, from, end);
    rows += 1;
    from = end + 1;
  }
  return { bytes: bytes.subarray(0, at), rows };
}
