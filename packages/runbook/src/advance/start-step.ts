/** `ready -> running | waiting`: hands automatic steps to the executor and human ones to people. */
import { TenantryError } from '@tenantry/contract';
import type { Body, JsonObject, Step } from '../definition.ts';
import { ExpressionError, renderTemplate } from '../expr/index.ts';
import { addDuration } from './clock.ts';
import type { AttemptVerb } from './command.ts';
import { failStep } from './outcome.ts';
import { scopeOf } from './scope.ts';
import type { Turn } from './turn.ts';

export function startStep(turn: Turn, step: Step): void {
  const { body } = step;
  if (step.timeout !== undefined) {
    turn.emit({ do: 'set_timer', key: `timeout:${step.id}`, at: addDuration(turn.at, step.timeout) });
  }
  switch (body.kind) {
    case 'uses':
    case 'check':
    case 'document':
      return startAttempt(turn, step, body);
    case 'task':
      return ask(turn, step, 'person');
    case 'approve':
    case 'sign_off':
      return ask(turn, step, 'approval');
    case 'wait':
      turn.setStep(step.id, { status: 'waiting', waitingFor: 'event' });
      return;
    case 'choose':
    case 'run':
      throw unsupported(step, body);
  }
}

type AutomaticBody = Extract<Body, { kind: 'uses' | 'check' | 'document' }>;

function startAttempt(turn: Turn, step: Step, body: AutomaticBody): void {
  switch (body.kind) {
    case 'uses':
      return attempt(turn, step, 'apply', body.action, body.with);
    case 'check':
      return attempt(turn, step, 'check', body.probe, body.with);
    case 'document':
      return attempt(turn, step, 'document', body.template, body.with);
  }
}

/** Starts a step again: after a retry timer, a poll, or a person's word. An automatic one keeps its time limit. */
export function restart(turn: Turn, step: Step): void {
  const { body } = step;
  if (body.kind === 'uses' || body.kind === 'check' || body.kind === 'document') startAttempt(turn, step, body);
  else startStep(turn, step);
}

/** Starts the next try of an automatic step; its inputs are rendered now and pinned in the attempt. */
export function attempt(turn: Turn, step: Step, verb: AttemptVerb, name: string, input: JsonObject): void {
  const state = turn.step(step.id);
  let rendered: JsonObject;
  try {
    rendered = renderTemplate(input, scopeOf(turn)) as JsonObject;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    failStep(turn, step, { code: 'runbook.expression', message: error.message, retryable: false });
    return;
  }
  const number = state.tries + 1;
  turn.setStep(step.id, {
    status: verb === 'undo' || verb === 'undo_call' ? 'undoing' : 'running',
    tries: number,
    waitingFor: undefined,
    failure: undefined,
    startedAt: state.startedAt ?? turn.at,
  });
  turn.emit({
    do: 'attempt',
    step: step.id,
    round: state.round,
    try: number,
    verb,
    name,
    with: rendered,
    environment: step.environment,
  });
}

function ask(turn: Turn, step: Step, waitingFor: 'person' | 'approval'): void {
  turn.setStep(step.id, { status: 'waiting', waitingFor, startedAt: turn.at });
  turn.emit({ do: 'ask', step: step.id, purpose: 'do' });
}

function unsupported(step: Step, body: Body): TenantryError {
  return new TenantryError(
    'runbook.unsupported',
    `Step ${step.id} is a ${body.kind} step, which this release does not run yet.`,
  );
}
