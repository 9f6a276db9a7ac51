/** Types: what an expression gives must fit where it stands. */
import { checkType, type ExpectedType } from '../../expr/index.ts';
import type { Analysis } from '../analysis.ts';
import type { LintContext } from '../context.ts';
import { resolvePath } from '../schema-path.ts';

export function lintTypes(context: LintContext, sound: ReadonlySet<Analysis>): void {
  for (const analysis of sound) {
    if (analysis.site.notation === 'time') {
      lintTime(context, analysis);
      continue;
    }
    for (const { message, fix, offset } of checkType(
      analysis.expression,
      context.typesAt(analysis.site),
      expectedAt(analysis),
    )) {
      context.reportIn(analysis, {
        rule: ruleFor(message),
        message,
        start: offset,
        ...(fix === undefined ? {} : { fix }),
      });
    }
  }
}

const ruleFor = (message: string): string =>
  message.includes('stand inside text') ? 'not-text' : message.includes('secret') ? 'secret-in-text' : 'wrong-operand';

function expectedAt({ site, alone }: Analysis): ExpectedType {
  if (site.notation === 'cel') return 'bool';
  return alone ? 'any' : 'text';
}

/** The anchor of a time is a timestamp, or text that holds one; the offset is text that holds a duration. */
function lintTime(context: LintContext, analysis: Analysis): void {
  const [anchor, offset] = analysis.references;
  if (anchor !== undefined && !hasType(context, analysis, anchor.path, ['timestamp', 'string'])) {
    context.reportIn(analysis, {
      rule: 'bad-time',
      message: `\`${anchor.path.join('.')}\` is not a point in time.`,
      fix: 'Start with go_live, run.started_at, a done_at or an output that is a time.',
      start: anchor.start,
    });
  }
  if (offset !== undefined && !hasType(context, analysis, offset.path, ['string'])) {
    context.reportIn(analysis, {
      rule: 'bad-time',
      message: `\`${offset.path.join('.')}\` does not hold a duration.`,
      fix: 'Use a var such as `"30d"`.',
      start: offset.start,
    });
  }
}

function hasType(context: LintContext, analysis: Analysis, path: readonly string[], types: readonly string[]): boolean {
  const resolution = resolvePath(context.typesAt(analysis.site).schema, path);
  if (!resolution.found || resolution.schema.type === undefined) return true;
  const type = resolution.schema['x-cel'] === 'timestamp' ? 'timestamp' : String(resolution.schema.type);
  return types.includes(type);
}
