/** What people do on a step that waits for them: a task, a choice, work in place of an action, a text typed. */
import { TenantryError } from '@tenantry/contract';
import type { ChecklistItem, ChooseBody, JsonObject, Step, TaskBody, UsesBody } from '../definition.ts';
import { evaluateGate } from '../expr/index.ts';
import { askPeople } from './asking.ts';
import { attempt } from './attempt.ts';
import { standingChild } from './child-state.ts';
import { undoPassed } from './ending.ts';
import type { Person } from './event.ts';
import { keepRecord } from './facts-changed.ts';
import { clearWaits, wrongState } from './outcome.ts';
import { actOf, mustHoldRole, ownersOf } from './owners.ts';
import { itemApplies, workDone } from './proving.ts';
import { renderFor, tryFor } from './rendering.ts';
import { scopeOf } from './scope.ts';
import { mustBeOpen } from './settle.ts';
import { restart, startStep } from './start-step.ts';
import type { ArtifactState, ItemEvidence, StepState } from './state.ts';
import { type Ticked, ticksOfReport } from './ticks.ts';
import { limitTime } from './time-limit.ts';
import type { Turn } from './turn.ts';

export interface TaskReport {
  readonly by: Person;
  readonly output: JsonObject;
  readonly ticks: readonly string[];
  readonly items?: Readonly<Record<string, ItemEvidence>>;
  readonly note?: string;
  readonly artifact?: ArtifactState;
}

/**
 * Settles a task once everyone who must act has acted and every item is ticked (RUN-32). Joint owners act once each.
 *
 * @throws run.wrong_state, access.forbidden, request.invalid
 */
export function taskDone(turn: Turn, step: Step, body: TaskBody, report: TaskReport): void {
  const state = turn.step(step.id);
  mustWaitForPerson(step, state, 'completed');
  const owners = ownersOf(turn.runbook, step);
  mustHoldRole(step, owners.roles, report.by);
  const ticked = mustBeWhole(turn, step, body, report);
  const acts = [...state.acts, actOf(turn, report.by, 'done', report.note)];
  if (report.artifact !== undefined && step.artifact !== undefined) turn.setArtifact(step.artifact, report.artifact);
  // What joint owners fill in belongs together; what was filled in before it was asked anew does not.
  const filled = state.acts.length === 0 ? report.output : { ...state.output, ...report.output };
  turn.setStep(step.id, { acts, output: filled, ticked });
  const acted = new Set(acts.map((act) => act.role));
  if (owners.mode === 'all' && !owners.roles.every((role) => acted.has(role))) return;
  if (body.record !== undefined) {
    const content = turn.step(step.id).output ?? {};
    const { record } = body;
    if (tryFor(turn, step, () => keepRecord(turn, record, content, report.by) ?? true) === undefined) return;
  }
  workDone(turn, step, { ok: true, expected: 'done by its owner' });
}

function mustWaitForPerson(step: Step, { status, waitingFor }: StepState, verb: string): void {
  if (status === 'waiting' && waitingFor === 'person') return;
  throw wrongState(step, status, verb, 'Only a task that waits for a person can be completed.');
}

/** Answers which items are ticked by then. */
function mustBeWhole(turn: Turn, step: Step, body: TaskBody, report: TaskReport): Ticked | undefined {
  const { ticked, faults: misticked } = ticksOfReport(turn, step, body, report);
  const ticks = [...report.ticks, ...Object.keys(ticked ?? {})];
  const faults = [
    ...misticked,
    ...body.checklist
      .filter((item) => itemApplies(turn, item) && !isTicked(turn, item, ticks))
      .map((item) => ({ path: `ticks.${item.id}`, message: openItem(item) })),
  ];
  const known = new Set(body.checklist.map((item) => item.id));
  for (const tick of report.ticks) {
    if (!known.has(tick)) faults.push({ path: `ticks.${tick}`, message: `there is no item ${tick}` });
  }
  if (body.evidence === 'file' ? report.artifact === undefined : body.evidence !== undefined && !report.note) {
    faults.push({
      path: body.evidence === 'file' ? 'file' : 'note',
      message: `this task asks for a ${body.evidence} as evidence`,
    });
  }
  if (faults.length === 0) return ticked;
  throw new TenantryError(
    'request.invalid',
    `Step ${step.id} is not complete: ${faults.map((fault) => fault.message).join('; ')}.`,
    { faults },
  );
}

/** An item with a probe is looked at next; one with `expect` alone is ticked by the system and by nobody else. */
function isTicked(turn: Turn, item: ChecklistItem, ticks: readonly string[]): boolean {
  if (item.check !== undefined) return true;
  return item.expect === undefined ? ticks.includes(item.id) : evaluateGate(item.expect, scopeOf(turn));
}

const openItem = (item: ChecklistItem): string =>
  item.expect === undefined
    ? `"${item.item}" (${item.id}) is not ticked`
    : `"${item.item}" does not hold yet: ${item.expect}`;

/**
 * Picks an option; another may be picked while the first has left nothing behind.
 *
 * @throws run.wrong_state, access.forbidden, request.invalid
 */
export function optionChosen(turn: Turn, step: Step, body: ChooseBody, by: Person, option: string): void {
  const state = turn.step(step.id);
  const isOpen = state.status === 'waiting' && state.waitingFor === 'person' && state.choice === undefined;
  const isFree = state.status === 'failed' && state.startedAt !== undefined && leftNothing(state);
  if (!isOpen && !isFree) {
    throw wrongState(
      step,
      state.status,
      'chosen for',
      'Only an open choice, or one that failed and left nothing, can be made.',
    );
  }
  mustHoldRole(step, ownersOf(turn.runbook, step).roles, by);
  if (!Object.hasOwn(body.options, option)) {
    const names = Object.keys(body.options).join(', ');
    throw new TenantryError('request.invalid', `Step ${step.id} has no option ${option}.`, {
      faults: [{ path: 'option', message: `is one of ${names}` }],
    });
  }
  if (isFree) mustBeOpen(turn, step, 'chosen for');
  clearWaits(turn, step);
  const acts = [...state.acts, actOf(turn, by, 'done', option)];
  turn.setStep(step.id, { ...UNDECIDED, choice: option, acts });
  const picked = turn.definition(step.id);
  // The limit of the choice goes on, unless it has run out or the option has its own.
  if (isFree || picked.timeout !== step.timeout) startStep(turn, picked);
  else restart(turn, picked);
}

/** What the option that was picked before leaves behind in the state. */
const UNDECIDED = {
  doneAt: undefined,
  failure: undefined,
  faults: 0,
  output: undefined,
  items: undefined,
  manual: undefined,
  confirmed: undefined,
} as const;

const leftNothing = (state: StepState): boolean =>
  state.made === 0 && state.doubt !== true && standingChild(state) === undefined;

/**
 * From now on a person does what the action would do (RUN-29).
 *
 * @throws run.wrong_state, access.forbidden
 */
export function takeOver(turn: Turn, step: Step, body: UsesBody, by: Person): void {
  const state = turn.step(step.id);
  if (body.manual === 'never') throw wrongState(step, state.status, 'done by hand', 'The runbook does not allow it.');
  const hasFailed = state.status === 'failed' && state.startedAt !== undefined;
  if (!hasFailed && !(state.status === 'waiting' && state.waitingFor === 'retry')) {
    throw wrongState(step, state.status, 'done by hand', 'Wait until it has failed or waits for its next try.');
  }
  mustHoldRole(step, ownersOf(turn.runbook, step).roles, by);
  if (hasFailed) mustBeOpen(turn, step, 'done by hand');
  clearWaits(turn, step);
  turn.setStep(step.id, { manual: true, doneAt: undefined, proving: undefined });
  if (hasFailed) limitTime(turn, step);
  askPeople(turn, step, 'person');
}

/** A person did what the action would have done: it is proven by the action itself, which takes it over. */
export function manualDone(turn: Turn, step: Step, body: UsesBody, report: TaskReport): void {
  const state = turn.step(step.id);
  mustWaitForPerson(step, state, 'completed');
  if (state.manual !== true) throw wrongState(step, state.status, 'completed', 'It waits for its text to be typed.');
  mustHoldRole(step, ownersOf(turn.runbook, step).roles, report.by);
  clearWaits(turn, step);
  turn.setStep(step.id, { acts: [...state.acts, actOf(turn, report.by, 'done', report.note)], faults: 0 });
  attempt(turn, step, 'adopt', body.action, body.with);
}

/**
 * A person took back by hand what the step did.
 *
 * @throws run.wrong_state, access.forbidden
 */
export function undoneByHand(turn: Turn, step: Step, by: Person): void {
  const { status, waitingFor } = turn.step(step.id);
  if (waitingFor !== 'person') throw wrongState(step, status, 'completed', 'It is being taken back by itself.');
  const owners = (step.undo.do === 'body' ? step.undo.owner : undefined) ?? ownersOf(turn.runbook, step);
  mustHoldRole(step, owners.roles, by);
  undoPassed(turn, step);
}

/**
 * The text of a point of no return was typed.
 *
 * @throws run.wrong_state, access.forbidden, request.invalid when it is another text
 */
export function confirmed(turn: Turn, step: Step, body: UsesBody, by: Person, text: string): void {
  const state = turn.step(step.id);
  if (body.confirm === undefined || state.waitingFor !== 'person' || state.confirmed !== undefined) {
    throw wrongState(step, state.status, 'confirmed', 'It does not wait for a text.');
  }
  mustHoldRole(step, ownersOf(turn.runbook, step).roles, by);
  const wanted = renderFor(turn, step, body.confirm);
  if (wanted === undefined) return;
  if (text !== wanted) {
    throw new TenantryError('request.invalid', `The text does not match; step ${step.id} cannot be taken back.`, {
      faults: [{ path: 'text', message: `is not "${String(wanted)}"` }],
      next: 'Type exactly what is shown, or leave the step alone.',
    });
  }
  clearWaits(turn, step);
  turn.setStep(step.id, {
    confirmed: { by: by.name, at: turn.at },
    acts: [...state.acts, actOf(turn, by, 'done', text)],
  });
  restart(turn, step);
}
