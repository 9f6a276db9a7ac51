/** Reads expressions and texts of a step; what cannot be read fails the step and never skips it (language, rule 8). */
import type { JsonObject, Step, Template } from '../definition.ts';
import { ExpressionError, evaluateGate, renderTemplate } from '../expr/index.ts';
import type { Verdict } from './command.ts';
import { failStep } from './outcome.ts';
import { scopeOf } from './scope.ts';
import type { Turn } from './turn.ts';

/** The value, or undefined after the step was failed for it. */
export function tryFor<T>(turn: Turn, step: Step, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    failStep(turn, step, { code: 'runbook.expression', message: error.message, retryable: false });
    return undefined;
  }
}

export const renderFor = (turn: Turn, step: Step, template: Template): Template | undefined =>
  tryFor(turn, step, () => renderTemplate(template, scopeOf(turn)));

/** Holds a result against what its author expects of it. */
export function judge(turn: Turn, expected: string | undefined, output: JsonObject): Verdict {
  if (expected === undefined) return { ok: true, expected: 'done and verified' };
  try {
    const ok = evaluateGate(expected, scopeOf(turn, { output }));
    return ok ? { ok, expected } : { ok, expected, reason: `the result does not meet: ${expected}` };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ok: false, expected, reason: `the expectation cannot be read: ${error.message}` };
  }
}
