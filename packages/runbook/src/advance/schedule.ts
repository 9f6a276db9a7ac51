/**
 * Opens what may open and starts what may start, until nothing more moves: phases by their needs, start time
 * and gates; steps by their needs and `if`. An error in a gate keeps it closed and is shown; an error in a
 * step's condition or input fails the step; an error never skips (language, rules 5 to 8).
 */
import type { Gate, Phase, Step } from '../definition.ts';
import { ExpressionError, evaluateGate } from '../expr/index.ts';
import { failStep } from './outcome.ts';
import { isPhaseSettled, isSettled, scopeOf } from './scope.ts';
import { startStep } from './start-step.ts';
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

/** Nothing new starts while a step stands failed or uncertain, or once the run is being ended. */
export function mayStart(turn: Turn): boolean {
  return turn.ending === undefined && !isHalted(turn);
}

export function isHalted(turn: Turn): boolean {
  return turn.someStep(
    (step, state) => state.status === 'uncertain' || (state.status === 'failed' && step.onFail.do !== 'continue'),
  );
}

function movePhase(turn: Turn, phase: Phase): boolean {
  const { status } = turn.phase(phase.id);
  switch (status) {
    case 'pending':
      return enterPhase(turn, phase);
    case 'waiting':
      return openPhase(turn, phase);
    case 'open': {
      const started = startSteps(turn, phase);
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
    if (condition.error !== undefined) {
      if (sameBlock(turn, phase, [condition.error])) return false;
      turn.setPhase(phase.id, { blockedBy: [condition.error] });
      return false;
    }
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
  const reason = `phase ${phase.id} is skipped: ${phase.if ?? ''}`;
  for (const step of phase.steps) {
    turn.setStep(step.id, { status: 'skipped', skipReason: reason, doneAt: turn.at });
    turn.emit({ do: 'report', step: step.id, status: 'skipped', verdict: undefined });
  }
}

function openPhase(turn: Turn, phase: Phase): boolean {
  const blocked = closedGates(turn, phase, phase.entry);
  if (blocked.length > 0) {
    if (!sameBlock(turn, phase, blocked)) turn.setPhase(phase.id, { blockedBy: blocked });
    return false;
  }
  turn.setPhase(phase.id, { status: 'open', openedAt: turn.at, blockedBy: undefined });
  return true;
}

function startSteps(turn: Turn, phase: Phase): boolean {
  let started = false;
  for (const step of phase.steps) {
    if (turn.step(step.id).status !== 'pending' || !mayStart(turn)) continue;
    if (!step.needs.every((id) => isSettled(turn, id))) continue;
    readyStep(turn, step);
    started = true;
  }
  return started;
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
    if (!condition.open) {
      turn.setStep(step.id, { status: 'skipped', skipReason: `not ${step.if}`, doneAt: turn.at });
      turn.emit({ do: 'report', step: step.id, status: 'skipped', verdict: undefined });
      return;
    }
  }
  startStep(turn, step);
}

function closePhase(turn: Turn, phase: Phase): boolean {
  if (!phase.steps.every((step) => isSettled(turn, step.id))) return false;
  const missing = phase.artifacts
    .filter((name) => !Object.hasOwn(turn.artifacts, name))
    .map((name) => `artifact ${name} is missing`);
  const blocked = [...missing, ...closedGates(turn, phase, phase.exit)];
  if (blocked.length > 0) {
    if (!sameBlock(turn, phase, blocked)) turn.setPhase(phase.id, { blockedBy: blocked });
    return false;
  }
  turn.setPhase(phase.id, { status: 'passed', doneAt: turn.at, blockedBy: undefined });
  return true;
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

function sameBlock(turn: Turn, phase: Phase, blocked: readonly string[]): boolean {
  return JSON.stringify(turn.phase(phase.id).blockedBy) === JSON.stringify(blocked);
}
