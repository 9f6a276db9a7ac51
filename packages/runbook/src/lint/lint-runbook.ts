import type { Catalog } from '../catalog.ts';
import type { Runbook } from '../definition.ts';
import { type LintFault, sortFaults } from '../parse/faults.ts';
import { type ParseOptions, readDraft } from '../parse/parse-runbook.ts';
import { lintContext } from './context.ts';
import { lintInputs } from './rules/inputs.ts';
import { lintMentions } from './rules/mentions.ts';
import { lintOrder } from './rules/order.ts';
import { lintPatterns } from './rules/patterns.ts';
import { lintReads } from './rules/reads.ts';
import { lintReferences } from './rules/references.ts';
import { lintSecrets } from './rules/secrets.ts';
import { lintSteps } from './rules/steps.ts';
import { lintTypes } from './rules/types.ts';

export interface LintOptions extends ParseOptions {
  readonly catalog: Catalog;
}

export interface LintResult {
  /** In reading order. */
  readonly faults: readonly LintFault[];
  /** Only when there is no fault of severity `error`. */
  readonly runbook?: Runbook;
}

/**
 * Checks a runbook: its form, its names, its types, its order. All faults at once, each with rule, line, column,
 * path, reason and fix. What is not known (the output of an unknown action) fits everywhere, so one fault stays one.
 */
export function lintRunbook(source: string, options: LintOptions): LintResult {
  const { runbook, reading } = readDraft(source, options);
  if (runbook !== undefined) {
    const context = lintContext(runbook, reading, options.catalog);
    lintMentions(context);
    const sound = lintReferences(context);
    lintTypes(context, sound);
    lintPatterns(context, sound);
    lintReads(context);
    lintSecrets(context);
    lintOrder(context);
    lintSteps(context);
    lintInputs(context);
  }
  const faults = sortFaults(reading.faults);
  const good = runbook !== undefined && !faults.some((fault) => fault.severity === 'error');
  return { faults, ...(good ? { runbook } : {}) };
}
