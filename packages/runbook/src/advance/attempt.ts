import type { JsonObject, Step } from '../definition.ts';
import { ExpressionError, renderTemplate } from '../expr/index.ts';
import type { AttemptVerb } from './command.ts';
import { failStep, failUndo } from './outcome.ts';
import { scopeOf } from './scope.ts';
import type { Turn } from './turn.ts';

/** Starts the next try of an automatic step; its inputs are rendered now and pinned in the attempt. */
export function attempt(turn: Turn, step: Step, verb: AttemptVerb, name: string, input: JsonObject): void {
  const isUndo = verb === 'undo' || verb === 'undo_call';
  let rendered: JsonObject;
  try {
    rendered = renderTemplate(input, scopeOf(turn)) as JsonObject;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const failure = { code: 'runbook.expression', message: error.message, retryable: false };
    if (isUndo) failUndo(turn, step, failure, turn.step(step.id).made);
    else failStep(turn, step, failure);
    return;
  }
  const { tries, round, startedAt } = turn.step(step.id);
  turn.setStep(step.id, {
    status: isUndo ? 'undoing' : 'running',
    tries: tries + 1,
    waitingFor: undefined,
    failure: undefined,
    startedAt: startedAt ?? turn.at,
  });
  turn.emit({
    do: 'attempt',
    step: step.id,
    round,
    try: tries + 1,
    verb,
    name,
    with: rendered,
    environment: step.environment,
  });
}
