/** Markdown, taken apart, as the blocks that pdfmake lays out: plain data that can be sent to another thread. */
import type { MarkdownToken } from '../../kit/index.ts';
import { CODE_GROUND, codeRun, type PdfRun, runsOf } from './pdf-runs.ts';

export type PdfMargin = readonly [left: number, top: number, right: number, bottom: number];

export type PdfBlock =
  | { readonly text: readonly PdfRun[]; readonly style?: string; readonly margin?: PdfMargin }
  | { readonly stack: readonly PdfBlock[]; readonly unbreakable?: true }
  | { readonly ul: readonly PdfBlock[]; readonly margin: PdfMargin }
  | { readonly ol: readonly PdfBlock[]; readonly start: number; readonly margin: PdfMargin }
  | { readonly table: PdfTable; readonly layout: 'ruled' | 'bare' | 'quoted'; readonly margin: PdfMargin }
  | { readonly canvas: readonly object[]; readonly margin: PdfMargin };

export interface PdfTable {
  readonly body: readonly (readonly PdfCell[])[];
  /** Points. Given, so that a long word is broken and no table leaves the page. */
  readonly widths: readonly number[];
  readonly headerRows?: number;
}

type PdfCell =
  | { readonly text: readonly PdfRun[]; readonly fillColor?: string; readonly alignment?: string }
  | { readonly stack: readonly PdfBlock[]; readonly fillColor?: string };

/** Width of an A4 page between its margins, in points. */
export const TEXT_WIDTH = 495;
const INDENT = 22;
const CELL_PADDING = 11;
const BELOW: PdfMargin = [0, 0, 0, 8];
const HEADING_MARGINS: Readonly<Record<string, PdfMargin>> = {
  h1: [0, 0, 0, 10],
  h2: [0, 12, 0, 5],
  h3: [0, 8, 0, 4],
};
const OTHER_HEADING: PdfMargin = [0, 6, 0, 3];
/** A heading stays on the page of what follows it, where that is this short: the whole of it moves. */
const KEPT_TOGETHER_CHARACTERS = 400;
const KEPT_PARAGRAPH_CHARACTERS = 1_200;
/** Of a capital or a wide letter of the text font, in points. */
const CHARACTER_WIDTH = 5.8;

export const blocksOf = (tokens: readonly MarkdownToken[]): readonly PdfBlock[] =>
  withHeadings(readBlocks(openCursor(tokens), TEXT_WIDTH));

interface Cursor {
  next(): MarkdownToken | undefined;
  peek(): MarkdownToken | undefined;
}

function openCursor(tokens: readonly MarkdownToken[]): Cursor {
  let at = 0;
  return {
    next: () => {
      at += 1;
      return tokens[at - 1];
    },
    peek: () => tokens[at],
  };
}

/** Reads up to the closing token of what holds these blocks, and past it. */
function readBlocks(cursor: Cursor, width: number): readonly PdfBlock[] {
  const blocks: PdfBlock[] = [];
  for (let token = cursor.next(); token !== undefined && token.nesting !== -1; token = cursor.next()) {
    blocks.push(readBlock(token, cursor, width));
  }
  return blocks;
}

function readBlock(token: MarkdownToken, cursor: Cursor, width: number): PdfBlock {
  switch (token.type) {
    case 'heading_open':
      return {
        text: readInline(cursor),
        style: token.tag in HEADING_MARGINS ? token.tag : 'h4',
        margin: HEADING_MARGINS[token.tag] ?? OTHER_HEADING,
      };
    case 'paragraph_open':
      return { text: readInline(cursor), margin: token.hidden ? [0, 0, 0, 2] : BELOW };
    case 'bullet_list_open':
      return { ul: readItems(cursor, width - INDENT), margin: BELOW };
    case 'ordered_list_open':
      return { ol: readItems(cursor, width - INDENT), start: Number(token.attrGet('start') ?? 1), margin: BELOW };
    case 'blockquote_open':
      return boxed([{ stack: readBlocks(cursor, width - INDENT) }], width, 'quoted');
    case 'table_open':
      return readTable(cursor, width);
    case 'fence':
    case 'code_block':
      return boxed([{ text: [codeRun(token.content)], fillColor: CODE_GROUND }], width, 'bare');
    case 'hr':
      return {
        canvas: [{ type: 'line', x1: 0, y1: 0, x2: width, y2: 0, lineWidth: 0.5, lineColor: '#6b7480' }],
        margin: [0, 6, 0, 10],
      };
    default:
      throw new TypeError(`Markdown gave a ${token.type}, which no block of a PDF stands for`);
  }
}

/** The inline token of a block, and past the block's closing token. */
function readInline(cursor: Cursor, look: Parameters<typeof runsOf>[1] = {}): readonly PdfRun[] {
  const runs = runsOf(cursor.next()?.children ?? [], look);
  cursor.next();
  return runs;
}

const boxed = (row: readonly PdfCell[], width: number, layout: 'bare' | 'quoted'): PdfBlock => ({
  table: { body: [row], widths: [width - 2 * CELL_PADDING] },
  layout,
  margin: BELOW,
});

function readItems(cursor: Cursor, width: number): readonly PdfBlock[] {
  const items: PdfBlock[] = [];
  for (let token = cursor.next(); token !== undefined && token.nesting !== -1; token = cursor.next()) {
    items.push({ stack: readBlocks(cursor, width) });
  }
  return items;
}

function readTable(cursor: Cursor, width: number): PdfBlock {
  const body: PdfCell[][] = [];
  for (let token = cursor.next(); token !== undefined && token.type !== 'table_close'; token = cursor.next()) {
    if (token.type === 'tr_open') body.push([]);
    else if (token.type === 'th_open' || token.type === 'td_open') body.at(-1)?.push(readCell(token, cursor));
  }
  // Markdown has no table without a head: one that says nothing is left out.
  const headed = body.length < 2 || body[0]?.some((cell) => textOf(cell) !== '') === true;
  const shown = headed ? body : body.slice(1);
  return {
    table: { body: shown, widths: widthsOf(shown, width), ...(headed ? { headerRows: 1 } : {}) },
    layout: 'ruled',
    margin: BELOW,
  };
}

function readCell(token: MarkdownToken, cursor: Cursor): PdfCell {
  const heading = token.type === 'th_open';
  const alignment = /text-align:(\w+)/.exec(String(token.attrGet('style')))?.[1];
  return {
    text: readInline(cursor, heading ? { bold: true } : {}),
    ...(alignment === undefined ? {} : { alignment }),
    ...(heading ? { fillColor: CODE_GROUND } : {}),
  };
}

/**
 * Every column has room for its longest word, within bounds; what is left goes by the longest text of each. A column of
 * hashes leaves room for its neighbours.
 */
function widthsOf(rows: readonly (readonly PdfCell[])[], width: number): readonly number[] {
  const columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, column) => rows.map((row) => textOf(row[column])));
  const room = width - columns.length * CELL_PADDING;
  const least = columns.map(
    (cells) => CHARACTER_WIDTH * Math.min(longest(cells.flatMap((text) => text.split(/\s+/))), 18),
  );
  const shares = columns.map((cells) => Math.min(Math.max(longest(cells), 4), 60));
  const spare = room - sum(least);
  // So many columns that not even the words fit: then they are broken.
  if (spare < 0) return least.map((points) => Math.floor((room * points) / sum(least)));
  return least.map((points, column) => Math.floor(points + (spare * (shares[column] ?? 0)) / sum(shares)));
}

const longest = (texts: readonly string[]): number => texts.reduce((most, { length }) => Math.max(most, length), 1);
const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);

const textOf = (cell: PdfCell | undefined): string =>
  cell !== undefined && 'text' in cell ? cell.text.map(({ text }) => text).join('') : '';

const lengthOf = (part: PdfCell | PdfBlock | undefined): number => {
  if (part === undefined) return 0;
  if ('text' in part) return part.text.reduce((sum, { text }) => sum + text.length, 0);
  if ('table' in part) return part.table.body.flat().reduce((sum, cell) => sum + lengthOf(cell), 0);
  const inner = 'stack' in part ? part.stack : 'ul' in part ? part.ul : 'ol' in part ? part.ol : [];
  return inner.reduce((sum, block) => sum + lengthOf(block), 0);
};

const isHeading = (block: PdfBlock): boolean => 'style' in block && block.style !== undefined;

const isShort = (block: PdfBlock): boolean =>
  lengthOf(block) <= ('text' in block ? KEPT_PARAGRAPH_CHARACTERS : KEPT_TOGETHER_CHARACTERS);

function withHeadings(blocks: readonly PdfBlock[]): readonly PdfBlock[] {
  const kept: PdfBlock[] = [];
  let headings: PdfBlock[] = [];
  for (const block of blocks) {
    if (isHeading(block)) headings.push(block);
    else if (headings.length > 0 && isShort(block)) {
      kept.push({ stack: [...headings, block], unbreakable: true });
      headings = [];
    } else {
      kept.push(...headings, block);
      headings = [];
    }
  }
  return [...kept, ...headings];
}
