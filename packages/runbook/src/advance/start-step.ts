/** `ready -> running | waiting`: hands automatic steps to the executor and human ones to people. */
import type { Body, ChooseBody, JsonObject, Step, UsesBody } from '../definition.ts';
import { askPeople, startLadder } from './asking.ts';
import { attempt } from './attempt.ts';
import { CHILD_DONE } from './child-state.ts';
import { decideFromEarlier } from './decisions.ts';
import { ownersOf } from './owners.ts';
import { continueProving, itemsToProve, workDone } from './proving.ts';
import { renderFor } from './rendering.ts';
import { limitTime } from './time-limit.ts';
import type { Turn } from './turn.ts';

export function startStep(turn: Turn, step: Step): void {
  limitTime(turn, step);
  begin(turn, step);
}

/** Starts a step again: after a retry timer, a poll, or a person's word. Its time limit goes on. */
export function restart(turn: Turn, step: Step): void {
  if (turn.step(step.id).proving !== undefined) continueProving(turn, step);
  else begin(turn, step);
}

function begin(turn: Turn, step: Step): void {
  const { body } = step;
  switch (body.kind) {
    case 'uses':
      return beginAction(turn, step, body);
    case 'check':
      turn.setStep(step.id, { lookingSince: turn.step(step.id).lookingSince ?? turn.at });
      return attempt(turn, step, 'check', body.probe, body.with);
    case 'document':
      return attempt(turn, step, 'document', body.template, body.with);
    case 'task': {
      const items = itemsToProve(turn, step, body);
      if (items === undefined) return;
      if (items.length === 0) return askPeople(turn, step, 'person');
      turn.setStep(step.id, { proving: { queue: items, aim: 'ask' } });
      return continueProving(turn, step);
    }
    case 'approve':
    case 'sign_off':
      askPeople(turn, step, 'approval');
      return decideFromEarlier(turn, step, body);
    case 'wait':
      return beginWait(turn, step, body.event);
    case 'choose':
      return offerChoice(turn, step, body);
    case 'run':
      return startChild(turn, step, body);
  }
}

/** Events count from when the oldest of what it needs was started, so that none is missed in between. */
function beginWait(turn: Turn, step: Step, event: string): void {
  const { startedAt } = turn.step(step.id);
  const begun = step.needs.flatMap((id) => turn.step(id).startedAt ?? []).sort();
  const since = begun[0] ?? turn.phase(step.phase).openedAt ?? turn.at;
  turn.setStep(step.id, {
    status: 'waiting',
    waitingFor: 'event',
    startedAt: startedAt ?? turn.at,
    awaiting: event,
    awaitingSince: since,
    seen: undefined,
  });
  turn.emit({ do: 'watch', step: step.id });
  startLadder(turn, step);
}

/** A point of no return waits for its text to be typed; what is done by hand waits for the hand. */
function beginAction(turn: Turn, step: Step, body: UsesBody): void {
  const state = turn.step(step.id);
  if (body.confirm !== undefined && state.confirmed === undefined) return askPeople(turn, step, 'person', 'confirm');
  if (body.manual === 'only' || state.manual === true) {
    turn.setStep(step.id, { manual: true });
    return askPeople(turn, step, 'person');
  }
  attempt(turn, step, 'apply', body.action, body.with);
}

/** Nobody is asked where nobody owns the step, or the run goes unattended: the recommended option is taken. */
function offerChoice(turn: Turn, step: Step, body: ChooseBody): void {
  const unattended = turn.facts.run.unattended === true || ownersOf(turn.runbook, step).roles.length === 0;
  if (!unattended) return askPeople(turn, step, 'person', 'choose');
  turn.setStep(step.id, { choice: body.recommended });
  const option = turn.definition(step.id);
  if (option.timeout === step.timeout) begin(turn, option);
  else startStep(turn, option);
}

function startChild(turn: Turn, step: Step, body: Extract<Body, { kind: 'run' }>): void {
  const { child } = turn.step(step.id);
  // It came to its end, or goes on, although the step was given up: there is never a second one beside it.
  if (child?.status === 'completed') return workDone(turn, step, CHILD_DONE);
  if (child?.status === 'live') return turn.setStep(step.id, { status: 'waiting', waitingFor: 'child' });
  const input = renderFor(turn, step, body.with) as JsonObject | undefined;
  if (input === undefined) return;
  const { tries, round, startedAt } = turn.step(step.id);
  turn.setStep(step.id, {
    status: 'waiting',
    waitingFor: 'child',
    tries: tries + 1,
    startedAt: startedAt ?? turn.at,
    child: { round, try: tries + 1, status: 'live' },
  });
  turn.emit({ do: 'start_child', step: step.id, round, try: tries + 1, runbook: body.runbook, with: input });
}
