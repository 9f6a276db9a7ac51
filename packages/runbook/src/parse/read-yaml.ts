/**
 * YAML 1.2 core into plain JSON with positions. Anchors, aliases, tags, merge keys and keys that are not text
 * are refused, so a file means what it shows; size and depth are capped before anything is built.
 */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
} from 'yaml';
import type { Json } from '../definition.ts';
import { fileFault, type LintFault } from './faults.ts';
import { nestsTooDeeply } from './nesting.ts';
import { createPositions, joinPath, type Positions, type Spot } from './positions.ts';

const DEPTH_MAX = 64;

export interface YamlFile {
  /** Absent when the file has a syntax fault or is too large. */
  readonly value?: Json;
  readonly faults: readonly LintFault[];
  readonly positions: Positions;
}

interface Walk {
  readonly source: string;
  readonly faults: LintFault[];
  readonly spots: Map<string, Spot>;
  readonly lines: LineCounter;
}

/** Reads a file of at most `sizeMax` bytes. Only the first syntax fault is given: one missing quote cascades. */
export function readYaml(source: string, file: string, sizeMax: number): YamlFile {
  const lines = new LineCounter();
  const walk: Walk = { source, faults: [], spots: new Map([['', { start: 0, end: 0 }]]), lines };
  const positions = createPositions(file, walk.spots, lines);
  const size = source.length > sizeMax ? source.length : new TextEncoder().encode(source).length;
  if (size > sizeMax) {
    const limit = `${Math.floor(sizeMax / 1024)} KiB`;
    return {
      faults: [
        fileFault(
          'file-size',
          `The file has ${Math.ceil(size / 1024)} KiB; the limit is ${limit}.`,
          'Keep large data out of it; hand files in separately.',
        ),
      ],
      positions,
    };
  }
  if (nestsTooDeeply(source)) return { faults: [tooDeep], positions };
  try {
    const document = parseDocument(source, {
      version: '1.2',
      schema: 'core',
      lineCounter: lines,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    });
    const error = document.errors[0];
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      return {
        faults: [
          {
            ...fileFault('yaml-syntax', sentence(error.message), fixForSyntax(source, error.pos[0])),
            line,
            column: col,
          },
        ],
        positions,
      };
    }
    const value = document.contents === null ? null : convert(walk, document.contents as Node, '', 0);
    return { ...(value === undefined ? {} : { value }), faults: walk.faults, positions };
  } catch (error) {
    if (error instanceof RangeError) return { faults: [tooDeep], positions };
    throw error;
  }
}

const tooDeep = fileFault('too-deep', 'The file is nested too deeply to be read.', 'Flatten it.');

const sentence = (message: string): string => {
  const first = message.split('\n')[0] ?? message;
  return /[.!?]$/.test(first) ? first : `${first}.`;
};

function fixForSyntax(source: string, offset: number): string {
  const start = source.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const end = source.indexOf('\n', offset);
  const line = source.slice(start, end < 0 ? undefined : end);
  if (line.includes('${{')) return 'Put quotes around text with `${{ }}` in it; `runbook lint --fix` does it.';
  if (/^\s*\t/.test(line)) return 'Indent with spaces, not tabs.';
  return 'Check quotes, brackets and indentation on this line and the one before.';
}

function report(
  walk: Walk,
  rule: string,
  node: { range?: readonly number[] | null },
  path: string,
  message: string,
  fix: string,
): undefined {
  const { line, col } = walk.lines.linePos(node.range?.[0] ?? 0);
  walk.faults.push({ rule, severity: 'error', path, message, fix, line: Math.max(1, line), column: Math.max(1, col) });
  return undefined;
}

/** The JSON of a node; undefined where a fault was reported. */
function convert(walk: Walk, node: Node, path: string, depth: number): Json | undefined {
  if (depth > DEPTH_MAX)
    return report(walk, 'too-deep', node, path, `Nested deeper than ${DEPTH_MAX} levels.`, 'Flatten it.');
  if (isAlias(node))
    return report(
      walk,
      'alias',
      node,
      path,
      'Aliases (`*name`) are not used in runbooks.',
      'Write the value out, or name it once in `vars`.',
    );
  const props = node as { anchor?: string; tag?: string };
  if (props.anchor !== undefined)
    report(walk, 'alias', node, path, 'Anchors (`&name`) are not used in runbooks.', `Remove \`&${props.anchor}\`.`);
  if (props.tag !== undefined) return droppedTag(walk, node, props.tag, path);
  if (isMap(node)) return convertMap(walk, node.items as Pair<Node, Node | null>[], path, depth);
  if (isSeq(node)) {
    return (node.items as (Node | null)[]).map((item, index) => {
      const at = joinPath(path, index);
      if (item === null || isPair(item)) return null;
      remember(walk, item, at);
      return convert(walk, item, at, depth + 1) ?? null;
    });
  }
  return isScalar(node) ? convertScalar(walk, node, path) : null;
}

function droppedTag(walk: Walk, node: Node, tag: string, path: string): undefined {
  const written = tag.replace('tag:yaml.org,2002:', '!!');
  // The tag stands before the node; YAML would silently drop it and keep the rest.
  const before = walk.source.lastIndexOf(written, node.range?.[0] ?? 0);
  const at = { range: [before < 0 ? (node.range?.[0] ?? 0) : before] };
  const end = walk.source.indexOf('\n', at.range[0]);
  const rest = walk.source.slice(at.range[0], end < 0 ? undefined : end).trim();
  return report(
    walk,
    'dropped-tag',
    at,
    path,
    `YAML reads \`${written}\` as a tag, not as part of the value.`,
    `Put quotes around it: "${rest.replace(/"/g, "'")}".`,
  );
}

const isStorable = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

function convertScalar(walk: Walk, node: Scalar, path: string): Json | undefined {
  const value = node.value;
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (isStorable(value)) return value;
    return report(
      walk,
      'bad-value',
      node,
      path,
      'This text holds a NUL character or half of a character pair, which no database keeps.',
      'Remove it.',
    );
  }
  if (typeof value === 'number') {
    const written = node.source ?? String(value);
    if (!Number.isFinite(value))
      return report(
        walk,
        'bad-number',
        node,
        path,
        `\`${written}\` is not a number JSON can hold.`,
        'Write a finite number, or quote it.',
      );
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      return report(
        walk,
        'bad-number',
        node,
        path,
        `\`${written.slice(0, 40)}\` is too large to be kept exactly.`,
        'Quote it to keep it as text.',
      );
    }
    return value;
  }
  return report(walk, 'bad-value', node, path, 'This is not a JSON value.', 'Quote it.');
}

function convertMap(walk: Walk, pairs: readonly Pair<Node, Node | null>[], path: string, depth: number): Json {
  const members = new Map<string, Json>();
  for (const pair of pairs) {
    const key = keyText(walk, pair.key, path);
    if (key === undefined) continue;
    const at = joinPath(path, key);
    if (members.has(key)) {
      report(
        walk,
        'duplicate-key',
        pair.key,
        at,
        `The key \`${key}\` stands twice in this map.`,
        'Remove one of the two.',
      );
      continue;
    }
    remember(walk, pair.value, at, pair.key);
    members.set(key, pair.value === null ? null : (convert(walk, pair.value, at, depth + 1) ?? null));
  }
  return Object.fromEntries(members);
}

function keyText(walk: Walk, key: Node | null, path: string): string | undefined {
  if (key === null || !isScalar(key) || key.value === null) {
    return report(
      walk,
      'bad-key',
      key ?? {},
      path,
      'A key must be plain text.',
      'Write `name: value`; put quotes around text with `{`, `[`, `,` or `: ` in it.',
    );
  }
  const text = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
  if (key.tag !== undefined || key.anchor !== undefined)
    return report(walk, 'alias', key, path, 'A key has neither anchor nor tag.', 'Remove it.');
  if (text === '__proto__')
    return report(walk, 'bad-key', key, path, '`__proto__` cannot be a key.', 'Choose another name.');
  if (text === '<<')
    return report(walk, 'alias', key, path, 'Merge keys (`<<`) are not used in runbooks.', 'Write the keys out.');
  return text;
}

function remember(walk: Walk, node: Node | null, path: string, key?: Node): void {
  const start = node?.range?.[0] ?? key?.range?.[1] ?? 0;
  const end = node?.range?.[1] ?? start;
  const keyStart = key?.range?.[0];
  const textStart =
    node !== null && isScalar(node) && typeof node.value === 'string'
      ? unchangedText(walk.source, node.value, start, end)
      : undefined;
  walk.spots.set(path, {
    start,
    end,
    ...(keyStart === undefined ? {} : { keyStart }),
    ...(textStart === undefined ? {} : { textStart }),
  });
}

function unchangedText(source: string, value: string, start: number, end: number): number | undefined {
  const written = source.slice(start, end);
  if (written === value) return start;
  const quote = written[0];
  return (quote === '"' || quote === "'") && written.slice(1, -1) === value ? start + 1 : undefined;
}
