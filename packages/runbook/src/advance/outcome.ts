/** A step comes to rest. */
import { TenantryError } from '@tenantry/contract';
import type { Step } from '../definition.ts';
import type { Verdict } from './command.ts';
import type { StepFailure } from './state.ts';
import type { Turn } from './turn.ts';

export function passStep(turn: Turn, step: Step, verdict: Verdict): void {
  turn.setStep(step.id, { status: 'passed', waitingFor: undefined, failure: undefined, doneAt: turn.at });
  clearTimers(turn, step);
  turn.emit({ do: 'report', step: step.id, status: 'passed', verdict });
}

export function failStep(turn: Turn, step: Step, failure: StepFailure, verdict?: Verdict): void {
  turn.setStep(step.id, { status: 'failed', waitingFor: undefined, failure, doneAt: turn.at });
  clearTimers(turn, step);
  turn.emit({ do: 'report', step: step.id, status: 'failed', verdict });
}

export function wrongState(step: Step, status: string, verb: string, next: string): TenantryError {
  return new TenantryError('run.wrong_state', `Step ${step.id} is ${status} and cannot be ${verb}.`, {
    next,
    facts: { step: step.id, status },
  });
}

export function clearTimers(turn: Turn, step: Step): void {
  if (step.timeout !== undefined) turn.emit({ do: 'clear_timer', key: `timeout:${step.id}` });
}
