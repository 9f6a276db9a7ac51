/** Markdown into blocks, each with the units that must be found again in the draft. */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import type { Unit, UnitKind } from './unit.ts';
import { unwrapFences } from './unwrap-fences.ts';

type RootContent = ReturnType<typeof fromMarkdown>['children'][number];
type Of<Type extends RootContent['type']> = Extract<RootContent, { readonly type: Type }>;

export interface Item {
  readonly kind: 'item';
  /** One line, without emphasis; code and links stay. */
  readonly text: string;
  readonly box: boolean;
  readonly unit: Unit;
  /** What stands below its first paragraph. */
  readonly blocks: readonly Block[];
}

export interface Row {
  readonly cells: readonly string[];
  readonly unit: Unit;
}

export interface Heading {
  readonly kind: 'heading';
  readonly depth: number;
  readonly text: string;
  readonly unit: Unit;
}

export interface CodeBlock {
  readonly kind: 'code';
  readonly language: string;
  readonly text: string;
  readonly unit: Unit;
}

export interface TableBlock {
  readonly kind: 'table';
  readonly head: Row;
  readonly rows: readonly Row[];
  readonly source: string;
}

export interface ListBlock {
  readonly kind: 'list';
  readonly ordered: boolean;
  readonly start: number;
  readonly items: readonly Item[];
}

export interface ParagraphBlock {
  readonly kind: 'paragraph';
  /** As written. */
  readonly text: string;
  readonly unit: Unit;
}

export type Block = Heading | CodeBlock | TableBlock | ListBlock | ParagraphBlock;

export interface ReadText {
  readonly blocks: readonly Block[];
  /** In reading order. */
  readonly units: readonly Unit[];
  readonly tables: number;
}

/** Lines that say something of the part they stand in, also where Markdown joins them to the line before. */
const LABELLED =
  /^\s*(\*\*|__)?(owners?|artifacts?|deliverables|exit( criteria)?|entry( criteria)?|duration|estimated time|timeline|status|version|last updated|updated|effective date|date|author|review schedule)\b[^:\n]{0,20}:/i;
/** Deeper than a person reads: kept as it stands. */
const NESTING_MAX = 12;

interface Reader {
  readonly source: string;
  readonly units: Unit[];
  tables: number;
}

export function readMarkdown(source: string): ReadText {
  const front = readFront(source);
  const { text, embedded } = unwrapFences(front.text);
  const reader: Reader = { source: text, units: [], tables: 0 };
  const meta: Block[] = front.lines.map(({ text: line, at }) => paragraph(reader, line, at));
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const blocks = [...meta, ...tree.children.flatMap((node) => readNode(reader, node, 0))];
  return { blocks: nestEmbedded(blocks, embedded), units: reader.units, tables: reader.tables };
}

/** `---` with `key: value` lines at the very beginning: facts about the document, not a heading. */
function readFront(source: string): { text: string; lines: readonly { text: string; at: number }[] } {
  const lines = source.split('\n');
  const end = lines.indexOf('---', 1);
  const inner = lines.slice(1, Math.max(end, 1));
  if (lines[0] !== '---' || end < 2 || end > 60 || !inner.every((line) => /^(\s|#|-\s|[\w-]+:|$)/.test(line)))
    return { text: source, lines: [] };
  const blank = lines.map((line, index) => (index <= end ? '' : line)).join('\n');
  const said = inner.map((text, index) => ({ text, at: index + 2 })).filter(({ text }) => text.trim() !== '');
  return { text: blank, lines: said };
}

/** Headings inside an embedded document stand below the heading the document stands under. */
function nestEmbedded(
  blocks: readonly Block[],
  embedded: readonly { readonly from: number; readonly to: number }[],
): readonly Block[] {
  let outside = 0;
  const topOf = new Map<number, number>();
  return blocks.map((block) => {
    if (block.kind !== 'heading') return block;
    const place = embedded.findIndex(({ from, to }) => block.unit.line >= from && block.unit.line <= to);
    if (place < 0) {
      outside = block.depth;
      return block;
    }
    const top = topOf.get(place) ?? block.depth;
    topOf.set(place, top);
    return { ...block, depth: outside + 1 + Math.max(0, block.depth - top) };
  });
}

function unitOf(reader: Reader, kind: UnitKind, text: string, line: number, endLine = line): Unit {
  const unit: Unit = { kind, line, endLine, text, spent: [], twins: [] };
  reader.units.push(unit);
  return unit;
}

const lineOf = (node: RootContent): number => node.position?.start.line ?? 1;
const endOf = (node: RootContent): number => node.position?.end.line ?? lineOf(node);
const sourceOf = ({ source }: Reader, node: RootContent): string =>
  source.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);

function readNode(reader: Reader, node: RootContent, depth: number): readonly Block[] {
  switch (node.type) {
    case 'heading': {
      const text = plainText(node);
      const unit = unitOf(reader, 'heading', text, lineOf(node), endOf(node));
      return [{ kind: 'heading', depth: node.depth, text, unit }];
    }
    case 'paragraph':
      return readParagraph(reader, node);
    case 'list':
      return depth > NESTING_MAX ? [whole(reader, node)] : readList(reader, node, depth);
    case 'code':
      return [readCode(reader, node)];
    case 'table':
      return [readTable(reader, node)];
    case 'thematicBreak':
      return [];
    default:
      return [whole(reader, node)];
  }
}

const paragraph = (reader: Reader, text: string, line: number, endLine = line): ParagraphBlock => ({
  kind: 'paragraph',
  text,
  unit: unitOf(reader, 'paragraph', text, line, endLine),
});

/** Quotations, HTML, definitions, footnotes: as they stand. */
const whole = (reader: Reader, node: RootContent): ParagraphBlock =>
  paragraph(reader, sourceOf(reader, node), lineOf(node), endOf(node));

/** One paragraph, or several where a line begins with a label. */
function readParagraph(reader: Reader, node: Of<'paragraph'>): readonly Block[] {
  const lines = sourceOf(reader, node).split('\n');
  const blocks: Block[] = [];
  let from = 0;
  for (let index = 1; index <= lines.length; index += 1) {
    const line = lines[index];
    if (line !== undefined && !LABELLED.test(line) && !LABELLED.test(lines[index - 1] ?? '')) continue;
    const text = lines
      .slice(from, index)
      .map((part) => part.trim())
      .join('\n');
    blocks.push(paragraph(reader, text, lineOf(node) + from, lineOf(node) + index - 1));
    from = index;
  }
  return blocks;
}

/** A list; lines with a label inside its items stand between its parts. */
function readList(reader: Reader, node: Of<'list'>, depth: number): readonly Block[] {
  const blocks: Block[] = [];
  let items: Item[] = [];
  let start = node.start ?? 1;
  const close = (): void => {
    if (items.length > 0) blocks.push({ kind: 'list', ordered: node.ordered === true, start, items });
    start += items.length;
    items = [];
  };
  for (const child of node.children) {
    const { item, labels } = readItem(reader, child, depth);
    items.push(item);
    if (labels.length > 0) {
      close();
      blocks.push(...labels);
    }
  }
  close();
  return blocks;
}

function readItem(reader: Reader, node: Of<'listItem'>, depth: number): { item: Item; labels: readonly Block[] } {
  const [first, ...rest] = node.children;
  const opening = first?.type === 'paragraph' ? first : undefined;
  const lines = opening === undefined ? [] : sourceOf(reader, opening).split('\n');
  const cut = lines.findIndex((line, index) => index > 0 && LABELLED.test(line));
  const isCut = opening !== undefined && cut > 0;
  const written = isCut ? plainSource(lines.slice(0, cut).join('\n')) : opening === undefined ? '' : plainText(opening);
  const box = typeof node.checked === 'boolean' || /^\[[ xX]?\](\s|$)/.test(written);
  const text = written.replace(/^\[[ xX]?\](\s+|$)/, '');
  const endLine = isCut ? lineOf(opening) + cut - 1 : opening === undefined ? lineOf(node) : endOf(opening);
  const unit = unitOf(reader, box ? 'checkbox' : 'item', text, lineOf(node), endLine);
  if (node.checked === true || /^\[[xX]\]/.test(written)) unit.spent.push('x');
  const labels = isCut
    ? lines.slice(cut).map((line, index) => paragraph(reader, line.trim(), lineOf(opening) + cut + index))
    : [];
  const below = (opening === undefined ? node.children : rest).flatMap((child) => readNode(reader, child, depth + 1));
  return { item: { kind: 'item', text, box, unit, blocks: below }, labels };
}

const SHELL = /^(bash|sh|shell|zsh|console|terminal|powershell|pwsh|ps1|cmd|bat|sql|psql|mysql|plpgsql)$/i;
const COMMAND =
  /^\s*(\$|>|sudo|kubectl|helm|docker|podman|psql|curl|git|npm|npx|aws|gcloud|az|terraform|ssh|make|redis-cli)\s/;

function readCode(reader: Reader, node: Of<'code'>): CodeBlock {
  const language = node.lang ?? '';
  const isCommand = SHELL.test(language) || (language === '' && COMMAND.test(node.value));
  const words = `${language} ${node.meta ?? ''}`.trim();
  const unit = unitOf(reader, isCommand ? 'command' : 'code', node.value, lineOf(node), endOf(node));
  return { kind: 'code', language: words, text: node.value, unit };
}

function readTable(reader: Reader, node: Of<'table'>): TableBlock {
  reader.tables += 1;
  const rows = node.children.map((row): Row => {
    const cells = row.children.map((cell) => plainText(cell));
    return { cells, unit: unitOf(reader, 'table_row', cells.join(' '), lineOf(row), endOf(row)) };
  });
  const [head = { cells: [], unit: unitOf(reader, 'table_row', '', lineOf(node)) }, ...body] = rows;
  const source = sourceOf(reader, node)
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
  return { kind: 'table', head, rows: body, source };
}

const plainSource = (text: string): string =>
  text
    .replace(/\*\*|__/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** The words of a node on one line: no emphasis; code and addresses stay. */
function plainText(node: RootContent): string {
  return textIn(node).replace(/\s+/g, ' ').trim();
}

function textIn(node: RootContent): string {
  switch (node.type) {
    case 'text':
    case 'html':
      return node.value;
    case 'inlineCode':
      return `\`${node.value}\``;
    case 'break':
      return ' ';
    case 'image':
      return `![${node.alt ?? ''}](${node.url})${titled(node.title)}`;
    case 'link': {
      const label = node.children.map(textIn).join('');
      return label === node.url || `mailto:${label}` === node.url || node.url.endsWith(`://${label}`)
        ? node.url.replace(/^mailto:/, '')
        : `[${label}](${node.url})${titled(node.title)}`;
    }
    case 'linkReference':
      return `[${node.children.map(textIn).join('')}][${node.label ?? node.identifier}]`;
    case 'imageReference':
      return `![${node.alt ?? ''}][${node.label ?? node.identifier}]`;
    case 'footnoteReference':
      return `[^${node.label ?? node.identifier}]`;
    default:
      return 'children' in node ? node.children.map((child) => textIn(child as RootContent)).join('') : '';
  }
}

const titled = (title: string | null | undefined): string => (title ? ` (${title})` : '');
