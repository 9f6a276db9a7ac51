/**
 * `advance(runbook, state, event) -> { state, commands }`: the whole engine, as one pure function. The same
 * state and event always give the same answer, so recorded events replay to the same state for ever.
 */
import { TenantryError } from '@tenantry/contract';
import { type JsonObject, type Runbook, type Step, stepsOf } from '../definition.ts';
import { ExpressionError, evaluateGate } from '../expr/index.ts';
import { climb } from './asking.ts';
import { childEnded, childRefused, childStarted } from './child-run.ts';
import type { Command } from './command.ts';
import { commented, phaseCommented } from './comments.ts';
import { decided, reviewApprovals } from './decisions.ts';
import { askForRemedies, endEarly, pointOfNoReturn, progressUndo, retryUndo, undoPassed } from './ending.ts';
import type { RunEvent, TimerKey } from './event.ts';
import { mendIntake, moveGoLive } from './facts-changed.ts';
import { failUndo, wrongState } from './outcome.ts';
import { workDone } from './proving.ts';
import { progressReopen, reopenPhase } from './reopen.ts';
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
import { isTerminal, type Reopening, type RunState } from './state.ts';
import { runStatus } from './status.ts';
import { confirmed, manualDone, optionChosen, takeOver, taskDone, undoneByHand } from './tasks.ts';
import { itemTicked } from './ticks.ts';
import { timeUp } from './time-limit.ts';
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
  if (isTerminal(state.status) && !isHeardAfterTheEnd(event)) return afterTheEnd(state, event);
  const turn = new Turn(runbook, state, event.at);
  apply(turn, event);
  for (let before = -1; turn.changes !== before; ) {
    before = turn.changes;
    rollBackOnFailure(turn);
    askForRemedies(turn);
    progressReopen(turn);
    reviewApprovals(turn);
    schedule(turn);
    progressUndo(turn);
  }
  turn.status = runStatus(turn);
  return { state: turn.finish(), commands: lastOfEachTimer(turn.commands) };
}

/** A timer set and cleared in one turn, or set twice, is what it came to be in the end. */
function lastOfEachTimer(commands: readonly Command[]): readonly Command[] {
  const last = new Map<TimerKey, Command>();
  for (const command of commands) if (isOfTimer(command)) last.set(command.key, command);
  return commands.filter((command) => !isOfTimer(command) || last.get(command.key) === command);
}

const isOfTimer = (command: Command): command is Extract<Command, { readonly key: TimerKey }> =>
  command.do === 'set_timer' || command.do === 'clear_timer';

/** A run goes back with its parent however long it is over, and keeps account of child runs that outlive it. */
function isHeardAfterTheEnd(event: RunEvent): boolean {
  switch (event.type) {
    case 'ended_early':
      return event.byParent === true;
    case 'child_started':
    case 'child_refused':
    case 'child_ended':
      return true;
    default:
      return false;
  }
}

/** What machines say after the end is out of date; what people ask for is refused. */
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
  // A migration dropped the step: what machines still say of it is out of date.
  if (isOfMachine(event) && !turn.index.hasStep(event.step)) return;
  switch (event.type) {
    case 'started':
      return begin(turn);
    case 'attempt_passed':
      if (!isCurrent(turn, event)) return;
      return isUndoing(turn, event.step)
        ? undoPassed(turn, turn.definition(event.step))
        : attemptPassed(turn, event, event);
    case 'attempt_failed':
      if (!isCurrent(turn, event)) return;
      return isUndoing(turn, event.step)
        ? failUndo(turn, turn.definition(event.step), event.failure, event.made)
        : attemptFailed(turn, event, event);
    case 'attempt_uncertain':
      if (isCurrent(turn, event)) attemptUncertain(turn, event, event.failure, event.made);
      return;
    case 'timer':
      return timerFired(turn, event.key);
    case 'intake_mended':
      return mendIntake(turn, event);
    case 'go_live_moved':
      return moveGoLive(turn, event);
    case 'ended_early': {
      const { to, undo, by, reason, byParent } = event;
      return endEarly(turn, { to, undo, by: by.name, reason }, byParent);
    }
    case 'gate_overridden':
      return overrideGate(turn, event.phase, event.label);
    case 'phase_commented':
      return phaseCommented(turn, turn.index.phase(event.phase), event.by, event.text);
    case 'migrated':
      return migrated(turn, event);
    case 'reopened':
      return reopenPhase(turn, turn.index.phase(event.phase).id, reopeningOf(event));
    default:
      return applyToStep(turn, event, turn.definition(event.step));
  }
}

type MachineEvent = Extract<RunEvent, { readonly type: `attempt_${string}` | `child_${string}` | 'outside_event' }>;

const isOfMachine = (event: RunEvent): event is MachineEvent =>
  event.type === 'outside_event' || event.type.startsWith('attempt_') || event.type.startsWith('child_');

/** What was approved was of another runbook. A phase that has not begun needs no other round. */
function migrated(turn: Turn, { reopen, by, reason }: Extract<RunEvent, { type: 'migrated' }>): void {
  turn.isCarriedOver = true;
  if (reopen === undefined) return;
  const { status } = turn.phase(reopen);
  if (status === 'open' || status === 'passed') reopenPhase(turn, reopen, { by: by.name, reason });
}

const reopeningOf = ({ by, reason, undo }: Extract<RunEvent, { type: 'reopened' }>): Reopening => ({
  by: by.name,
  reason,
  ...(undo === true ? { undo } : {}),
});

/** A calendar that cannot be used is refused here, and not by the first step that counts working days. */
function begin(turn: Turn): void {
  if (turn.status !== 'planned') return;
  turn.openCalendar();
  turn.status = 'running';
}

type StepEvent = Exclude<
  Extract<RunEvent, { readonly step: string }>,
  { readonly type: 'attempt_passed' | 'attempt_failed' | 'attempt_uncertain' }
>;

function applyToStep(turn: Turn, event: StepEvent, step: Step): void {
  const { body } = step;
  const { status } = turn.step(step.id);
  switch (event.type) {
    case 'task_done':
      if (status === 'undoing') return undoneByHand(turn, step, event.by);
      if (body.kind === 'uses') return manualDone(turn, step, body, event);
      if (body.kind !== 'task') throw wrongState(step, status, 'completed', `It is a ${body.kind} step, not a task.`);
      return taskDone(turn, step, body, event);
    case 'item_ticked':
      if (body.kind !== 'task') throw wrongState(step, status, 'ticked', `It is a ${body.kind} step, not a task.`);
      return itemTicked(turn, step, body, event);
    case 'decided':
      if (body.kind !== 'approve' && body.kind !== 'sign_off')
        throw wrongState(step, status, 'decided', `It is a ${body.kind} step.`);
      return decided(turn, step, body, event);
    case 'chosen': {
      const written = turn.index.step(step.id);
      if (written.body.kind !== 'choose') throw wrongState(step, status, 'chosen for', `It is a ${body.kind} step.`);
      return optionChosen(turn, written, written.body, event.by, event.option);
    }
    case 'taken_over':
      if (body.kind !== 'uses') throw wrongState(step, status, 'done by hand', `It is a ${body.kind} step.`);
      return takeOver(turn, step, body, event.by);
    case 'confirmed':
      if (body.kind !== 'uses') throw wrongState(step, status, 'confirmed', `It is a ${body.kind} step.`);
      return confirmed(turn, step, body, event.by, event.text);
    case 'commented':
      return commented(turn, step, event.by, event.text);
    case 'outside_event':
      return eventSeen(turn, step, event);
    case 'retry':
      return status === 'undo_failed' ? retryUndo(turn, step) : retryStep(turn, step);
    case 'overridden':
      return overrideStep(turn, step, event.by, event.reason);
    case 'resolved':
      return resolveStep(turn, step, event.outcome, event.output);
    case 'child_started':
      return childStarted(turn, step, event);
    case 'child_refused':
      return childRefused(turn, step, event);
    case 'child_ended':
      return childEnded(turn, step, event);
  }
}

/** The step passes with the last of the events it counts, and hands that one on. */
function eventSeen(turn: Turn, step: Step, { event, position }: Extract<RunEvent, { type: 'outside_event' }>): void {
  const { body } = step;
  const state = turn.step(step.id);
  if (body.kind !== 'wait' || state.status !== 'waiting' || state.waitingFor !== 'event') return;
  if (state.seen?.includes(position) === true) return;
  if (body.where !== undefined && !fits(turn, body.where, event)) return;
  const seen = [...(state.seen ?? []), position];
  turn.setStep(step.id, { seen });
  if (seen.length < body.count) return;
  turn.setStep(step.id, { output: event });
  workDone(turn, step, { ok: true, expected: body.event });
}

/** What an outside event lacks, or holds in another shape, makes it another event and no fault. */
function fits(turn: Turn, where: string, event: JsonObject): boolean {
  try {
    return evaluateGate(where, scopeOf(turn, { event }));
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

const isUndoing = (turn: Turn, step: string): boolean => turn.step(step).status === 'undoing';

function timerFired(turn: Turn, key: TimerKey): void {
  const [kind, id = ''] = key.split(':');
  if (kind === 'open') {
    // Whatever clock set the timer: the scheduler looks anew, and sets another if it is still too early.
    if (turn.hasPhase(id) && turn.phase(id).startsAt !== undefined) turn.setPhase(id, { startsAt: undefined });
    return;
  }
  if (!turn.index.hasStep(id)) return;
  const step = turn.definition(id);
  const state = turn.step(id);
  const waits = state.status === 'waiting';
  if (kind === 'start' && state.startsAt !== undefined) turn.setStep(id, { startsAt: undefined });
  if (kind === 'escalate') climb(turn, step);
  if (kind === 'retry' && waits && state.waitingFor === 'retry') restart(turn, step);
  if (kind === 'poll' && waits && state.waitingFor === 'time') restart(turn, step);
  if (kind === 'timeout') timeUp(turn, step);
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
  const failed = turn.troubled.find(
    (id) => turn.step(id).status === 'failed' && turn.definition(id).onFail.do === 'rollback',
  );
  if (failed === undefined || pointOfNoReturn(turn, stepsOf(turn.runbook)) !== undefined) return;
  endEarly(turn, { to: 'rolled_back', undo: true, by: 'the runbook', reason: `step ${failed} failed` });
}
