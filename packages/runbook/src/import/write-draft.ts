/** The tree of a draft as YAML, with the source line of everything that was imported beside it. */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { MapNode, RemarkLine, TextNode, TreeNode } from './draft-tree.ts';
import type { Unit } from './unit.ts';

/** Where a unit stands in the draft, with the words that stand there. */
export interface Placement {
  readonly unit: Unit;
  readonly path: string;
  readonly words: string;
}

export interface WrittenDraft {
  readonly yaml: string;
  readonly placements: readonly Placement[];
}

interface Writing {
  readonly placements: Placement[];
  /** Characters that would look like nesting are written as escapes. */
  readonly escapes: boolean;
}

/** `header`: lines of the comment at the top. `escapes`: for text with very many brackets. */
export function writeDraft(tree: TreeNode, header: readonly string[], escapes: boolean): WrittenDraft {
  const writing: Writing = { placements: [], escapes };
  const document = new Document();
  document.contents = nodeOf(writing, tree, '', '') as typeof document.contents;
  document.commentBefore = header.map((line) => ` ${line}`).join('\n');
  const yaml = document.toString({ lineWidth: 0, indent: 2, indentSeq: true });
  return { yaml: escapes ? writeEscapes(yaml) : yaml, placements: writing.placements };
}

function nodeOf(writing: Writing, node: TreeNode, path: string, key: string): Scalar | YAMLMap | YAMLSeq {
  if (node.kind === 'text') return scalarOf(writing, node, path, key);
  if (node.kind === 'map') return mapOf(writing, node, path);
  const list = new YAMLSeq();
  list.flow = node.flow;
  for (const [index, item] of node.items.entries()) {
    const at = `${path}${stepPath(item, index)}`;
    const written = nodeOf(writing, item, at, '');
    if (item.before !== undefined && item.before.length > 0) written.commentBefore = remarks(writing, item.before, at);
    list.items.push(written);
  }
  return list;
}

/** `phases.ID` and `steps.ID` read better than positions; a checklist keeps its positions. */
function stepPath(item: TreeNode, index: number): string {
  const id = item.kind === 'map' ? item.entries.find(([key]) => key === 'id')?.[1] : undefined;
  return id?.kind === 'text' ? `.${String(id.value)}` : `[${index}]`;
}

function mapOf(writing: Writing, node: MapNode, path: string): YAMLMap {
  const written = new YAMLMap();
  written.flow = node.flow;
  for (const [key, member] of node.entries) {
    const at = path === '' ? key : `${path}.${key}`;
    const name = writing.escapes ? hidden(key) : new Scalar(key);
    if (member.before !== undefined && member.before.length > 0)
      name.commentBefore = remarks(writing, member.before, at);
    written.items.push(new Pair(name, nodeOf(writing, member, at, key)));
  }
  return written;
}

function scalarOf(writing: Writing, node: TextNode, path: string, key: string): Scalar {
  const value = typeof node.value === 'string' ? literal(node.value, path) : node.value;
  const scalar = writing.escapes && typeof value === 'string' ? hidden(value) : new Scalar(value);
  for (const unit of node.from) place(writing, unit, path, `${key} ${String(node.value)}`);
  const said = [node.quiet === true ? undefined : sourceLines(node), node.remark].filter(
    (part) => part !== undefined && part !== '',
  );
  if (said.length > 0) scalar.comment = ` ${said.join('; ')}`;
  if (!writing.escapes && typeof value === 'string' && value.includes('\n')) scalar.type = Scalar.BLOCK_LITERAL;
  return scalar;
}

/** A `${{` of the document is text, not an expression. */
const literal = (value: string, path: string): string =>
  path.startsWith('about.') || path === 'owner' || path.endsWith('.if') ? value : value.replaceAll('${{', '$$${{');

/**
 * Marks that the reader of runbooks counts as nesting, also inside text. While the library writes, characters that
 * stand for nothing take their place; afterwards these become escapes.
 */
const MARKS = '[]{}:?-';
const STAND_INS = '\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5\ufdd6';

const hideMarks = (value: string): string =>
  value.replace(/[[\]{}:?-]/g, (mark) => STAND_INS[MARKS.indexOf(mark)] ?? mark);
const writeEscapes = (yaml: string): string =>
  yaml.replace(/[\ufdd0-\ufdd6]/g, (sign) => `\\x${(MARKS[STAND_INS.indexOf(sign)] ?? '').charCodeAt(0).toString(16)}`);

/** Text that hides its marks must be in double quotes, where escapes count. */
function hidden(value: string): Scalar {
  const scalar = new Scalar(hideMarks(value));
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

function place(writing: Writing, unit: Unit, path: string, words: string): void {
  writing.placements.push({ unit, path, words });
  for (const twin of unit.twins) writing.placements.push({ unit: twin, path, words });
}

function remarks(writing: Writing, lines: readonly RemarkLine[], path: string): string {
  return lines
    .map(({ text, from }) => {
      for (const unit of from) place(writing, unit, `comment above ${path}`, text);
      const line = text.replace(/\s+/g, ' ');
      // A comment cannot escape anything: it only keeps its words.
      return ` ${writing.escapes ? line.replace(/[^\p{L}\p{N}]+/gu, ' ') : line}${from.length === 0 ? '' : ` (${linesOf(from)})`}`;
    })
    .join('\n');
}

const sourceLines = ({ from, line }: TextNode): string | undefined =>
  line !== undefined && from.length > 0 ? `from line ${line}` : from.length === 0 ? undefined : linesOf(from);

function linesOf(from: readonly Unit[]): string {
  const first = Math.min(...from.map((unit) => unit.line));
  const last = Math.max(...from.map((unit) => unit.endLine));
  return first === last || from.length === 1 ? `from line ${first}` : `from lines ${first}-${last}`;
}
