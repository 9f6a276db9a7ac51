/**
 * Repairs quoting, the one thing authors trip over: text with `${{ }}` or a comma inside `{ }`, an expression that
 * starts with `!` or with a quote, a colon inside an expression, a bare version number. Works on the text, because
 * YAML cannot read such a file; everything else, comments included, stays as it is.
 */
import { nestsTooDeeply } from '../parse/nesting.ts';
import { RUNBOOK_BYTES_MAX } from '../parse/parse-runbook.ts';
import { readYaml } from '../parse/read-yaml.ts';
import { endOfQuoted, extentOf, quoted } from './quoting.ts';

export interface FixedSource {
  readonly source: string;
  /** How many values were given quotes. */
  readonly fixed: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
}

/** Keys whose values are expressions. */
const EXPRESSION_KEYS = new Set(['if', 'expect', 'where']);

/** The repaired source, or the same when there is nothing to repair or a repair would not help. */
export function fixSource(source: string): FixedSource {
  if (source.length > RUNBOOK_BYTES_MAX || nestsTooDeeply(source)) return { source, fixed: 0 };
  const edits = findEdits(source);
  let result = source;
  for (const { start, end } of [...edits].reverse()) {
    result = result.slice(0, start) + quoted(result.slice(start, end)) + result.slice(end);
  }
  const broke = readable(source) && !readable(result);
  return edits.length === 0 || broke ? { source, fixed: 0 } : { source: result, fixed: edits.length };
}

const readable = (source: string): boolean => readYaml(source, '', RUNBOOK_BYTES_MAX).value !== undefined;

interface Scan {
  readonly source: string;
  readonly edits: Edit[];
  /** Lines deeper than this belong to an `entry` or `exit`: their values are expressions. */
  gates: number | undefined;
}

function findEdits(source: string): readonly Edit[] {
  const scan: Scan = { source, edits: [], gates: undefined };
  let position = 0;
  while (position < source.length) position = scanLine(scan, position);
  return scan.edits;
}

const LINE = /([ ]*)((?:- +)*)(?:("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'{}[\]&*!|>%@`][^#\n]*?):(?=[ \n]|$)[ ]*)?/y;

/** Scans one block line, or all the lines of a value that goes on; gives where the next one starts. */
function scanLine(scan: Scan, start: number): number {
  const { source } = scan;
  LINE.lastIndex = start;
  const match = LINE.exec(source);
  const [prefix = '', spaces = '', dashes = '', key] = match ?? [];
  const indent = spaces.length + dashes.length;
  if (scan.gates !== undefined && prefix.trim() !== '' && indent <= scan.gates) scan.gates = undefined;
  const at = start + prefix.length;
  const isExpression = key !== undefined && (EXPRESSION_KEYS.has(key) || scan.gates !== undefined);
  if (key === 'entry' || key === 'exit') scan.gates = indent;
  if (key === undefined && dashes === '') return nextLine(source, start);
  return scanValue(scan, at, indent, key, isExpression);
}

function scanValue(scan: Scan, at: number, indent: number, key: string | undefined, isExpression: boolean): number {
  const { source } = scan;
  const first = source[at] ?? '\n';
  if (first === '\n' || first === '#') return nextLine(source, at);
  if (first === '|' || first === '>') return pastBlockScalar(source, at, indent);
  if (first === '{' || first === '[') return nextLine(source, scanFlow(scan, at, key));
  if (first === '"' || first === "'") return scanQuoted(scan, at, isExpression);
  if (key === 'version') fixVersion(scan, at);
  else if (first === '!') quoteExtent(scan, at, '', true, true);
  else if (isExpression || lineFrom(source, at).includes('${{')) quoteExtent(scan, at, '', isExpression, false);
  return nextLine(source, at);
}

/** `if: "a" == intake.x`: the quotes belong to the expression. */
function scanQuoted(scan: Scan, at: number, isExpression: boolean): number {
  const end = endOfQuoted(scan.source, at);
  const rest = lineFrom(scan.source, end).trim();
  if (rest !== '' && !rest.startsWith('#') && isExpression) quoteExtent(scan, at, '', true, true);
  return nextLine(scan.source, end);
}

function fixVersion(scan: Scan, at: number): void {
  const version = /^\d+(\.\d+)*(?=\s*(#|$))/.exec(lineFrom(scan.source, at));
  if (version !== null) scan.edits.push({ start: at, end: at + version[0].length });
}

function quoteExtent(scan: Scan, at: number, stops: string, isExpression: boolean, always: boolean): number {
  const extent = extentOf(scan.source, at, stops, isExpression);
  if (extent === undefined) return at;
  if ((extent.needsQuotes || always) && extent.end > at) scan.edits.push({ start: at, end: extent.end });
  return extent.end;
}

/** A flow map or list, over as many lines as it takes; gives the position after it. */
function scanFlow(scan: Scan, start: number, outerKey: string | undefined): number {
  const { source } = scan;
  const gates = outerKey === 'entry' || outerKey === 'exit';
  let depth = 0;
  let key: string | undefined;
  let index = start;
  while (index < source.length) {
    const character = source[index] ?? '';
    if (character === '{' || character === '[') {
      depth += 1;
      key = undefined;
      index += 1;
    } else if (character === '}' || character === ']') {
      depth -= 1;
      index += 1;
      if (depth === 0) return index;
    } else if (character === '#' && /\s/.test(source[index - 1] ?? '')) {
      index = nextLine(source, index);
    } else if (/[\s,:]/.test(character)) {
      if (character === ',') key = undefined;
      index += 1;
    } else {
      const next = scanFlowScalar(scan, index, key, gates);
      key = source[next] === ':' ? source.slice(index, next).replace(/^["']|["']$/g, '') : undefined;
      index = Math.max(next, index + 1);
    }
  }
  return index;
}

function scanFlowScalar(scan: Scan, at: number, key: string | undefined, gates: boolean): number {
  const { source } = scan;
  const first = source[at] ?? '';
  const isExpression = key !== undefined && (EXPRESSION_KEYS.has(key) || gates);
  if (first === '"' || first === "'") {
    const end = endOfQuoted(source, at);
    const isWhole = /^\s*([,:}\]#]|$)/m.test(source.slice(end, end + 200));
    return isWhole || !isExpression ? end : past(scan, at, quoteExtent(scan, at, ',}]', true, true));
  }
  if (first === '!') return past(scan, at, quoteExtent(scan, at, ',}]', true, true));
  return past(scan, at, quoteExtent(scan, at, ',}]', isExpression, false));
}

/** Where an extent could not be found, to where YAML itself would end the scalar. */
function past(scan: Scan, at: number, end: number): number {
  if (end > at) return end;
  const rest = /[,{}[\]\n]|: /.exec(scan.source.slice(at + 1));
  return rest === null ? scan.source.length : at + 1 + rest.index;
}

const lineFrom = (source: string, at: number): string => {
  const end = source.indexOf('\n', at);
  return source.slice(at, end < 0 ? undefined : end);
};

const nextLine = (source: string, at: number): number => {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end + 1;
};

/** Past the lines of a `|` or `>` text: those indented more than its key. */
function pastBlockScalar(source: string, at: number, indent: number): number {
  let position = nextLine(source, at);
  while (position < source.length) {
    const line = lineFrom(source, position);
    if (line.trim() !== '' && line.search(/[^ ]/) <= indent) return position;
    position = nextLine(source, position);
  }
  return position;
}
