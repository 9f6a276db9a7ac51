/** Under which conditions a step or phase runs. Conditions are compared as text: name one once in `vars`. */
import type { CelNode } from '../expr/ast.ts';
import { compile, ExpressionError } from '../expr/index.ts';
import type { Owner } from '../parse/reading.ts';
import type { LintContext } from './context.ts';

/** The conjuncts of an `if`: `a && b` needs both. */
export function conjuncts(expression: string | undefined): readonly string[] {
  if (expression === undefined) return [];
  try {
    return split(compile(expression).ast, expression);
  } catch (error) {
    if (error instanceof ExpressionError) return [normal(expression)];
    throw error;
  }
}

function split(node: CelNode, expression: string): readonly string[] {
  if (node.op !== '&&') return [normal(expression.slice(node.start, node.end))];
  return (node.args as readonly CelNode[]).flatMap((side) => split(side, expression));
}

/** Without the outer parentheses and spaces that do not matter. */
const normal = (text: string): string =>
  text
    .trim()
    .replace(/^\((.*)\)$/s, '$1')
    .replace(/\s+/g, ' ')
    .trim();

export const stepConditions = (context: LintContext, step: string): readonly string[] => {
  const found = context.steps.get(step);
  return [...conjuncts(found?.if), ...phaseConditions(context, found?.phase ?? '')];
};

export const phaseConditions = (context: LintContext, phase: string): readonly string[] =>
  conjuncts(context.phases.get(phase)?.if);

/** The conditions that hold wherever this value is read. */
export const readerConditions = (context: LintContext, owner: Owner): ReadonlySet<string> =>
  new Set(owner.step === undefined ? phaseConditions(context, owner.phase ?? '') : stepConditions(context, owner.step));

/** The conditions under which the target may be skipped although the reader is not. */
export const unshared = (conditions: readonly string[], reader: ReadonlySet<string>): readonly string[] =>
  conditions.filter((condition) => !reader.has(condition) && condition !== 'true');
