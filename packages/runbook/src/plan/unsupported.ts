import type { Runbook, Step } from '../definition.ts';

/**
 * What this release can read and check but not run yet, in words; empty for a runbook that runs. A run is
 * refused before it starts rather than stopped half-way.
 */
export function unsupportedFeatures(runbook: Runbook): readonly string[] {
  return runbook.phases.flatMap((phase) => [
    ...(phase.start === undefined ? [] : [`phase ${phase.id}: start`]),
    ...phase.steps.flatMap((step) => unsupportedIn(step).map((what) => `step ${step.id}: ${what}`)),
  ]);
}

function unsupportedIn(step: Step): readonly string[] {
  const { body } = step;
  const found: string[] = [];
  if (step.start !== undefined) found.push('start');
  if (step.repeat !== undefined) found.push('repeat');
  if (step.onFail.do === 'run') found.push('on_fail: run');
  if (body.kind === 'choose' || body.kind === 'run') found.push(body.kind);
  if (body.kind === 'uses' && body.manual !== 'never') found.push('manual');
  if (body.kind === 'uses' && body.temporary) found.push('temporary');
  if (body.kind === 'check' && body.hold !== undefined) found.push('hold');
  if ((body.kind === 'approve' || body.kind === 'sign_off') && body.backTo !== undefined) found.push('back_to');
  if (body.kind === 'wait' && body.count !== 1) found.push('count');
  if (body.kind === 'task' && body.checklist.some((item) => item.check !== undefined))
    found.push('checklist items with a check of their own');
  if (step.undo.do === 'body' && step.undo.body.kind !== 'task' && step.undo.body.kind !== 'uses')
    found.push(`undo by ${step.undo.body.kind}`);
  const needsCalendar = [step.timeout, step.retry?.wait].filter((text) => text !== undefined && /(mo|bd)$/.test(text));
  if (needsCalendar.length > 0) found.push('durations in months or working days');
  return found;
}
