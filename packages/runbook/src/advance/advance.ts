/**
 * `advance(runbook, state, event) -> { state, commands }`: the whole engine, as one pure function. The same
 * state and event always give the same answer, so recorded events replay to the same state for ever.
 */
import { TenantryError } from '@tenantry/contract';
import type { Runbook, Step } from '../definition.ts';
import { evaluateGate } from '../expr/index.ts';
import type { Command } from './command.ts';
import { endEarly, progressUndo, startUndo, undoPassed } from './ending.ts';
import type { RunEvent, TimerKey } from './event.ts';
import { failStep, passStep, wrongState } from './outcome.ts';
import { decided, taskDone } from './people.ts';
import { schedule } from './schedule.ts';
import { scopeOf } from './scope.ts';
import {
  attemptFailed,
  attemptPassed,
  attemptUncertain,
  isCurrent,
  overrideStep,
  resolveStep,
  retryStep,
} from './settle.ts';
import { restart } from './start-step.ts';
import { isTerminal, type RunState } from './state.ts';
import { runStatus } from './status.ts';
import { Turn } from './turn.ts';

export interface Advance {
  readonly state: RunState;
  readonly commands: readonly Command[];
}

/**
 * @throws TenantryError (a refusal) when a person asks for something the state does not allow. Results of
 *   attempts and timers never throw: what is stale changes nothing.
 */
export function advance(runbook: Runbook, state: RunState, event: RunEvent): Advance {
  if (isTerminal(state.status)) return afterTheEnd(state, event);
  const turn = new Turn(runbook, state, event.at);
  apply(turn, event);
  for (let before = -1; turn.commands.length !== before; ) {
    before = turn.commands.length;
    rollBackOnFailure(turn);
    schedule(turn);
    progressUndo(turn);
  }
  turn.status = runStatus(turn);
  return { state: turn.finish(), commands: turn.commands };
}

function afterTheEnd(state: RunState, event: RunEvent): Advance {
  switch (event.type) {
    case 'attempt_passed':
    case 'attempt_failed':
    case 'attempt_uncertain':
    case 'timer':
    case 'outside_event':
      return { state, commands: [] };
    default:
      throw new TenantryError('run.wrong_state', `The run is ${state.status}; it takes no more part in anything.`, {
        facts: { status: state.status },
      });
  }
}

function apply(turn: Turn, event: RunEvent): void {
  switch (event.type) {
    case 'started':
      if (turn.status === 'planned') turn.status = 'running';
      return;
    case 'attempt_passed':
      if (!isCurrent(turn, event)) return;
      return isUndoing(turn, event.step)
        ? undoPassed(turn, turn.definition(event.step))
        : attemptPassed(turn, event, event);
    case 'attempt_failed':
      if (!isCurrent(turn, event)) return;
      return isUndoing(turn, event.step) ? undoFailed(turn, event) : attemptFailed(turn, event, event);
    case 'attempt_uncertain':
      if (isCurrent(turn, event)) attemptUncertain(turn, event, event.failure, event.made);
      return;
    case 'timer':
      return timerFired(turn, event.key);
    case 'intake_mended':
      return mendIntake(turn, event);
    case 'ended_early':
      return endEarly(turn, { to: event.to, undo: event.undo, by: event.by.name, reason: event.reason });
    case 'gate_overridden':
      return overrideGate(turn, event.phase, event.label);
    default:
      return applyToStep(turn, event, turn.definition(event.step));
  }
}

type StepEvent = Extract<
  RunEvent,
  { type: 'task_done' | 'decided' | 'outside_event' | 'retry' | 'overridden' | 'resolved' }
>;

function applyToStep(turn: Turn, event: StepEvent, step: Step): void {
  const { body } = step;
  const { status } = turn.step(step.id);
  switch (event.type) {
    case 'task_done':
      if (status === 'undoing') return undoPassed(turn, step);
      if (body.kind !== 'task') throw wrongState(step, status, 'completed', `It is a ${body.kind} step, not a task.`);
      return taskDone(turn, step, body, event);
    case 'decided':
      if (body.kind !== 'approve' && body.kind !== 'sign_off')
        throw wrongState(step, status, 'decided', `It is a ${body.kind} step.`);
      return decided(turn, step, body, event);
    case 'outside_event': {
      if (body.kind !== 'wait' || status !== 'waiting') return;
      const fits = body.where === undefined || evaluateGate(body.where, scopeOf(turn, { event: event.event }));
      if (!fits) return;
      turn.setStep(step.id, { output: event.event });
      return passStep(turn, step, { ok: true, expected: body.event });
    }
    case 'retry':
      return status === 'undo_failed' ? startUndo(turn, step) : retryStep(turn, step);
    case 'overridden':
      return overrideStep(turn, step, event.by, event.reason);
    case 'resolved':
      return resolveStep(turn, step, event.outcome, event.output);
  }
}

const isUndoing = (turn: Turn, step: string): boolean => turn.step(step).status === 'undoing';

function undoFailed(turn: Turn, event: Extract<RunEvent, { type: 'attempt_failed' }>): void {
  turn.setStep(event.step, { status: 'undo_failed', failure: event.failure, made: event.made });
  turn.emit({
    do: 'report',
    step: event.step,
    status: 'undo_failed',
    verdict: { ok: false, expected: 'taken back', reason: event.failure.message },
  });
}

function timerFired(turn: Turn, key: TimerKey): void {
  const [kind, id = ''] = key.split(':');
  if (kind === 'start' || !turn.index.hasStep(id)) return;
  const step = turn.definition(id);
  const state = turn.step(id);
  const waits = state.status === 'waiting';
  if (kind === 'retry' && waits && state.waitingFor === 'retry') restart(turn, step);
  if (kind === 'poll' && waits && state.waitingFor === 'time') restart(turn, step);
  if (kind === 'timeout' && (waits || state.status === 'running')) {
    if (state.status === 'running') turn.setStep(id, { doubt: true });
    if (waits) turn.emit({ do: 'withdraw', step: id });
    failStep(turn, step, {
      code: 'run.timeout',
      message: `The step did not settle within ${step.timeout ?? 'its time'}.`,
      retryable: false,
    });
  }
}

/**
 * "Fix the input and continue": a halted run takes a mended intake; failed steps are tried again with it.
 *
 * @throws run.wrong_state
 */
function mendIntake(turn: Turn, event: Extract<RunEvent, { type: 'intake_mended' }>): void {
  if (turn.status !== 'halted') {
    throw new TenantryError('run.wrong_state', `The run is ${turn.status}; only a halted run takes a mended intake.`);
  }
  turn.facts = { ...turn.facts, intake: event.intake, vars: event.vars };
  for (const phase of turn.runbook.phases) {
    for (const step of phase.steps) {
      if (turn.step(step.id).status === 'failed' && step.onFail.do !== 'continue') retryStep(turn, step);
    }
  }
}

function overrideGate(turn: Turn, id: string, label: string): void {
  const phase = turn.index.phase(id);
  const known = [...phase.entry, ...phase.exit].some((gate) => gate.label === label);
  if (!known) throw new TenantryError('run.step_not_found', `Phase ${id} has no gate line "${label}".`);
  turn.setPhase(id, { overridden: [...(turn.phase(id).overridden ?? []), label] });
}

/** `on_fail: rollback` ends the run by itself, on the authority of whoever approved the runbook. */
function rollBackOnFailure(turn: Turn): void {
  if (turn.ending !== undefined) return;
  const failed = turn.findStep((step, state) => state.status === 'failed' && step.onFail.do === 'rollback');
  if (failed === undefined) return;
  endEarly(turn, { to: 'rolled_back', undo: true, by: 'the runbook', reason: `step ${failed.id} failed` });
}
