/**
 * One-dimensional cutting stock: which part comes from which board. Pure; lengths are whole micrometres, so that sums
 * are exact.
 *
 * First-fit decreasing, once opening the longest board first and once the shortest that fits; the better plan wins:
 * fewest parts left over, then least stock used, then fewest boards. Each material is planned by itself.
 *
 * Kerf: a saw eats its width at each cut. `n` parts need `n - 1` cuts between them, and one more to free an offcut;
 * what remains may be thinner than the blade, in which case the last cut leaves no offcut.
 */

export interface Piece {
  readonly label: string;
  readonly material: string;
  readonly lengthUm: number;
  readonly quantity: number;
}

export interface CutPart {
  readonly label: string;
  readonly startUm: number;
  readonly lengthUm: number;
}

export interface CutBoard {
  readonly label: string;
  readonly material: string;
  readonly lengthUm: number;
  readonly parts: readonly CutPart[];
  /** Turned to dust by all cuts of this board. */
  readonly kerfUm: number;
  readonly offcutUm: number;
}

export interface CutPlan {
  readonly boards: readonly CutBoard[];
  /** Parts no board could take. */
  readonly unplaced: readonly Piece[];
  readonly totals: CutTotals;
}

export interface CutTotals {
  readonly stockUm: number;
  readonly partsUm: number;
  readonly kerfUm: number;
  readonly offcutUm: number;
  /** Share of the used stock that ends in parts, 0 to 1; 0 when no board was used. */
  readonly yield: number;
}

export interface CutInput {
  readonly boards: readonly Piece[];
  readonly parts: readonly Piece[];
  readonly kerfUm: number;
}

interface OpenBoard {
  readonly stock: Piece;
  readonly parts: CutPart[];
  /** Where the next part would start: after the last part and the cut that frees it. */
  nextUm: number;
}

interface Packing {
  readonly open: readonly OpenBoard[];
  readonly left: readonly Piece[];
}

export function planCuts({ boards, parts, kerfUm }: CutInput): CutPlan {
  const materials = [...new Set(parts.map((part) => part.material))].sort();
  const packings = materials.map((material) =>
    packMaterial(
      boards.filter((board) => board.material === material),
      parts.filter((part) => part.material === material),
      kerfUm,
    ),
  );
  const cutBoards = packings.flatMap((packing) => packing.open.map((open) => closeBoard(open, kerfUm)));
  return {
    boards: cutBoards,
    unplaced: countAlike(packings.flatMap((packing) => packing.left)),
    totals: sum(cutBoards),
  };
}

function packMaterial(boards: readonly Piece[], parts: readonly Piece[], kerfUm: number): Packing {
  const longestFirst = singles(boards).sort((a, b) => b.lengthUm - a.lengthUm);
  const demand = singles(parts).sort((a, b) => b.lengthUm - a.lengthUm);
  const down = firstFit(longestFirst, demand, kerfUm);
  const up = firstFit(longestFirst.toReversed(), demand, kerfUm);
  return compare(up, down) < 0 ? up : down;
}

/** `demand` is sorted longest first; `stock` in the order boards are opened. */
function firstFit(stock: readonly Piece[], demand: readonly Piece[], kerfUm: number): Packing {
  const unopened = [...stock];
  const open: OpenBoard[] = [];
  const left: Piece[] = [];
  for (const part of demand) {
    let board = open.find((candidate) => candidate.nextUm + part.lengthUm <= candidate.stock.lengthUm);
    if (board === undefined) {
      const index = unopened.findIndex((candidate) => part.lengthUm <= candidate.lengthUm);
      const opened = index === -1 ? undefined : unopened.splice(index, 1)[0];
      if (opened === undefined) {
        left.push(part);
        continue;
      }
      board = { stock: opened, parts: [], nextUm: 0 };
      open.push(board);
    }
    board.parts.push({ label: part.label, startUm: board.nextUm, lengthUm: part.lengthUm });
    board.nextUm += part.lengthUm + kerfUm;
  }
  return { open, left };
}

function compare(a: Packing, b: Packing): number {
  const stockOf = (packing: Packing): number => packing.open.reduce((all, board) => all + board.stock.lengthUm, 0);
  return a.left.length - b.left.length || stockOf(a) - stockOf(b) || a.open.length - b.open.length;
}

function closeBoard(open: OpenBoard, kerfUm: number): CutBoard {
  const { label, material, lengthUm } = open.stock;
  const partsUm = open.parts.reduce((all, part) => all + part.lengthUm, 0);
  const cutsBetween = Math.max(0, open.parts.length - 1) * kerfUm;
  const remainder = lengthUm - partsUm - cutsBetween;
  const lastCut = Math.min(kerfUm, remainder);
  return { label, material, lengthUm, parts: open.parts, kerfUm: cutsBetween + lastCut, offcutUm: remainder - lastCut };
}

const singles = (pieces: readonly Piece[]): Piece[] =>
  pieces.flatMap((piece) => Array.from({ length: piece.quantity }, () => ({ ...piece, quantity: 1 })));

function countAlike(pieces: readonly Piece[]): Piece[] {
  const counted = new Map<string, Piece>();
  for (const piece of pieces) {
    const key = JSON.stringify([piece.material, piece.label, piece.lengthUm]);
    counted.set(key, { ...piece, quantity: (counted.get(key)?.quantity ?? 0) + piece.quantity });
  }
  return [...counted.values()];
}

function sum(boards: readonly CutBoard[]): CutTotals {
  const stockUm = boards.reduce((all, board) => all + board.lengthUm, 0);
  const kerfUm = boards.reduce((all, board) => all + board.kerfUm, 0);
  const offcutUm = boards.reduce((all, board) => all + board.offcutUm, 0);
  const partsUm = stockUm - kerfUm - offcutUm;
  return { stockUm, partsUm, kerfUm, offcutUm, yield: stockUm === 0 ? 0 : partsUm / stockUm };
}
