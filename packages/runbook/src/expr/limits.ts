/** What an expression may cost. CEL has no loops, but its macros nest, and the library sets no limit. */
import { type CelNode, callParts, childrenOf, macroParts } from './ast.ts';
import { ExpressionError } from './expression-error.ts';
import { nearest } from './suggest.ts';
import type { Intake } from './values.ts';

export const EXPRESSION_LENGTH_MAX = 4_000;
const STEPS_MAX = 1_000_000;

/** Methods and functions of the language; `matches` is left out because it backtracks without bound. */
const FUNCTIONS = new Set(['has', 'size', 'string', 'int', 'double', 'bool', 'timestamp', 'duration', 'dyn', 'type']);
const METHODS = new Set(
  (
    'all exists exists_one filter map size startsWith endsWith contains lowerAscii upperAscii trim indexOf lastIndexOf ' +
    'substring split join getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds ' +
    'getMinutes getMonth getSeconds'
  ).split(' '),
);

/** How deep loops nest, and whether text is taken apart or put together in them. */
export interface Cost {
  readonly nesting: number;
  readonly handlesText: boolean;
}

/** Refuses functions outside the language and measures the rest. */
export function costOf(node: CelNode): Cost {
  const call = callParts(node);
  if (call !== undefined) refuseUnknown(call.name, call.receiver !== undefined, node);
  const macro = macroParts(node);
  if (macro !== undefined) {
    const list = costOf(macro.list);
    const bodies = combine(macro.bodies.map(costOf));
    return { nesting: Math.max(list.nesting, bodies.nesting + 1), handlesText: list.handlesText || bodies.handlesText };
  }
  const inner = combine(childrenOf(node).map(costOf));
  if (call?.name === 'join' || call?.name === 'split') return { nesting: inner.nesting + 1, handlesText: true };
  if (node.op === 'in' && !isLiteralList(node)) return { ...inner, nesting: inner.nesting + 1 };
  return inner;
}

const combine = (costs: readonly Cost[]): Cost => ({
  nesting: Math.max(0, ...costs.map((cost) => cost.nesting)),
  handlesText: costs.some((cost) => cost.handlesText),
});

const isLiteralList = (node: CelNode): boolean => (node.args as readonly CelNode[])[1]?.op === 'list';

function refuseUnknown(name: string, isMethod: boolean, node: CelNode): void {
  if (isMethod ? METHODS.has(name) : FUNCTIONS.has(name)) return;
  if (name === 'matches') {
    throw new ExpressionError(
      '`matches` is not part of the language: a regular expression can run without end.',
      node.start,
      {
        end: node.end,
        next: 'Use startsWith, endsWith or contains; put a `pattern` in the intake schema.',
      },
    );
  }
  const near = nearest(name, isMethod ? METHODS : FUNCTIONS);
  throw new ExpressionError(`There is no ${isMethod ? 'method' : 'function'} \`${name}\`.`, node.start, {
    end: node.end,
    next: near === undefined ? COMMON : `Did you mean \`${near}\`?`,
  });
}

const COMMON = 'The common ones are has, size, string, startsWith, contains, all, exists, filter, map and join.';

/** Refuses an evaluation whose loops would go through more than a million items. */
export function refuseCost(cost: Cost, intake: Intake): void {
  const longest = cost.handlesText ? Math.max(intake.longestList, intake.longestText) : intake.longestList;
  if (longest ** cost.nesting <= STEPS_MAX) return;
  throw new ExpressionError(
    `This would go through ${longest} items ${cost.nesting} levels deep, which is too much work.`,
    0,
    {
      next: 'Filter the list in the action or check that gives it.',
    },
  );
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/===|!==/, 'CEL compares with `==` and `!=`.'],
  [/\?\?/, 'CEL has no `??`: write `has(x) ? x : y`.'],
  [/\?\./, 'CEL has no `?.`: write `has(a.b) && a.b…`.'],
  [/\band\b/, 'CEL writes `&&` for and.'],
  [/\bor\b/, 'CEL writes `||` for or.'],
  [/\bnot\b/, 'CEL writes `!` for not.'],
  [/=>/, 'CEL has no arrow functions: write `list.all(x, x.ready)`.'],
  [/[^=!<>]=[^=]/, 'CEL compares with `==`.'],
  [/\$\{\{/, 'An expression stands bare here, without `${{ }}`.'],
  [
    /\b(namespace|package|function|if|for|while|var|let|const|return|import|as|loop|void|else|break|continue)\b/,
    'That word is reserved in CEL; use `["…"]` for a key of that name.',
  ],
];

/** Help for what people write from habit in other languages. */
export function hintFor(expression: string): string | undefined {
  const code = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  return HINTS.find(([pattern]) => pattern.test(code))?.[1];
}
