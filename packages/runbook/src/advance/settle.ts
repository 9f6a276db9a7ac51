/** What an attempt's result, a retry, an override or a timer does to a step. */
import type { CheckBody, JsonObject, Step } from '../definition.ts';
import { ExpressionError, evaluateGate } from '../expr/index.ts';
import { addDuration, addMs, instantMs } from './clock.ts';
import type { Verdict } from './command.ts';
import type { AttemptName, Person } from './event.ts';
import { clearTimers, failStep, passStep, wrongState } from './outcome.ts';
import { retryDelayMs } from './retry.ts';
import { scopeOf } from './scope.ts';
import { restart } from './start-step.ts';
import type { ArtifactState, StepFailure } from './state.ts';
import type { Turn } from './turn.ts';

/** A result of an attempt that is no longer current, or was already settled, changes nothing. */
export function isCurrent(turn: Turn, name: AttemptName): boolean {
  const state = turn.step(name.step);
  return (
    state.round === name.round && state.tries === name.try && (state.status === 'running' || state.status === 'undoing')
  );
}

export function attemptPassed(
  turn: Turn,
  name: AttemptName,
  result: { readonly output: JsonObject; readonly made: number; readonly artifact?: ArtifactState },
): void {
  const step = turn.definition(name.step);
  if (result.artifact !== undefined && step.artifact !== undefined) turn.setArtifact(step.artifact, result.artifact);
  turn.setStep(step.id, { output: result.output, made: result.made, faults: 0, doubt: undefined });
  const verdict = judge(turn, step, result.output);
  if (verdict.ok) {
    passStep(turn, step, verdict);
    return;
  }
  if (step.body.kind === 'check' && pollAgain(turn, step, step.body, verdict)) return;
  const failure = {
    code: 'run.check_failed',
    message: verdict.reason ?? `expected ${verdict.expected}`,
    retryable: false,
  };
  if (step.body.kind === 'task' && turn.ending === undefined) {
    askAgain(turn, step, failure, verdict);
    return;
  }
  failStep(turn, step, failure, verdict);
}

/** What a person said is done is not proven yet: the task stays theirs, with the reason. */
function askAgain(turn: Turn, step: Step, failure: StepFailure, verdict: Verdict): void {
  turn.setStep(step.id, { status: 'waiting', waitingFor: 'person', failure, acts: [] });
  turn.emit({ do: 'report', step: step.id, status: 'waiting', verdict });
  turn.emit({ do: 'ask', step: step.id, purpose: 'do' });
}

/** The expression a step's result is held against, where its author gave one. */
function expectOf(step: Step): string | undefined {
  if (step.body.kind === 'check' || step.body.kind === 'uses') return step.body.expect;
  return step.body.kind === 'task' ? step.body.verify?.expect : undefined;
}

/** `expect` is the judge of checks, and of actions that have one; other steps pass by being done. */
function judge(turn: Turn, step: Step, output: JsonObject): Verdict {
  const expected = expectOf(step);
  if (expected === undefined) return { ok: true, expected: 'done and verified' };
  try {
    const ok = evaluateGate(expected, scopeOf(turn, { output }));
    return ok ? { ok, expected } : { ok, expected, reason: `the result does not meet: ${expected}` };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ok: false, expected, reason: `the expectation cannot be read: ${error.message}` };
  }
}

/** A probe that may still come true is asked again until `within` has passed. */
function pollAgain(turn: Turn, step: Step, body: CheckBody, verdict: Verdict): boolean {
  if (body.within === undefined || turn.ending !== undefined) return false;
  const state = turn.step(step.id);
  const until = instantMs(addDuration(state.startedAt ?? turn.at, body.within));
  const next = addDuration(turn.at, body.every ?? '5s');
  if (instantMs(next) > until) return false;
  turn.setStep(step.id, { status: 'waiting', waitingFor: 'time' });
  turn.emit({ do: 'report', step: step.id, status: 'waiting', verdict });
  turn.emit({ do: 'set_timer', key: `poll:${step.id}`, at: next });
  return true;
}

export interface AttemptFailure {
  readonly failure: StepFailure;
  readonly made: number;
  readonly doubt: boolean;
  readonly jitter: number;
}

export function attemptFailed(turn: Turn, name: AttemptName, { failure, made, doubt, jitter }: AttemptFailure): void {
  const step = turn.definition(name.step);
  const faults = turn.step(step.id).faults + 1;
  turn.setStep(step.id, { made, faults, doubt: doubt || turn.step(step.id).doubt });
  const delay = failure.retryable && turn.ending === undefined ? retryDelayMs(step, faults, jitter) : undefined;
  if (delay === undefined) {
    failStep(turn, step, failure, { ok: false, expected: expectationOf(step), reason: failure.message });
    return;
  }
  turn.setStep(step.id, { status: 'waiting', waitingFor: 'retry', failure });
  turn.emit({
    do: 'report',
    step: step.id,
    status: 'waiting',
    verdict: { ok: false, expected: expectationOf(step), reason: failure.message },
  });
  turn.emit({ do: 'set_timer', key: `retry:${step.id}`, at: addMs(turn.at, delay) });
}

const expectationOf = (step: Step): string => expectOf(step) ?? 'done and verified';

export function attemptUncertain(turn: Turn, name: AttemptName, failure: StepFailure, made: number): void {
  const step = turn.definition(name.step);
  turn.setStep(step.id, { status: 'uncertain', waitingFor: undefined, failure, made, doubt: true });
  clearTimers(turn, step);
  turn.emit({
    do: 'report',
    step: step.id,
    status: 'uncertain',
    verdict: { ok: false, expected: expectationOf(step), reason: failure.message },
  });
}

/**
 * A person asks for another go at a failed step.
 *
 * @throws run.wrong_state
 */
export function retryStep(turn: Turn, step: Step): void {
  const { status } = turn.step(step.id);
  if (status !== 'failed') throw wrongState(step, status, 'retried', 'Only a failed step can be retried.');
  if (turn.ending !== undefined)
    throw wrongState(step, status, 'retried', 'The run is being ended; nothing new starts.');
  if (turn.phase(step.phase).status !== 'open') {
    throw wrongState(step, status, 'retried', `Phase ${step.phase} has closed without it.`);
  }
  if (turn.someStep((other, state) => other.needs.includes(step.id) && state.status !== 'pending')) {
    throw wrongState(step, status, 'retried', 'The run has gone on past it.');
  }
  turn.setStep(step.id, { doneAt: undefined, faults: 0 });
  restart(turn, step);
}

/** @throws run.wrong_state */
export function overrideStep(turn: Turn, step: Step, by: Person, reason: string): void {
  const { status } = turn.step(step.id);
  const override = { by: by.name, reason, at: turn.at };
  if (status === 'undo_failed') {
    // A person answers for what could not be taken back; the ledger keeps it as left.
    turn.setStep(step.id, { status: 'undone', made: 0, doubt: undefined, doneAt: turn.at, override });
    turn.emit({ do: 'report', step: step.id, status: 'undone', verdict: undefined });
    return;
  }
  const may = turn.ending === undefined && (status === 'failed' || status === 'uncertain' || status === 'waiting');
  if (!may)
    throw wrongState(
      step,
      status,
      'overridden',
      'Only a failed, uncertain or waiting step of a live run can be overridden.',
    );
  turn.setStep(step.id, { status: 'overridden', waitingFor: undefined, doneAt: turn.at, override });
  clearTimers(turn, step);
  turn.emit({ do: 'withdraw', step: step.id });
  turn.emit({ do: 'report', step: step.id, status: 'overridden', verdict: undefined });
}

/** @throws run.wrong_state */
export function resolveStep(turn: Turn, step: Step, outcome: 'happened' | 'did_not_happen', output: JsonObject): void {
  const { status } = turn.step(step.id);
  if (status !== 'uncertain') throw wrongState(step, status, 'resolved', 'Only an uncertain step can be resolved.');
  if (outcome === 'did_not_happen') {
    failStep(turn, step, {
      code: 'run.resolved',
      message: 'A person confirmed that the interrupted call had no effect.',
      retryable: false,
    });
    if (turn.ending === undefined) retryStep(turn, step);
    return;
  }
  turn.setStep(step.id, { output });
  passStep(turn, step, { ok: true, expected: 'confirmed by a person' });
}
