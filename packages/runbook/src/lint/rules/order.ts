/** Needs: no cycles, nothing that comes later. */
import { joinPath } from '../../parse/positions.ts';
import type { LintContext } from '../context.ts';

export function lintOrder(context: LintContext): void {
  const { order, reading } = context;
  for (const [cycles, paths, word] of [
    [order.stepCycles, reading.stepPaths, 'Steps'],
    [order.phaseCycles, reading.phasePaths, 'Phases'],
  ] as const) {
    for (const cycle of cycles) {
      const first = cycle[0] ?? '';
      context.report({
        rule: 'cycle',
        path: joinPath(paths.get(first) ?? '', 'needs'),
        message: `${word} wait for each other: ${[...cycle, first].join(' needs ')}.`,
        fix: 'Remove one of these needs.',
      });
    }
  }
  lintLaterPhases(context);
}

/** A need into a phase that itself waits for this one can never be met. */
function lintLaterPhases(context: LintContext): void {
  const positions = new Map(context.runbook.phases.map((phase, index) => [phase.id, index]));
  for (const step of context.steps.values()) {
    for (const [index, need] of step.needs.entries()) {
      const phase = context.order.phaseOf(need);
      if (phase === undefined || phase === step.phase) continue;
      const isLater =
        context.order.phaseAfterPhase(phase, step.phase) ||
        (positions.get(phase) ?? 0) > (positions.get(step.phase) ?? 0);
      if (!isLater) continue;
      context.report({
        rule: 'need-of-later-phase',
        path: joinPath(joinPath(context.reading.stepPaths.get(step.id) ?? '', 'needs'), index),
        message: `\`${need}\` stands in phase \`${phase}\`, which comes after phase \`${step.phase}\`.`,
        fix: 'A need across phases only adds a wait: need something of an earlier phase.',
      });
    }
  }
}
