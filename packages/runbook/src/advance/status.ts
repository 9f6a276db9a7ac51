import { needsUndo } from './ending.ts';
import { isHalted } from './schedule.ts';
import { isPhaseSettled } from './scope.ts';
import type { RunStatus, StepState } from './state.ts';
import type { Turn } from './turn.ts';

/** The status of a run follows from its steps and phases; nothing sets it but this. */
export function runStatus(turn: Turn): RunStatus {
  if (turn.ending !== undefined) return endingStatus(turn);
  if (turn.status === 'planned') return 'planned';
  if (isHalted(turn)) return 'halted';
  if (turn.runbook.phases.every((phase) => isPhaseSettled(turn.phase(phase.id)))) return 'completed';
  return turn.someStep((_step, state) => isOnItsWay(state)) ? 'running' : 'waiting';
}

/** Goes on without anybody's help: a retry or a poll to come is not a wait for people. */
const isOnItsWay = ({ status, waitingFor }: StepState): boolean =>
  status === 'running' ||
  status === 'ready' ||
  (status === 'undoing' && waitingFor !== 'person') ||
  (status === 'waiting' && (waitingFor === 'retry' || waitingFor === 'time'));

function endingStatus(turn: Turn): RunStatus {
  const { ending } = turn;
  const inFlight = turn.someStep((_step, { status }) => status === 'running' || status === 'undoing');
  if (ending === undefined || !ending.undo) return inFlight ? 'running' : 'cancelled';
  if (inFlight) return 'rolling_back';
  const left = turn.someStep((step, state) => state.status === 'uncertain' || needsUndo(state, step));
  return left ? 'rollback_blocked' : ending.to;
}
