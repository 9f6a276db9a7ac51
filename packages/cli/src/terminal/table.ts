import { plainLine } from './plain-text.ts';
import type { Terminal } from './terminal.ts';
import { fitText, padText, textWidth } from './text-width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Gives way first when the table is wider than the terminal. */
  readonly flexible?: boolean;
  readonly paint?: (text: string, row: Row) => string;
}

const GAP = '  ';
const FLEXIBLE_MIN = 8;

/** A table without lines. It is cut to a terminal's width; in a file or a pipe nothing is cut. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[], terminal: Terminal): string[] {
  const cells = rows.map((row) => columns.map((column) => plainLine(column.text(row))));
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...cells.map((line) => textWidth(line[index] ?? ''))),
  );
  if (terminal.isTty) shrink(widths, columns, terminal.columns);
  const join = (texts: readonly string[]): string => texts.join(GAP).trimEnd();
  const cell = (text: string, index: number): string => {
    const width = widths[index] ?? 0;
    return index === columns.length - 1 ? fitText(text, width) : padText(fitText(text, width), width);
  };
  const head = join(columns.map((column, index) => cell(column.title.toUpperCase(), index)));
  return [
    terminal.style.faint(head),
    ...rows.map((row, at) =>
      join(
        columns.map((column, index) => {
          const text = cell(cells[at]?.[index] ?? '', index);
          return column.paint === undefined ? text : column.paint(text, row);
        }),
      ),
    ),
  ];
}

function shrink<Row>(widths: number[], columns: readonly Column<Row>[], available: number): void {
  let over = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - available;
  for (const [index, column] of columns.entries()) {
    const width = widths[index] ?? 0;
    if (over <= 0 || column.flexible !== true || width <= FLEXIBLE_MIN) continue;
    const taken = Math.min(over, width - FLEXIBLE_MIN);
    widths[index] = width - taken;
    over -= taken;
  }
}
