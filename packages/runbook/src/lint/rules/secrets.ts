/** Secrets go from the vault to a connector or a one-time reveal, never into text that people or logs keep. */
import type { Analysis } from '../analysis.ts';
import type { LintContext } from '../context.ts';
import { holdsSecret, resolvePath } from '../schema-path.ts';

/** Where a connector, a child run or a var takes a secret, also inside text. */
const TAKES_SECRETS = new Set([
  'uses.with',
  'check.with',
  'verify.with',
  'checklist item.with',
  'run.with',
  'runbook.vars',
  'trigger.intake',
]);
/** Where one is taken whole only. */
const TAKES_WHOLE = new Set(['task.shows', 'runbook.outputs']);

export function lintSecrets(context: LintContext): void {
  for (const analysis of context.analyses) {
    const { site, alone } = analysis;
    if (site.notation !== 'text' || TAKES_SECRETS.has(site.place)) continue;
    if (alone && (TAKES_WHOLE.has(site.place) || isDocumentPassword(site))) continue;
    for (const reference of analysis.references) {
      if (reference.optional || !isSecret(context, analysis, reference.path)) continue;
      context.reportIn(analysis, {
        rule: 'secret-in-text',
        message: `\`${reference.path.join('.')}\` is or holds a secret, and would be written here for anyone to read.`,
        fix:
          site.place === 'task.shows'
            ? 'Show it alone: then it is a one-time reveal.'
            : 'Show it in a task (`shows`), or hand it to an action.',
        start: reference.start,
      });
    }
  }
}

/** It opens the document and stands in no part of it. */
const isDocumentPassword = ({ place, path }: Analysis['site']): boolean =>
  place === 'document.with' && path.endsWith('.with.document.password');

function isSecret(context: LintContext, { site }: Analysis, path: readonly string[]): boolean {
  const resolution = resolvePath(context.typesAt(site).schema, path);
  return resolution.found && holdsSecret(resolution.schema);
}
