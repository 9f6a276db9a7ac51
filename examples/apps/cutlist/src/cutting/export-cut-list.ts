import { toMm } from './length.ts';
import type { CutPlan } from './plan-cuts.ts';

/** What a cut list is exported as; lengths in millimetres. */
export interface CutListDocument {
  readonly project: { readonly id: string; readonly name: string };
  readonly kerfMm: number;
  readonly boards: readonly {
    readonly label: string;
    readonly material: string;
    readonly lengthMm: number;
    readonly kerfMm: number;
    readonly offcutMm: number;
    readonly parts: readonly { readonly label: string; readonly startMm: number; readonly lengthMm: number }[];
  }[];
  readonly unplaced: readonly {
    readonly label: string;
    readonly material: string;
    readonly lengthMm: number;
    readonly quantity: number;
  }[];
  readonly totals: {
    readonly stockMm: number;
    readonly partsMm: number;
    readonly kerfMm: number;
    readonly offcutMm: number;
    readonly yield: number;
  };
}

export function toDocument(
  project: { readonly id: string; readonly name: string },
  kerfUm: number,
  plan: CutPlan,
): CutListDocument {
  return {
    project: { id: project.id, name: project.name },
    kerfMm: toMm(kerfUm),
    boards: plan.boards.map((board) => ({
      label: board.label,
      material: board.material,
      lengthMm: toMm(board.lengthUm),
      kerfMm: toMm(board.kerfUm),
      offcutMm: toMm(board.offcutUm),
      parts: board.parts.map((part) => ({
        label: part.label,
        startMm: toMm(part.startUm),
        lengthMm: toMm(part.lengthUm),
      })),
    })),
    unplaced: plan.unplaced.map(({ label, material, lengthUm, quantity }) => ({
      label,
      material,
      lengthMm: toMm(lengthUm),
      quantity,
    })),
    totals: {
      stockMm: toMm(plan.totals.stockUm),
      partsMm: toMm(plan.totals.partsUm),
      kerfMm: toMm(plan.totals.kerfUm),
      offcutMm: toMm(plan.totals.offcutUm),
      yield: Math.round(plan.totals.yield * 10_000) / 10_000,
    },
  };
}

const COLUMNS = ['board', 'material', 'board_label', 'board_length_mm', 'part', 'start_mm', 'length_mm'] as const;

/** RFC 4180, one line for each part in cutting order; parts that found no board come last, without one. */
export function toCsv(document: CutListDocument): string {
  const placed = document.boards.flatMap((board, index) =>
    board.parts.map((part) => [
      index + 1,
      board.material,
      board.label,
      board.lengthMm,
      part.label,
      part.startMm,
      part.lengthMm,
    ]),
  );
  const left = document.unplaced.flatMap((part) =>
    Array.from({ length: part.quantity }, () => ['', part.material, '', '', part.label, '', part.lengthMm]),
  );
  return [COLUMNS, ...placed, ...left].map((line) => `${line.map(toCell).join(',')}\r\n`).join('');
}

/** A cell that starts like a formula would run in a spreadsheet when the client opens the file: it gets a quote. */
function toCell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
