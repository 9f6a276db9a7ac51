/** Order: nothing is read before it exists, and nothing that may never exist is taken for granted. */

import { macroParts, visit } from '../../expr/ast.ts';
import type { Reference } from '../../expr/index.ts';
import type { Analysis } from '../analysis.ts';
import { phaseConditions, readerConditions, stepConditions, unshared } from '../conditions.ts';
import type { LintContext } from '../context.ts';

/** Places that are read again and again until they hold, so that what they read may still be under way. */
const WAITS = new Set(['phase.entry', 'phase.exit', 'checklist item.expect']);

export function lintReads(context: LintContext): void {
  for (const analysis of context.analyses) {
    for (const reference of analysis.references) {
      const [root, name, member] = reference.path;
      if (name === undefined) continue;
      if (root === 'steps' && context.steps.has(name)) lintStepRead(context, analysis, reference, name, member);
      if (root === 'phases' && context.phases.has(name)) lintPhaseRead(context, analysis, reference, name, member);
    }
  }
}

function lintStepRead(
  context: LintContext,
  analysis: Analysis,
  reference: Reference,
  step: string,
  member: string | undefined,
): void {
  if (!isSettledBefore(context, analysis, step, member)) {
    const what = step === analysis.site.step ? 'its own result' : `step \`${step}\``;
    context.reportIn(analysis, {
      rule: 'later-step',
      message: `This reads ${what}, which is not settled by then.`,
      fix:
        step === analysis.site.step
          ? 'Read `output` in `expect`.'
          : `Add \`${step}\` to \`needs\`, or move this after it.`,
      start: reference.start,
    });
    return;
  }
  const conditions = unshared(stepConditions(context, step), readerConditions(context, analysis.site));
  if (conditions.length === 0) return;
  if ((member === 'output' || member === 'done_at') && !isGuarded(context, analysis, step)) {
    context.reportIn(analysis, {
      rule: 'may-be-skipped',
      message: `Step \`${step}\` is skipped unless ${conditions.join(' && ')}; then it has no ${member}.`,
      fix: `Give this the same \`if\`, or ask has(steps.${step}.output.…) first.`,
      start: reference.start,
    });
  }
  if (member === 'passed' && WAITS.has(analysis.site.place))
    reportPassed(context, analysis, reference, `steps.${step}`, conditions);
}

function reportPassed(
  context: LintContext,
  analysis: Analysis,
  reference: Reference,
  what: string,
  conditions: readonly string[],
): void {
  context.reportIn(analysis, {
    rule: 'gate-on-skippable',
    message: `\`${what}\` is skipped unless ${conditions.join(' && ')}, and what is skipped never passes: this would stay closed.`,
    fix: 'Use `.done`, which is passed or skipped.',
    start: reference.start,
  });
}

/** True when the reader runs only after the step, or waits for it without the step waiting for the reader. */
function isSettledBefore(
  { order }: LintContext,
  { site }: Analysis,
  step: string,
  member: string | undefined,
): boolean {
  const target = order.phaseOf(step) ?? '';
  if (site.phase === undefined) return true;
  if (site.step === undefined) return isOpenToPhase(order, site.place, site.phase, target);
  if (site.step === step) return member === 'output' && (site.option === 'undo' || site.place.startsWith('verify.'));
  if (order.stepAfterStep(site.step, step)) return true;
  return WAITS.has(site.place) && !order.stepAfterStep(step, site.step) && !order.phaseAfterPhase(target, site.phase);
}

function isOpenToPhase(order: LintContext['order'], place: string, phase: string, target: string): boolean {
  if (place === 'phase.exit' && phase === target) return true;
  if (WAITS.has(place)) return phase !== target && !order.phaseAfterPhase(target, phase);
  return order.phaseAfterPhase(phase, target);
}

function lintPhaseRead(
  context: LintContext,
  analysis: Analysis,
  reference: Reference,
  phase: string,
  member: string | undefined,
): void {
  const { site } = analysis;
  if (site.phase === undefined) return;
  const own = site.phase === phase;
  const settled = own
    ? member === 'steps'
    : context.order.phaseAfterPhase(site.phase, phase) ||
      (WAITS.has(site.place) && !context.order.phaseAfterPhase(phase, site.phase));
  if (!settled) {
    context.reportIn(analysis, {
      rule: 'later-step',
      message: own
        ? `Phase \`${phase}\` cannot wait for itself.`
        : `This reads phase \`${phase}\`, which is not closed by then.`,
      fix: own ? 'Read its steps.' : `Add \`${phase}\` to the phase's \`needs\`.`,
      start: reference.start,
    });
    return;
  }
  if (!WAITS.has(site.place)) return;
  const reader = readerConditions(context, site);
  const conditions = unshared(phaseConditions(context, phase), reader);
  if (member === 'passed' && conditions.length > 0)
    reportPassed(context, analysis, reference, `phases.${phase}`, conditions);
  if (member === 'steps' && asksAllPassed(analysis, reference)) {
    const skippable = context.phases
      .get(phase)
      ?.steps.find(
        (step) =>
          unshared(stepConditions(context, step.id), new Set([...reader, ...phaseConditions(context, phase)])).length >
          0,
      );
    if (skippable !== undefined)
      reportPassed(context, analysis, reference, `steps.${skippable.id}`, stepConditions(context, skippable.id));
  }
}

/** `phases.x.steps.all(s, s.passed)` */
function asksAllPassed({ compiled }: Analysis, reference: Reference): boolean {
  let found = false;
  if (compiled === undefined) return false;
  visit(compiled.ast, (node) => {
    const macro = macroParts(node);
    if (macro?.name !== 'all' || macro.list.start !== reference.start) return;
    for (const body of macro.bodies)
      visit(body, (inner) => (found ||= inner.op === '.' && (inner.args as readonly unknown[])[1] === 'passed'));
  });
  return found;
}

/** The expression, or the `if` of its step, asks whether the step ran. */
function isGuarded(context: LintContext, { references, site }: Analysis, step: string): boolean {
  const asks = (reference: Reference): boolean =>
    reference.path[0] === 'steps' &&
    reference.path[1] === step &&
    (reference.optional || ['passed', 'skipped', 'status'].includes(reference.path[2] ?? ''));
  if (references.some(asks)) return true;
  const reader = [...readerConditions(context, site)];
  return reader.some(
    (condition) => condition.includes(`steps.${step}.passed`) || condition.includes(`has(steps.${step}.`),
  );
}
