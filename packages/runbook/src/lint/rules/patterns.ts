/** Expressions that are well-typed and still never do what they seem to. */
import { type CelNode, callParts, literalText, macroParts, visit } from '../../expr/ast.ts';
import { pathOfNode } from '../../expr/references.ts';
import { nearest } from '../../expr/suggest.ts';
import type { Analysis } from '../analysis.ts';
import type { LintContext } from '../context.ts';
import { resolvePath } from '../schema-path.ts';

export function lintPatterns(context: LintContext, sound: ReadonlySet<Analysis>): void {
  for (const analysis of sound) {
    if (analysis.compiled === undefined) continue;
    visit(analysis.compiled.ast, (node) => {
      lintEnum(context, analysis, node);
      if (analysis.site.notation === 'cel') lintAll(context, analysis, node);
    });
  }
}

/** `intake.tier == "premum"`: a value the schema does not know. */
function lintEnum(context: LintContext, analysis: Analysis, node: CelNode): void {
  if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') return;
  const [left, right] = node.args as readonly [CelNode, CelNode];
  if (node.op === 'in') {
    if (right.op === 'list')
      for (const item of right.args as readonly CelNode[]) compareWithEnum(context, analysis, left, item);
    return;
  }
  compareWithEnum(context, analysis, left, right);
  compareWithEnum(context, analysis, right, left);
}

function compareWithEnum(context: LintContext, analysis: Analysis, side: CelNode, literal: CelNode): void {
  const text = literalText(literal);
  const path = pathOfNode(side);
  if (text === undefined || path === undefined) return;
  const resolution = resolvePath(context.typesAt(analysis.site).schema, path);
  const values = resolution.found ? resolution.schema.enum : undefined;
  if (!Array.isArray(values) || values.includes(text)) return;
  const near = nearest(text, values.map(String));
  context.reportIn(analysis, {
    rule: 'enum-never-matches',
    message: `\`${path.join('.')}\` is never "${text}".`,
    fix: near === undefined ? `It is one of ${values.map(String).join(', ')}.` : `Did you mean "${near}"?`,
    start: literal.start,
  });
}

/** `pods.all(p, p.ready)` holds of no pods at all. */
function lintAll(context: LintContext, analysis: Analysis, node: CelNode): void {
  const macro = macroParts(node);
  if (macro?.name !== 'all' || !/\.(expect|entry|exit|where)$/.test(analysis.site.place)) return;
  const list = analysis.expression.slice(macro.list.start, macro.list.end);
  if (macro.list.op === 'list' || /^phases\.\w+\.steps$/.test(list) || hasItems(context, analysis, macro.list)) return;
  if (asksForItems(analysis, list)) return;
  context.reportIn(analysis, {
    rule: 'all-of-nothing',
    message: `\`${list}.all(…)\` holds when the list is empty.`,
    fix: `Write \`${list}.size() > 0 && ${list}.all(…)\`.`,
    start: node.start,
  });
}

function hasItems(context: LintContext, analysis: Analysis, list: CelNode): boolean {
  const path = pathOfNode(list);
  if (path === undefined) return false;
  const resolution = resolvePath(context.typesAt(analysis.site).schema, path);
  return resolution.found && Number(resolution.schema.minItems ?? 0) > 0;
}

/** The same expression compares the list's size, or asks that some item exists. */
function asksForItems({ compiled, expression }: Analysis, list: string): boolean {
  let found = false;
  if (compiled === undefined) return false;
  const isList = (node: CelNode | undefined): boolean =>
    node !== undefined && expression.slice(node.start, node.end) === list;
  visit(compiled.ast, (node) => {
    const call = callParts(node);
    if (call === undefined) return;
    if (call.name === 'size') found ||= isList(call.receiver ?? call.args[0]);
    if (call.name === 'exists' || call.name === 'exists_one') found ||= isList(call.receiver);
  });
  return found;
}
