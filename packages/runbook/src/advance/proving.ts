/**
 * Probes that prove what people say is done: checklist items the system ticks itself, the `verify` of a task, the
 * `verify` of a choice. They run one after the other, and all are looked at, so that people hear of every fault at
 * once. Items are looked at when the task opens as well, for people to see; what counts is what holds in the end.
 */
import { canonicalJson } from '@tenantry/contract';
import type { ChecklistItem, JsonObject, Step, TaskBody, Verification } from '../definition.ts';
import { evaluateGate } from '../expr/index.ts';
import { askPeople } from './asking.ts';
import { attempt } from './attempt.ts';
import type { Verdict } from './command.ts';
import { clearWaits, failStep, passStep } from './outcome.ts';
import { pollAgain } from './poll.ts';
import { judge, tryFor } from './rendering.ts';
import { scopeOf } from './scope.ts';
import type { StepFailure } from './state.ts';
import type { Turn } from './turn.ts';

/** Not the id of any item: ids begin with a letter. */
const OWN_VERIFY = '$verify';
const CHOICE_VERIFY = '$choice';

export const itemApplies = (turn: Turn, item: ChecklistItem): boolean =>
  item.if === undefined || evaluateGate(item.if, scopeOf(turn));

/** Items with a probe of their own, where their condition holds; undefined after the step was failed. */
export const itemsToProve = (turn: Turn, step: Step, body: TaskBody): readonly string[] | undefined =>
  tryFor(turn, step, () =>
    body.checklist.filter((item) => item.check !== undefined && itemApplies(turn, item)).map((item) => item.id),
  );

/** The work of a step is done: it passes, once everything that is to prove it has. */
export function workDone(turn: Turn, step: Step, verdict: Verdict): void {
  const items = step.body.kind === 'task' ? itemsToProve(turn, step, step.body) : [];
  if (items === undefined) return;
  const queue = [...items, ...[OWN_VERIFY, CHOICE_VERIFY].filter((id) => proofOf(turn, step, id) !== undefined)];
  if (queue.length === 0) return passStep(turn, step, verdict);
  clearWaits(turn, step);
  turn.setStep(step.id, { proving: { queue, aim: 'settle' }, items: undefined, faults: 0 });
  continueProving(turn, step);
}

function proofOf(turn: Turn, step: Step, id: string): Verification | undefined {
  const { body } = step;
  if (id === OWN_VERIFY) return body.kind === 'task' ? body.verify : undefined;
  if (id === CHOICE_VERIFY) {
    const written = turn.index.step(step.id).body;
    return written.kind === 'choose' ? written.verify : undefined;
  }
  const item = body.kind === 'task' ? body.checklist.find((each) => each.id === id) : undefined;
  if (item?.check === undefined) return undefined;
  return { check: item.check, with: item.with, expect: item.expect ?? 'true' };
}

/** What the probe under way is held against. */
export function expectedOfProof(turn: Turn, step: Step): string | undefined {
  const id = turn.step(step.id).proving?.queue[0];
  return id === undefined ? undefined : proofOf(turn, step, id)?.expect;
}

/** Starts the first of the queue; with none left, asks people or settles the step. */
export function continueProving(turn: Turn, step: Step): void {
  const { proving } = turn.step(step.id);
  const [id] = proving?.queue ?? [];
  const proof = id === undefined ? undefined : proofOf(turn, step, id);
  if (turn.ending !== undefined && (proof !== undefined || proving?.aim === 'ask')) return unproven(turn, step);
  if (proof !== undefined) {
    const { lookingSince = turn.at } = turn.step(step.id);
    if (proving?.aim === 'settle' && proof.within !== undefined) turn.setStep(step.id, { lookingSince });
    return attempt(turn, step, 'check', proof.check, proof.with);
  }
  turn.setStep(step.id, { proving: undefined });
  if (proving?.aim === 'ask') return askPeople(turn, step, 'person');
  settle(turn, step);
}

/** Nothing new starts while the run is being ended, not even a probe. */
const unproven = (turn: Turn, step: Step): void =>
  failStep(turn, step, {
    code: 'run.check_failed',
    message: 'The run was ended before it was proven.',
    retryable: false,
  });

export function proofSeen(turn: Turn, step: Step, output: JsonObject): void {
  const { proving } = turn.step(step.id);
  const proof = proofOf(turn, step, proving?.queue[0] ?? '');
  const verdict = judge(turn, proof?.expect, output);
  // While a task opens, one look is enough: people are to see it soon.
  if (proving?.aim === 'settle' && proof !== undefined && pollAgain(turn, step, proof, verdict)) return;
  note(turn, step, verdict.ok ? undefined : `${verdict.reason ?? verdict.expected}; found ${shorten(output)}`);
  turn.emit({ do: 'report', step: step.id, status: 'waiting', verdict });
  continueProving(turn, step);
}

const FOUND_MAX = 300;

/** For the eye; the whole of it stands in the evidence. Canonical, because storing an event may order its members anew. */
function shorten(output: JsonObject): string {
  const text = canonicalJson(output);
  return text.length <= FOUND_MAX ? text : `${text.slice(0, FOUND_MAX)}…`;
}

/** A probe that could not be run proves nothing: people are told when it is their turn, else the step fails. */
export function proofBroken(turn: Turn, step: Step, failure: StepFailure, verdict: Verdict): void {
  if (turn.step(step.id).proving?.aim !== 'ask') return failStep(turn, step, failure, verdict);
  note(turn, step, failure.message);
  continueProving(turn, step);
}

function note(turn: Turn, step: Step, reason: string | undefined): void {
  const { proving, items } = turn.step(step.id);
  const [id = '', ...queue] = proving?.queue ?? [];
  const finding = { ok: reason === undefined, at: turn.at, ...(reason === undefined ? {} : { reason }) };
  turn.setStep(step.id, {
    faults: 0,
    lookingSince: undefined,
    heldSince: undefined,
    items: { ...items, [id]: finding },
    ...(proving === undefined ? {} : { proving: { ...proving, queue } }),
  });
}

function settle(turn: Turn, step: Step): void {
  const open = Object.entries(turn.step(step.id).items ?? {}).filter(([, finding]) => !finding.ok);
  if (open.length === 0) return passStep(turn, step, { ok: true, expected: 'done and proven' });
  const message = open.map(([id, finding]) => `${wordsFor(step, id)}${finding.reason ?? 'not proven'}`).join('; ');
  const failure = { code: 'run.check_failed', message, retryable: false };
  const verdict = { ok: false, expected: 'everything proven', reason: message };
  if (step.body.kind !== 'task' || turn.ending !== undefined) return failStep(turn, step, failure, verdict);
  // What a person said is done is not proven yet: the task stays theirs, with the reason.
  turn.setStep(step.id, { failure, acts: [] });
  turn.emit({ do: 'report', step: step.id, status: 'waiting', verdict });
  askPeople(turn, step, 'person');
}

function wordsFor({ body }: Step, id: string): string {
  const item = body.kind === 'task' ? body.checklist.find((each) => each.id === id) : undefined;
  return item === undefined ? '' : `"${item.item}": `;
}
