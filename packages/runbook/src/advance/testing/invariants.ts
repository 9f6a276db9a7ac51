/** What holds of every run at every moment, and of every move from one moment to the next. */
import { openCalendar } from '../../calendar/index.ts';
import { type Phase, type Runbook, type Step, stepsOf } from '../../definition.ts';
import { ancestorsOf, indexOf } from '../../runbook-index.ts';
import {
  type Command,
  decisionHash,
  effectiveStep,
  isTerminal,
  type RunEvent,
  type RunState,
  type StepState,
} from '../index.ts';
import { roundOf } from '../reopen.ts';

/** Where an invariant breaks, this names it; the seed is printed by the property runner. */
export class InvariantBroken extends Error {}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new InvariantBroken(what);
}

export interface Moved {
  readonly runbook: Runbook;
  readonly before: RunState;
  readonly after: RunState;
  readonly commands: readonly Command[];
  readonly event: RunEvent;
  /** What stands in the outside world: the step it belongs to, by the name of the thing. */
  readonly world: ReadonlyMap<string, string>;
}

const PASSED: readonly string[] = ['passed', 'overridden'];
const LIVE: readonly string[] = ['ready', 'running', 'waiting', 'undoing'];
const COMMANDS_MAX = 500;

export function checkMove(moved: Moved): void {
  const { before, after, commands, event } = moved;
  must(commands.length < COMMANDS_MAX, 'one event gives a bounded number of commands');
  if (isTerminal(before.status) && event.type === 'ended_early') {
    must(event.byParent === true, 'only a parent takes a run back that is over');
  }
  if (isTerminal(before.status) && event.type !== 'ended_early') {
    must(before.status === after.status && before.phases === after.phases, 'a run that has ended stays as it is');
  }
  for (const command of commands) checkCommand(moved, command);
  for (const step of stepsOf(moved.runbook)) checkStepMove(moved, step);
  for (const phase of moved.runbook.phases) checkPhaseMove(moved, phase);
  checkRounds(moved);
  if (after.ending === undefined) checkStanding(moved);
  if (isTerminal(after.status)) checkEnd(moved);
}

function checkCommand(moved: Moved, command: Command): void {
  const { before, after, event } = moved;
  if (after.ending !== undefined) {
    // What runs keeps its time limit: a timer that came too early is set again.
    const isNew = command.do === 'set_timer' && !command.key.startsWith('timeout:');
    must(!isNew, 'no timer is set once the run is being ended');
    must(
      command.do !== 'ask' || command.purpose === 'undo',
      'nobody is asked for new work once the run is being ended',
    );
    must(
      command.do !== 'start_child' && command.do !== 'start_remedy',
      'no run is started once the run is being ended',
    );
  }
  const isUndo =
    (command.do === 'attempt' && (command.verb === 'undo' || command.verb === 'undo_call')) ||
    (command.do === 'ask' && command.purpose === 'undo') ||
    (command.do === 'end_child' && command.undo);
  if (isUndo) return checkUndoOrder(moved, command.step);
  if (command.do !== 'attempt' && command.do !== 'start_child') return;
  must(after.ending === undefined, `${command.step} does not start once the run is being ended`);
  const old = before.steps[command.step];
  const wasPending = old?.status === 'pending' || old?.waitingFor === 'occurrence';
  const isAnotherRound = after.steps[command.step]?.round !== old?.round;
  const asked = isAnotherRound || !['attempt_passed', 'timer', 'child_ended', 'outside_event'].includes(event.type);
  must(before.status !== 'halted' || asked || !wasPending, 'nothing new starts while the run is halted');
}

/** Undo is the reverse of apply; what is temporary goes in the reverse order of its own phase. */
function checkUndoOrder(moved: Moved, id: string): void {
  const { runbook, after, world } = moved;
  const index = indexOf(runbook);
  const goesBack = phasesTakenBack(moved);
  const isTemporary = (step: Step): boolean => step.body.kind === 'uses' && step.body.temporary;
  for (const owner of new Set(world.values())) {
    if (owner === id) continue;
    const step = index.step(owner);
    const isReleased = step.phase === index.step(id).phase && isTemporary(step);
    const isReopened = goesBack.has(step.phase) && goesBack.has(index.step(id).phase);
    if (after.ending === undefined && !isReleased && !isReopened) continue;
    must(!ancestorsOf(index, [owner]).has(id), `${id} is taken back only after ${owner}, which needed it`);
  }
}

/** Phases that are to begin anew only when what they made is gone. */
function phasesTakenBack({ runbook, before, event }: Moved): ReadonlySet<string> {
  const asked = runbook.phases.filter(
    ({ id }) =>
      before.phases[id]?.reopen?.undo === true ||
      (event.type === 'reopened' && event.phase === id && event.undo === true),
  );
  return new Set(asked.flatMap(({ id }) => roundOf(runbook, id).map((phase) => phase.id)));
}

/** `reopen --undo`: another round begins only when nothing of the one before stands, and no yes of it holds. */
function checkRounds(moved: Moved): void {
  const { runbook, before, after, world } = moved;
  const index = indexOf(runbook);
  const goesBack = phasesTakenBack(moved);
  for (const phase of runbook.phases) {
    const [old, now] = [before.phases[phase.id], after.phases[phase.id]];
    if (old === undefined || now === undefined || old.round === now.round) continue;
    must(now.round > old.round, `${phase.id} goes from round to round`);
    if (!goesBack.has(phase.id)) continue;
    const left = [...world.values()].filter((owner) => index.step(owner).phase === phase.id);
    must(left.length === 0, `${phase.id} begins anew only when what it made is gone: ${left.join()}`);
    const held = phase.steps.filter(({ id }) =>
      after.steps[id]?.acts.some((act) => before.steps[id]?.acts.includes(act)),
    );
    must(held.length === 0, `no yes of the round before holds: ${held.map(({ id }) => id).join()}`);
  }
}

function checkStepMove({ before, after, event }: Moved, step: Step): void {
  const [old, now] = [before.steps[step.id], after.steps[step.id]];
  if (old === undefined || now === undefined || old === now) return;
  const begins =
    old.status === 'pending' && !['pending', 'skipped', 'failed', 'undoing', 'undone'].includes(now.status);
  const nextOccurrence =
    old.waitingFor === 'occurrence' && now.waitingFor !== 'occurrence' && ['running', 'waiting'].includes(now.status);
  if (begins && step.start !== undefined) must(isDue(after, step.start, event.at), `${step.id} starts at its time`);
  if (nextOccurrence) {
    const due = now.occurrences?.find(({ status }) => status === 'due');
    must(due === undefined || due.at <= event.at, `${step.id} repeats at its time`);
  }
  if (old.round === now.round && old.occurrences !== undefined && now.occurrences !== undefined) {
    const settled = (state: StepState) =>
      state.occurrences?.filter(({ status }) => ['passed', 'failed'].includes(status));
    const kept = JSON.stringify(settled(now)?.slice(0, settled(old)?.length));
    must(kept === JSON.stringify(settled(old)), `${step.id} has no occurrence twice`);
  }
  if (LIVE.includes(now.status)) return;
  const left = Object.keys(now).filter((key) =>
    ['waitingFor', 'startsAt', 'timesOutAt', 'askedAt', 'proving', 'heldSince', 'lookingSince'].includes(key),
  );
  must(
    now.status === 'pending' || left.length === 0,
    `${step.id} is ${now.status} and keeps nothing of its way: ${left.join()}`,
  );
}

const calendar = openCalendar(undefined, 'UTC');

function isDue(state: RunState, start: string, at: string): boolean {
  const anchors = { go_live: state.facts.go_live, run: { started_at: state.facts.run.started_at } };
  const due = calendar.resolveTime(start, anchors);
  return due !== undefined && due <= at;
}

function checkPhaseMove({ before, after, event }: Moved, phase: Phase): void {
  const [old, now] = [before.phases[phase.id], after.phases[phase.id]];
  if (old === undefined || now === undefined || old === now) return;
  const opens = now.status === 'open' && (old.status !== 'open' || old.round !== now.round);
  if (!opens) return;
  must(before.ending === undefined, 'no phase opens once the run is being ended');
  if (phase.start !== undefined) must(isDue(after, phase.start, event.at), `${phase.id} opens at its time`);
  for (const gate of phase.entry) {
    const named = /phases\.(\w+)\.done/.exec(gate.expression)?.[1] ?? '';
    must(
      now.overridden?.includes(gate.label) === true || isSettledPhase(after, named),
      `${phase.id} opens only through its gate`,
    );
  }
}

const isSettledPhase = (state: RunState, id: string): boolean =>
  ['passed', 'skipped'].includes(state.phases[id]?.status ?? '');

/** Gates, needs and approvals, in whatever round. */
function checkStanding(moved: Moved): void {
  const { runbook, after, world } = moved;
  const goesBack = phasesTakenBack({ ...moved, before: after });
  // Nothing uses a yes there any more: as soon as what runs has come to rest, it is asked for again.
  const beginsAnew = new Set(
    runbook.phases
      .filter(({ id }) => after.phases[id]?.reopen !== undefined)
      .flatMap(({ id }) => roundOf(runbook, id).map((phase) => phase.id)),
  );
  for (const phase of runbook.phases) {
    // It stands half taken back until it begins anew.
    if (goesBack.has(phase.id)) continue;
    const { status } = after.phases[phase.id] ?? {};
    if (status !== 'open' && status !== 'passed') continue;
    must(
      phase.needs.every((id) => isSettledPhase(after, id)),
      `${phase.id} is ${status} only after the phases it needs`,
    );
    for (const step of phase.steps) {
      if (status === 'passed' && !beginsAnew.has(phase.id)) checkLeftBehind(after, step, world);
      checkNeeds(runbook, after, step);
      if (!beginsAnew.has(phase.id)) checkApproval(runbook, after, step);
    }
  }
}

function checkLeftBehind(after: RunState, step: Step, world: ReadonlyMap<string, string>): void {
  const state = after.steps[step.id];
  must(state !== undefined && !LIVE.includes(state.status), `${step.id} is settled when its phase has passed`);
  if (step.body.kind !== 'uses' || !step.body.temporary) return;
  must(![...world.values()].includes(step.id), `nothing of ${step.id}, which is temporary, outlives its phase`);
}

function checkNeeds(runbook: Runbook, after: RunState, step: Step): void {
  const status = after.steps[step.id]?.status ?? 'pending';
  if (status === 'pending' || status === 'skipped') return;
  must(
    step.needs.every((id) => isSettled(runbook, after, id)),
    `${step.id} is ${status} only after what it needs`,
  );
}

function isSettled(runbook: Runbook, after: RunState, id: string): boolean {
  const state = after.steps[id];
  const status = state?.releasing?.status ?? state?.status ?? 'pending';
  const { onFail } = effectiveStep(indexOf(runbook).step(id), state);
  return PASSED.includes(status) || status === 'skipped' || (status === 'failed' && onFail.do === 'continue');
}

/** Rule 11. */
function checkApproval(runbook: Runbook, after: RunState, step: Step): void {
  const { body } = step;
  const state = after.steps[step.id];
  if ((body.kind !== 'approve' && body.kind !== 'sign_off') || state?.status !== 'passed') return;
  if (after.phases[step.phase]?.status !== 'open') return;
  const isUsed = stepsOf(runbook).some(
    (other) =>
      other.needs.includes(step.id) && !['pending', 'skipped'].includes(after.steps[other.id]?.status ?? 'pending'),
  );
  must(
    isUsed || state.output?.hash === decisionHash(runbook, after, body),
    `${step.id} stands, unused, for what is there now`,
  );
}

function checkEnd({ runbook, after, world }: Moved): void {
  const live = Object.entries(after.steps).filter(([, step]) => LIVE.includes(step.status));
  must(live.length === 0, `a run that has ended has no live step: ${live.map(([id]) => id).join()}`);
  if (after.status === 'rolled_back') {
    must(world.size === 0, `nothing is left after rollback: ${[...world.keys()].join()}`);
  }
  if (after.status !== 'completed') return;
  const open = stepsOf(runbook).filter(({ id }) => !isSettled(runbook, after, id));
  must(open.length === 0, `a completed run has settled every step: ${open.map(({ id }) => id).join()}`);
}
