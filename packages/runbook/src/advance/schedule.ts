/**
 * Opens what may open and starts what may start, until nothing more moves: phases by their needs, start time
 * and gates; steps by their needs, start time and `if`. An error in a gate keeps it closed and is shown; an error in a
 * step's condition or input fails the step; an error never skips (language, rules 5 to 8).
 */
import type { Gate, Phase, Step } from '../definition.ts';
import { ExpressionError, evaluateGate } from '../expr/index.ts';
import { reviewApprovals } from './decisions.ts';
import { beginOccurrences, continueOccurrences } from './occurrences.ts';
import { failStep, skipStep } from './outcome.ts';
import { isReopening } from './reopen.ts';
import { isPhaseSettled, isSettled, scopeOf } from './scope.ts';
import { startStep } from './start-step.ts';
import { isStepDue, phaseNotBefore } from './start-times.ts';
import { releaseTemporaries } from './temporary.ts';
import type { Turn } from './turn.ts';

export function schedule(turn: Turn): void {
  let moved = true;
  while (moved && mayStart(turn)) {
    moved = false;
    for (const phase of turn.runbook.phases) {
      if (movePhase(turn, phase)) moved = true;
    }
  }
}

/** Nothing new starts while a step stands failed or uncertain, a phase is to begin anew, or the run is being ended. */
export function mayStart(turn: Turn): boolean {
  return turn.status !== 'planned' && turn.ending === undefined && !isHalted(turn) && !isReopening(turn);
}

export function isHalted(turn: Turn): boolean {
  return turn.troubled.some((id) => {
    const { status } = turn.step(id);
    if (status === 'failed') return turn.definition(id).onFail.do !== 'continue';
    return status === 'uncertain' || turn.ending === undefined;
  });
}

function movePhase(turn: Turn, phase: Phase): boolean {
  const { status, closing } = turn.phase(phase.id);
  switch (status) {
    case 'pending':
      return enterPhase(turn, phase);
    case 'waiting':
      return openPhase(turn, phase);
    case 'open': {
      const started = closing !== true && startSteps(turn, phase);
      return closePhase(turn, phase) || started;
    }
    case 'passed':
    case 'skipped':
      return false;
  }
}

/** `pending -> waiting | skipped` once the phases it needs are settled. */
function enterPhase(turn: Turn, phase: Phase): boolean {
  if (!phase.needs.every((id) => isPhaseSettled(turn.phase(id)))) return false;
  if (phase.if !== undefined) {
    const condition = readGate(turn, { label: 'condition', expression: phase.if });
    if (condition.error !== undefined) return block(turn, phase, [condition.error]);
    if (!condition.open) {
      skipPhase(turn, phase);
      return true;
    }
  }
  turn.setPhase(phase.id, { status: 'waiting' });
  return true;
}

function skipPhase(turn: Turn, phase: Phase): void {
  turn.setPhase(phase.id, { status: 'skipped', doneAt: turn.at });
  for (const step of phase.steps) skipStep(turn, step, `phase ${phase.id} is skipped: ${phase.if ?? ''}`);
}

function openPhase(turn: Turn, phase: Phase): boolean {
  const early = phaseNotBefore(turn, phase);
  const blocked = [...(early === undefined ? [] : [early]), ...closedGates(turn, phase, phase.entry)];
  if (blocked.length > 0) return block(turn, phase, blocked);
  turn.setPhase(phase.id, { status: 'open', openedAt: turn.at, blockedBy: undefined, startsAt: undefined });
  return true;
}

function startSteps(turn: Turn, phase: Phase): boolean {
  let started = false;
  for (const step of phase.steps) {
    const { id } = step;
    if (!isNext(turn, step) || !mayStart(turn) || !startWhenDue(turn, turn.definition(id))) continue;
    started = true;
    // What an approval is bound to may have settled here: nothing that waits for its yes goes on before that is seen.
    if (isSettled(turn, id)) reviewApprovals(turn);
  }
  return started;
}

/** Nothing but its time keeps it. */
function isNext(turn: Turn, step: Step): boolean {
  const { status, waitingFor } = turn.step(step.id);
  return status === 'pending' ? step.needs.every((id) => isSettled(turn, id)) : waitingFor === 'occurrence';
}

function startWhenDue(turn: Turn, step: Step): boolean {
  if (turn.step(step.id).waitingFor === 'occurrence') return continueOccurrences(turn, step);
  if (!isStepDue(turn, step)) return false;
  readyStep(turn, step);
  return true;
}

/** `pending -> ready`, then its `if` is read, once. */
function readyStep(turn: Turn, step: Step): void {
  turn.setStep(step.id, { status: 'ready', readyAt: turn.at });
  if (step.if !== undefined) {
    const condition = readGate(turn, { label: 'if', expression: step.if });
    if (condition.error !== undefined) {
      failStep(turn, step, { code: 'runbook.expression', message: condition.error, retryable: false });
      return;
    }
    if (!condition.open) return skipStep(turn, step, `not ${step.if}`);
  }
  if (step.repeat === undefined) startStep(turn, step);
  else beginOccurrences(turn, step, step.repeat);
}

/**
 * What is temporary goes first; a residue keeps the phase open (language, rule 6). While it goes, a yes may fall or a
 * gate close: both are looked at once more before the phase has passed.
 */
function closePhase(turn: Turn, phase: Phase): boolean {
  const isClosing = turn.phase(phase.id).closing === true;
  if (!isClosing && !mayClose(turn, phase)) return false;
  const left = releaseTemporaries(turn, phase);
  if (left.length > 0) {
    if (!isClosing) turn.setPhase(phase.id, { closing: true });
    return block(turn, phase, left);
  }
  if (isClosing && !mayClose(turn, phase)) return false;
  turn.setPhase(phase.id, { status: 'passed', doneAt: turn.at, blockedBy: undefined, closing: undefined });
  return true;
}

function mayClose(turn: Turn, phase: Phase): boolean {
  if (!phase.steps.every((step) => isSettled(turn, step.id))) return block(turn, phase, undefined);
  const missing = phase.artifacts
    .filter((name) => !Object.hasOwn(turn.artifacts, name))
    .map((name) => `artifact ${name} is missing`);
  const blocked = [...missing, ...closedGates(turn, phase, phase.exit)];
  return blocked.length === 0 || block(turn, phase, blocked);
}

function closedGates(turn: Turn, phase: Phase, gates: readonly Gate[]): readonly string[] {
  const overridden = turn.phase(phase.id).overridden ?? [];
  return gates
    .filter((gate) => !overridden.includes(gate.label))
    .map((gate) => ({ gate, read: readGate(turn, gate) }))
    .filter(({ read }) => !read.open)
    .map(({ gate, read }) => (read.error === undefined ? gate.label : `${gate.label} (${read.error})`));
}

function readGate(turn: Turn, gate: Gate): { readonly open: boolean; readonly error?: string } {
  try {
    return { open: evaluateGate(gate.expression, scopeOf(turn)) };
  } catch (error) {
    if (error instanceof ExpressionError) return { open: false, error: error.message };
    throw error;
  }
}

/** Shown to people; it did not move. Nothing to show where steps are under way: they speak for themselves. */
function block(turn: Turn, phase: Phase, blocked: readonly string[] | undefined): false {
  if (JSON.stringify(turn.phase(phase.id).blockedBy) !== JSON.stringify(blocked)) {
    turn.setPhase(phase.id, { blockedBy: blocked });
  }
  return false;
}
