import { type Runbook, type Step, stepsOf } from '../definition.ts';

/**
 * What this release can read and check but not run yet, in words; empty for a runbook that runs. A run is
 * refused before it starts rather than stopped half-way.
 */
export const unsupportedFeatures = (runbook: Runbook): readonly string[] =>
  stepsOf(runbook).flatMap((step) => unsupportedIn(step).map((what) => `step ${step.id}: ${what}`));

/** What is taken back by something that waits or decides would never be taken back by a machine alone. */
function unsupportedIn({ undo }: Step): readonly string[] {
  if (undo.do !== 'body' || undo.body.kind === 'task' || undo.body.kind === 'uses') return [];
  return [`undo by ${undo.body.kind}`];
}
