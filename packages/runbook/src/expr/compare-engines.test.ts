/**
 * The CEL library against another one, on every expression of the drafts that does not mix number types or times.
 * What a path holds is not declared in the drafts, so each expression is tried in several worlds: whatever happens,
 * both must give the same value or both must fail.
 */
import { isCelError, isCelList, isCelMap, run } from '@bufbuild/cel';
import { describe, expect, it } from 'vitest';
import { emptyCatalog } from '../catalog.ts';
import { lintContext } from '../lint/context.ts';
import { readDraft } from '../parse/parse-runbook.ts';
import { drafts, readDraftFile } from '../testing/drafts.ts';
import { visit } from './ast.ts';
import { compile, evaluate } from './cel.ts';

const expressions = [
  ...new Set(
    drafts.flatMap(({ file, source }) => {
      const { runbook, reading } = readDraft(source, { file, read: readDraftFile });
      if (runbook === undefined) throw new Error(`${file} cannot be read`);
      return lintContext(runbook, reading, emptyCatalog).analyses.flatMap((analysis) =>
        analysis.compiled === undefined ? [] : [analysis.expression],
      );
    }),
  ),
].filter((expression) => !/go_live|duration\(|string\(| [-*/%] |\d+ \+/.test(expression));

const names = new Set<string>();
for (const expression of expressions) {
  visit(compile(expression).ast, (node) => {
    if (node.op === '.') names.add(String((node.args as readonly unknown[])[1]));
  });
}
const item = (leaf: unknown): Record<string, unknown> => Object.fromEntries([...names].map((name) => [name, leaf]));
const LEAVES: readonly unknown[] = [
  true,
  false,
  0,
  3,
  100.5,
  'x',
  [],
  ['a', 'x'],
  [item(true), item(true)],
  [item(1), item('Running')],
  [item('x')],
];

/** The common values, and the texts the expression itself compares with. */
const leavesFor = (expression: string): readonly unknown[] => [
  ...LEAVES,
  ...[...expression.matchAll(/"([^"\\]+)"/g)].map((match) => match[1]),
];

/** A scope in which every path the expression reads ends in the leaf. */
function world(expression: string, leaf: unknown): Record<string, unknown> {
  const scope: Record<string, unknown> = {};
  for (const { path, computed } of compile(expression).references) {
    let at = scope;
    for (const name of path.slice(0, -1)) {
      const next = at[name];
      at[name] = typeof next === 'object' && next !== null && !Array.isArray(next) ? next : {};
      at = at[name] as Record<string, unknown>;
    }
    const last = path.at(-1) ?? '';
    if (at[last] === undefined || typeof at[last] !== 'object') at[last] = computed ? { x: leaf } : leaf;
  }
  return scope;
}

function attempt(work: () => unknown): { value: unknown } | 'failed' {
  try {
    return { value: work() };
  } catch {
    return 'failed';
  }
}

/** The other library's values as plain ones; it returns its errors. */
function plain(value: unknown): unknown {
  if (isCelError(value)) throw new Error(value.message);
  if (typeof value === 'bigint') return Number(value);
  if (isCelList(value)) return [...value].map(plain);
  if (isCelMap(value))
    return Object.fromEntries([...value.entries()].map(([key, member]) => [String(key), plain(member)]));
  return value;
}

describe('both CEL libraries', () => {
  it('the drafts hold enough expressions to compare', () => {
    expect(expressions.length).toBeGreaterThan(100);
  });

  it.each(expressions)('agree on %s', (expression) => {
    let compared = 0;
    for (const leaf of leavesFor(expression)) {
      const scope = world(expression, leaf);
      const ours = attempt(() => evaluate(expression, scope));
      const theirs = attempt(() => plain(run(expression, scope as Parameters<typeof run>[1])));
      expect({ leaf, result: ours }).toEqual({ leaf, result: theirs });
      if (ours !== 'failed') compared += 1;
    }
    expect(compared).toBeGreaterThan(0);
  });
});
