/** What people do in a random history: their part of the work, and now and then something nobody expected. */
import { type Body, type Step, stepsOf } from '../../definition.ts';
import { decisionHash, effectiveStep, type RunEvent, type StepState } from '../index.ts';
import type { History } from './history.ts';
import { must } from './invariants.ts';
import { nextVersion } from './next-version.ts';
import { ADA, BOB } from './play.ts';
import { CONFIRM_TEXT } from './random-runbook.ts';

const STUCK: readonly string[] = ['waiting', 'failed', 'uncertain', 'undo_failed', 'undoing'];

export function personActs(history: History): void {
  const { dice, state } = history;
  const stuck = stepsOf(history.runbook).filter((step) => STUCK.includes(state.steps[step.id]?.status ?? ''));
  if (stuck.length === 0 || dice.chance(0.05)) return actOnRun(history);
  const step = dice.pick(stuck);
  const held = state.steps[step.id];
  if (held !== undefined) actOnStep(history, effectiveStep(step, held), held);
}

export function endRun(history: History): void {
  const undo = history.dice.chance(0.7);
  history.send({
    type: 'ended_early',
    at: history.now(),
    to: undo && history.dice.chance(0.5) ? 'rolled_back' : 'cancelled',
    undo,
    by: ADA,
    reason: 'simulation',
  });
}

function actOnRun(history: History): void {
  const { dice, runbook } = history;
  const at = history.now();
  const phase = dice.pick(runbook.phases);
  const fate = dice.next();
  if (fate < 0.35) {
    const undo = dice.chance(0.4) ? ({ undo: true } as const) : {};
    history.send({ type: 'reopened', at, phase: phase.id, by: ADA, reason: 'again', ...undo });
  } else if (fate < 0.45) {
    const to = nextVersion(dice, history.runbook);
    history.migrate(to, dice.chance(0.4) ? dice.pick(to.phases).id : undefined);
  } else if (fate < 0.6) {
    const day = new Date(history.ms + (dice.below(9) - 2) * 86_400_000).toISOString().slice(0, 10);
    const taken = history.send({ type: 'go_live_moved', at, go_live: day, by: ADA, reason: 'moved' });
    must(!taken || day >= at.slice(0, 10), 'no go-live lies in the past');
  } else if (fate < 0.75) {
    history.send({ type: 'intake_mended', at, intake: { n: dice.below(3) }, vars: history.state.facts.vars });
  } else if (fate < 0.85) {
    history.send({ type: 'gate_overridden', at, phase: phase.id, label: 'earlier', by: ADA, reason: 'known' });
  } else if (history.recorded.length > 60) {
    endRun(history);
  }
}

function actOnStep(history: History, step: Step, held: StepState): void {
  const { dice } = history;
  const at = history.now();
  const by = dice.chance(0.7) ? ADA : BOB;
  const base = { at, step: step.id, by };
  if (held.status === 'uncertain') return resolve(history, step, base);
  if (held.status === 'undo_failed') return mendUndo(history, step, at);
  if (held.status === 'undoing') return undoByHand(history, step, held, base);
  if (held.status === 'failed' || dice.chance(0.1)) return mend(history, step, base);
  const event = workOf(history, step, held, base);
  const hadPassed = held.status;
  const taken = history.send(event);
  if (taken && history.state.steps[step.id]?.status !== hadPassed) handWork(history, step);
}

type Base = { readonly at: string; readonly step: string; readonly by: typeof ADA };

/** The word of a person is what the world looks like. */
function resolve(history: History, step: Step, base: Base): void {
  const outcome = history.world.has(step.id) ? 'happened' : 'did_not_happen';
  history.send({ type: 'resolved', ...base, outcome, output: { ok: true }, reason: 'looked' });
}

function mendUndo(history: History, step: Step, at: string): void {
  if (history.dice.chance(0.7)) {
    history.send({ type: 'retry', at, step: step.id });
    return;
  }
  // Somebody answers for what is left: it is theirs from now on.
  for (const [thing, owner] of history.world) if (owner === step.id) history.world.delete(thing);
  history.send({ type: 'overridden', at, step: step.id, by: ADA, reason: 'left' });
}

function undoByHand(history: History, step: Step, held: StepState, base: Base): void {
  const isTheirs = held.waitingFor === 'person' && base.by === ADA;
  if (isTheirs) history.world.delete(step.id);
  const taken = history.send({ type: 'task_done', ...base, output: {}, ticks: [] });
  must(taken === isTheirs, 'only who is asked to take something back by hand can say it is done');
}

function mend(history: History, step: Step, base: Base): void {
  const { dice } = history;
  const fate = dice.next();
  if (fate < 0.2) history.send({ type: 'overridden', ...base, reason: 'known' });
  else if (fate < 0.35) history.send({ type: 'chosen', ...base, option: dice.pick(['make', 'hand', 'child']) });
  else if (fate < 0.5) history.send({ type: 'taken_over', ...base });
  else history.send({ type: 'retry', at: base.at, step: step.id });
}

function workOf(history: History, step: Step, held: StepState, base: Base): RunEvent {
  const { dice } = history;
  const { body } = step;
  if (body.kind === 'choose') return { type: 'chosen', ...base, option: dice.pick(['make', 'hand', 'child', 'none']) };
  if (body.kind === 'wait')
    return { type: 'outside_event', at: base.at, step: step.id, event: dice.pick(EVENTS), position: history.ms };
  if (body.kind === 'approve' || body.kind === 'sign_off') return decisionOn(history, body, base);
  if (body.kind === 'uses' && body.confirm !== undefined && held.confirmed === undefined) {
    return { type: 'confirmed', ...base, text: dice.chance(0.8) ? CONFIRM_TEXT : 'maybe' };
  }
  if (body.kind === 'uses' && held.waitingFor === 'retry') return { type: 'taken_over', ...base };
  return { type: 'task_done', ...base, output: { n: 1 }, ticks: [] };
}

/** One that fits, one that does not, and one that lacks what is read. */
const EVENTS = [{ fits: true }, { fits: true }, { fits: false }, {}];

function decisionOn(history: History, body: Extract<Body, { kind: 'approve' | 'sign_off' }>, base: Base): RunEvent {
  const { dice } = history;
  const hash = dice.chance(0.9) ? decisionHash(history.runbook, history.state, body) : 'seen before';
  return { type: 'decided', ...base, decision: dice.chance(0.85) ? 'yes' : 'no', hash };
}

/** A task with an undo of its own leaves something behind that only its author knows of. */
function handWork(history: History, step: Step): void {
  const hasPassed = history.state.steps[step.id]?.status === 'passed';
  if (step.body.kind === 'task' && step.undo.do === 'body' && hasPassed) history.make(step.id, step.id);
}
