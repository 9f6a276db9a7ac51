/** What an attempt's result, a retry, an override or a timer does to a step. */
import type { JsonObject, Step } from '../definition.ts';
import { askPeople } from './asking.ts';
import { addMs } from './clock.ts';
import type { Verdict } from './command.ts';
import { undoPassed } from './ending.ts';
import type { AttemptName, Person } from './event.ts';
import { AT_REST, clearTimers, failStep, failUndo, wrongState } from './outcome.ts';
import { pollAgain } from './poll.ts';
import { expectedOfProof, proofBroken, proofSeen, workDone } from './proving.ts';
import { judge } from './rendering.ts';
import { goesBack } from './reopen.ts';
import { retryDelayMs } from './retry.ts';
import { startStep } from './start-step.ts';
import type { ArtifactState, StepFailure, StepState } from './state.ts';
import type { Turn } from './turn.ts';

/** A result of an attempt that is no longer current, or was already settled, changes nothing. */
export function isCurrent(turn: Turn, name: AttemptName): boolean {
  const state = turn.step(name.step);
  // What is taken back by a person or by its child run has no attempt; the last one it had was the work itself.
  const isAttempt = state.status === 'running' || (state.status === 'undoing' && state.waitingFor === undefined);
  return isAttempt && state.round === name.round && state.tries === name.try;
}

export function attemptPassed(
  turn: Turn,
  name: AttemptName,
  result: { readonly output: JsonObject; readonly made: number; readonly artifact?: ArtifactState },
): void {
  const step = turn.definition(name.step);
  if (turn.step(step.id).proving !== undefined) return proofSeen(turn, step, result.output);
  if (result.artifact !== undefined && step.artifact !== undefined) turn.setArtifact(step.artifact, result.artifact);
  turn.setStep(step.id, { output: result.output, made: result.made, faults: 0, doubt: undefined });
  const verdict = judge(turn, expectOf(step), result.output);
  if (step.body.kind === 'check' && pollAgain(turn, step, step.body, verdict)) return;
  if (verdict.ok) return workDone(turn, step, verdict);
  const failure = {
    code: 'run.check_failed',
    message: verdict.reason ?? `expected ${verdict.expected}`,
    retryable: false,
  };
  failStep(turn, step, failure, verdict);
}

/** The expression the result of an action or a probe is held against, where its author gave one. */
const expectOf = ({ body }: Step): string | undefined =>
  body.kind === 'check' || body.kind === 'uses' ? body.expect : undefined;

/** Of the probe that proves the work, when one is under way. */
const expectationOf = (turn: Turn, step: Step): string =>
  expectedOfProof(turn, step) ?? expectOf(step) ?? 'done and verified';

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
  const verdict = { ok: false, expected: expectationOf(turn, step), reason: failure.message };
  const delay = failure.retryable && turn.ending === undefined ? retryDelayMs(turn, step, faults, jitter) : undefined;
  if (delay === undefined) {
    if (turn.step(step.id).proving !== undefined) return proofBroken(turn, step, failure, verdict);
    if (turn.step(step.id).manual === true && turn.ending === undefined)
      return backToHand(turn, step, failure, verdict);
    return failStep(turn, step, failure, verdict);
  }
  turn.setStep(step.id, { status: 'waiting', waitingFor: 'retry', failure });
  turn.emit({ do: 'report', step: step.id, status: 'waiting', verdict });
  turn.emit({ do: 'set_timer', key: `retry:${step.id}`, at: addMs(turn.at, delay) });
}

/** What a person did by hand could not be taken over: it stays theirs, with the reason. */
function backToHand(turn: Turn, step: Step, failure: StepFailure, verdict: Verdict): void {
  turn.setStep(step.id, { failure, acts: [] });
  turn.emit({ do: 'report', step: step.id, status: 'waiting', verdict });
  askPeople(turn, step, 'person');
}

export function attemptUncertain(turn: Turn, name: AttemptName, failure: StepFailure, made: number): void {
  const step = turn.definition(name.step);
  // Taking back what is gone already does no harm, but whether it is gone is for people to say.
  if (turn.step(step.id).status === 'undoing') return failUndo(turn, step, failure, made);
  clearTimers(turn, step);
  turn.setStep(step.id, { ...AT_REST, status: 'uncertain', failure, made, doubt: true });
  turn.emit({
    do: 'report',
    step: step.id,
    status: 'uncertain',
    verdict: { ok: false, expected: expectationOf(turn, step), reason: failure.message },
  });
}

/**
 * A person asks for another go at a failed step.
 *
 * @throws run.wrong_state
 */
export function retryStep(turn: Turn, step: Step): void {
  const state = turn.step(step.id);
  if (state.status !== 'failed') throw wrongState(step, state.status, 'retried', 'Only a failed step can be retried.');
  mustBeOpen(turn, step, 'retried');
  turn.setStep(step.id, { doneAt: undefined, faults: 0, acts: withoutRefusals(state) });
  // What never began has its condition and its time read again; work that repeats waits for its next time.
  if (state.startedAt === undefined) {
    turn.setStep(step.id, { status: 'pending', readyAt: undefined, failure: undefined, occurrences: undefined });
  } else if (state.occurrences !== undefined) {
    turn.setStep(step.id, { status: 'waiting', waitingFor: 'occurrence' });
  } else {
    startStep(turn, step);
  }
}

/**
 * A step that came to rest may begin again only while nothing has gone on without it.
 *
 * @throws run.wrong_state
 */
export function mustBeOpen(turn: Turn, step: Step, verb: string): void {
  const { status } = turn.step(step.id);
  if (turn.ending !== undefined) {
    throw wrongState(step, status, verb, 'The run is being ended; nothing new starts.');
  }
  if (goesBack(turn, step.phase)) {
    throw wrongState(step, status, verb, `Phase ${step.phase} is being taken back, and begins anew after that.`);
  }
  if (turn.phase(step.phase).status !== 'open' || turn.phase(step.phase).closing === true) {
    throw wrongState(step, status, verb, `Phase ${step.phase} has closed without it.`);
  }
  if (turn.someStep((other, state) => other.needs.includes(step.id) && state.status !== 'pending')) {
    throw wrongState(step, status, verb, 'The run has gone on past it.');
  }
}

/** Who said no may say yes when asked again. */
const withoutRefusals = ({ acts }: StepState): StepState['acts'] => acts.filter(({ decision }) => decision !== 'no');

/** @throws run.wrong_state */
export function overrideStep(turn: Turn, step: Step, by: Person, reason: string): void {
  const { status } = turn.step(step.id);
  const override = { by: by.name, reason, at: turn.at };
  if (status === 'undo_failed') {
    // A person answers for what could not be taken back; the ledger keeps it as left.
    turn.setStep(step.id, { override });
    return undoPassed(turn, step);
  }
  const may = turn.ending === undefined && (status === 'failed' || status === 'uncertain' || status === 'waiting');
  if (!may)
    throw wrongState(
      step,
      status,
      'overridden',
      'Only a failed, uncertain or waiting step of a live run can be overridden.',
    );
  clearTimers(turn, step);
  turn.setStep(step.id, { ...AT_REST, status: 'overridden', doneAt: turn.at, override });
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
  workDone(turn, step, { ok: true, expected: 'confirmed by a person' });
}
