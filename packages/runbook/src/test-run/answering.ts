/** How the outside answers the engine: results of calls, events, child runs. */
import { instantMs } from '../advance/clock.ts';
import { effectiveStep, type RunEvent, type StepState, scopeAt } from '../advance/index.ts';
import type { Undoability } from '../catalog.ts';
import type { CheckBody, Json, JsonObject, JsonSchema, Step, UsesBody, Verification } from '../definition.ts';
import { indexOf } from '../runbook-index.ts';
import { exampleOf } from './example.ts';
import type { Answer } from './fixture.ts';
import { mergePatch, sealTexts } from './json-values.ts';
import { outputThat } from './output-that.ts';
import { afterwards, type Due, isUndoing, nextAnswer, type Stage, type World } from './world.ts';

type Attempt = Extract<Due, { readonly what: 'result' }>['attempt'];

const isResult = ({ output, passes, fails }: Answer): boolean =>
  output !== undefined || passes !== undefined || fails !== undefined;

/** Puts the answer to a call on its way. */
export function expectResult(stage: Stage, world: World, attempt: Attempt): void {
  const answer = answerTo(stage, world, attempt);
  world.agenda.push({ at: afterwards(world, answer?.after), what: 'result', attempt, answer });
}

function answerTo({ test }: Stage, world: World, { step, verb }: Attempt): Answer | undefined {
  const given = test.given.steps[step];
  if (given === undefined) return undefined;
  if (isUndoing(verb)) return nextAnswer(world, `${step} undo`, given.undo, isResult);
  const proof = proofUnderWay(world.state.steps[step]);
  if (proof === undefined) return nextAnswer(world, step, given.answers, isResult);
  return nextAnswer(world, `${step} ${proof}`, given.proofs[proof] ?? [], isResult);
}

/** The item that is looked at; `verify` for the step's own proof. */
const proofUnderWay = (state: StepState | undefined): string | undefined =>
  state?.proving?.queue[0]?.replace(/^\$.*/, 'verify');

/** The event that a call ends with. */
export function resultOf(stage: Stage, world: World, { attempt, answer }: Extract<Due, { what: 'result' }>): RunEvent {
  const { at } = world;
  const { step, round } = attempt;
  const name = { step, round, try: attempt.try };
  const made = world.standing.has(step) ? 1 : 0;
  if (answer?.fails !== undefined) {
    const { uncertain, ...failure } = answer.fails;
    return uncertain
      ? { type: 'attempt_uncertain', at, ...name, failure, made }
      : { type: 'attempt_failed', at, ...name, failure, made, doubt: false, jitter: 1 };
  }
  if (isUndoing(attempt.verb)) return { type: 'attempt_passed', at, ...name, output: {}, made: 0 };
  const result = outputOf(stage, world, attempt, answer);
  if (typeof result === 'string') {
    const failure = { code: 'test.undeclared', message: result, retryable: false };
    return { type: 'attempt_failed', at, ...name, failure, made, doubt: false, jitter: 1 };
  }
  const makes = leavesResource(stage, attempt) ? 1 : made;
  const artifact = attempt.verb === 'document' ? { artifact: fileOf(step) } : {};
  return { type: 'attempt_passed', at, ...name, output: result, made: makes, ...artifact };
}

/** A ledger row: what the catalog says can be taken back. */
const leavesResource = ({ catalog }: Stage, { verb, name }: Attempt): boolean =>
  (verb === 'apply' || verb === 'adopt') && canBeUndone(catalog.actions[name]?.undo);

export const canBeUndone = (undo: Undoability | undefined): boolean => undo === 'reversible' || undo === 'compensates';

/** Stands for the file a step leaves. */
export const fileOf = (step: string): { readonly hash: string; readonly url: string } => ({
  hash: [...step]
    .reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 0xffffffff, 7)
    .toString(16)
    .padStart(64, '0'),
  url: `https://files.example/${step}`,
});

/** The output, or why there is none. */
function outputOf(stage: Stage, world: World, attempt: Attempt, answer: Answer | undefined): JsonObject | string {
  const step = stepNow(stage, world, attempt.step);
  const { step: id, verb, name } = attempt;
  if (verb === 'document') return mergePatch(documentOutput(step), answer?.output ?? {});
  const proof = proofUnderWay(world.state.steps[id]);
  const isCheck = verb === 'check';
  const schema = (isCheck ? stage.catalog.checks[name] : stage.catalog.actions[name])?.output ?? {};
  const declared = sealTexts(answer?.output ?? {}, schema, `${id}`) as JsonObject;
  const start = mergePatch(asMap(exampleOf(schema, id, attempt.with)), declared);
  const expression = proof === undefined ? expectationOf(step.body) : proofExpectation(stage, step, proof);
  const wanted = answer?.passes ?? (!isCheck || stage.test.given.checks === 'pass' ? true : undefined);
  if (wanted === undefined && answer?.output === undefined)
    return 'The fixture declares no output for this check; give `output`, `passes`, or `checks: pass`.';
  if (wanted === undefined || expression === undefined) return start;
  const scope = scopeAt(stage.runbook, world.state, world.at);
  const found = outputThat({ expression, name: 'output', schema, scope, start, fixed: declared }, wanted);
  if (found !== undefined || answer?.passes === undefined) return found ?? start;
  return `No output was found that ${wanted ? 'meets' : 'fails'} ${expression}; declare one.`;
}

const asMap = (value: Json): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

const expectationOf = (body: Step['body']): string | undefined =>
  body.kind === 'check' || body.kind === 'uses' ? (body as CheckBody | UsesBody).expect : undefined;

function proofExpectation({ runbook }: Stage, { id, body }: Step, proof: string): string | undefined {
  if (proof === 'verify') return verificationOf(body)?.expect ?? verificationOf(indexOf(runbook).step(id).body)?.expect;
  return body.kind === 'task' ? body.checklist.find((item) => item.id === proof)?.expect : undefined;
}

const verificationOf = (body: Step['body']): Verification | undefined =>
  body.kind === 'task' || body.kind === 'choose' ? body.verify : undefined;

/** As it runs: a decided choice is its option. */
export const stepNow = ({ runbook }: Stage, { state }: World, id: string): Step =>
  effectiveStep(indexOf(runbook).step(id), state.steps[id]);

function documentOutput({ id, body }: Step): JsonObject {
  const format = body.kind === 'document' ? body.format : 'md';
  return { name: `${id}.${format}`, media_type: 'text/plain', sha256: fileOf(id).hash, size: 1_000 };
}

/** Events come only where the case says so. */
export function expectEvents(stage: Stage, world: World, step: Step): void {
  if (step.body.kind !== 'wait') return;
  const given = stage.test.given.steps[step.id];
  const answer = nextAnswer(
    world,
    `${step.id} event`,
    given?.answers ?? [],
    ({ event, passes }) => event !== undefined || passes === true,
  );
  if (answer === undefined) return;
  const at = afterwards(world, answer.after);
  for (let count = 0; count < step.body.count; count += 1)
    world.agenda.push({ at, what: 'event', step: step.id, answer });
}

export function eventOf(stage: Stage, world: World, { step: id, answer }: Extract<Due, { what: 'event' }>): RunEvent {
  const { body } = stepNow(stage, world, id);
  const schema: JsonSchema = (body.kind === 'wait' ? stage.catalog.events[body.event] : undefined) ?? {};
  const declared = answer.event ?? {};
  const start = mergePatch(asMap(exampleOf(schema, id)), declared);
  const expression = body.kind === 'wait' ? body.where : undefined;
  const scope = scopeAt(stage.runbook, world.state, world.at);
  const event =
    expression === undefined || answer.passes !== true
      ? start
      : (outputThat({ expression, name: 'event', schema, scope, start, fixed: declared }, true) ?? start);
  return { type: 'outside_event', at: world.at, step: id, event, position: world.events };
}

const COMPLETED: Answer = { child: 'completed' };

export function expectChild(
  { test }: Stage,
  world: World,
  start: Extract<Due, { what: 'child_start' }>['start'],
): void {
  const given = test.given.steps[start.step]?.answers ?? [];
  const answer = nextAnswer(world, `${start.step} child`, given, ({ child }) => child !== undefined) ?? COMPLETED;
  world.agenda.push({ at: afterwards(world, undefined), what: 'child_start', start, answer });
}

export function childStart(world: World, { start, answer }: Extract<Due, { what: 'child_start' }>): RunEvent {
  const { step, round } = start;
  const name = { step, round, try: start.try };
  if (answer.child === 'refused') {
    const failure = { code: 'run.child_refused', message: 'The run could not be started.', retryable: false };
    return { type: 'child_refused', at: world.at, ...name, failure };
  }
  const child = `${step}-${start.try}`;
  world.agenda.push({ at: afterwards(world, answer.after), what: 'child_end', step, child, answer });
  return { type: 'child_started', at: world.at, ...name, child };
}

export function childEnd(
  stage: Stage,
  world: World,
  { step, child, answer }: Extract<Due, { what: 'child_end' }>,
): RunEvent {
  const status = answer.child === undefined || answer.child === 'refused' ? 'completed' : answer.child;
  const { body } = stepNow(stage, world, step);
  const names = body.kind === 'run' ? (stage.catalog.runbooks[body.runbook]?.outputs ?? []) : [];
  const made = Object.fromEntries(names.map((name) => [name, 'example']));
  return { type: 'child_ended', at: world.at, step, child, status, outputs: { ...made, ...answer.outputs } };
}

/** Of two things on their way, the one that comes first; what was sent first, when at once. */
export const firstDue = (agenda: readonly Due[]): Due | undefined =>
  agenda.reduce<Due | undefined>(
    (first, due) => (first === undefined || instantMs(due.at) < instantMs(first.at) ? due : first),
    undefined,
  );
