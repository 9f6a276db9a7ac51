/** `given` of a fixture: what the outside and people answer, step by step. */
import type { Json, JsonObject, Step } from '../definition.ts';
import { joinPath } from '../parse/positions.ts';
import { readFields } from '../parse/read-fields.ts';
import { mapOf, numberOf, optional, textOf, textsOf } from '../parse/read-values.ts';
import { addFault, asArray, entriesOf, isObject } from '../parse/reading.ts';
import { indexOf } from '../runbook-index.ts';
import type { Answer, CallFailure, Given, PersonAct, StepGiven } from './fixture.ts';
import { checkDeclared, type FixtureReading, isKnown, isOneOf, outputSchemaOf } from './fixture-reading.ts';
import { ACT_TABLE, ANSWER_TABLE, FAILS_TABLE, GIVEN_TABLE } from './fixture-tables.ts';

export const NOTHING_GIVEN: Given = { checks: 'declared', people: 'act', steps: {} };

/** What the case gives stands before what its file gives to all. */
export function readGiven(context: FixtureReading, value: Json | undefined, path: string, base: Given): Given {
  if (value === undefined) return base;
  const fields = readFields(context.reading, value, path, GIVEN_TABLE, 'given');
  const steps = entriesOf(fields.steps, joinPath(path, 'steps')).flatMap(([id, member, at]) =>
    isKnown(context, 'step', id, at, true)
      ? [[id, readStepGiven(context, indexOf(context.runbook).step(id), member, at)] as const]
      : [],
  );
  return {
    checks: fields.checks === undefined ? base.checks : fields.checks === 'pass' ? 'pass' : 'declared',
    people: fields.people === undefined ? base.people : fields.people === 'wait' ? 'wait' : 'act',
    steps: { ...base.steps, ...Object.fromEntries(steps) },
  };
}

function readStepGiven(context: FixtureReading, step: Step, value: Json, path: string): StepGiven {
  const items = listed(value, path);
  const proofNames = proofsOf(context, step);
  const proofs: Record<string, readonly Answer[]> = {};
  const undo: Answer[] = [];
  const answers = items.map(([item, at]) => {
    const fields = readFields(context.reading, item, at, ANSWER_TABLE, 'answer');
    for (const [name, member, below] of entriesOf(fields.proofs, joinPath(at, 'proofs'))) {
      if (!isOneOf(context, 'proof', name, proofNames, below, true)) continue;
      proofs[name] = listed(member, below).map(([one, place]) =>
        answerOf(context, step, readAnswer(context, one, place), place, false),
      );
    }
    for (const [one, place] of fields.undo === undefined ? [] : listed(fields.undo, joinPath(at, 'undo')))
      undo.push(answerOf(context, step, readAnswer(context, one, place), place, false));
    return answerOf(context, step, fields, at, true);
  });
  return { answers, proofs, undo };
}

const readAnswer = (context: FixtureReading, value: Json, path: string): JsonObject =>
  readFields(context.reading, value, path, ANSWER_TABLE, 'answer');

/** One, or a list of them. */
const listed = (value: Json, path: string): readonly (readonly [Json, string])[] =>
  Array.isArray(value) ? value.map((item, index) => [item, joinPath(path, index)] as const) : [[value, path]];

/** Items with a probe of their own, and `verify`. */
function proofsOf({ runbook }: FixtureReading, step: Step): readonly string[] {
  const { body } = indexOf(runbook).step(step.id);
  const items = body.kind === 'task' ? body.checklist.filter(({ check }) => check !== undefined) : [];
  const own = (body.kind === 'task' || body.kind === 'choose') && body.verify !== undefined ? ['verify'] : [];
  return [...items.map(({ id }) => id), ...own];
}

function answerOf(context: FixtureReading, step: Step, fields: JsonObject, path: string, ofStep: boolean): Answer {
  const output = isObject(fields.output) ? fields.output : undefined;
  if (output !== undefined && ofStep && step.body.kind !== 'choose')
    checkDeclared(context, output, outputSchemaOf(context, step), joinPath(path, 'output'), `output of ${step.id}`);
  const event = isObject(fields.event) ? fields.event : undefined;
  if (event !== undefined && ofStep && step.body.kind === 'wait' && step.body.count === 1)
    checkDeclared(context, event, outputSchemaOf(context, step), joinPath(path, 'event'), `event of ${step.id}`);
  return {
    ...optional('times', numberOf(fields.times)),
    ...optional('after', textOf(fields.after)),
    ...optional('output', output),
    ...optional('passes', typeof fields.passes === 'boolean' ? fields.passes : undefined),
    ...optional('fails', readFailure(context, fields.fails, joinPath(path, 'fails'))),
    ...optional(
      'acts',
      fields.acts === undefined ? undefined : readActs(context, step, fields.acts, joinPath(path, 'acts')),
    ),
    ...optional('event', event),
    ...optional('child', textOf(fields.child) as Answer['child']),
    ...optional('outputs', isObject(fields.outputs) ? fields.outputs : undefined),
  };
}

function readFailure({ reading }: FixtureReading, value: Json | undefined, path: string): CallFailure | undefined {
  if (value === undefined) return undefined;
  const fields = readFields(reading, value, path, FAILS_TABLE, 'failure');
  return {
    code: textOf(fields.code) ?? 'connector.refused',
    message: textOf(fields.message) ?? 'The fixture lets this call fail.',
    retryable: fields.retryable === true,
    uncertain: fields.uncertain === true,
  };
}

function readActs(context: FixtureReading, step: Step, value: Json, path: string): readonly PersonAct[] {
  return asArray(value).map((item, index) => {
    const at = joinPath(path, index);
    const fields = readFields(context.reading, item, at, ACT_TABLE, 'act');
    const { body } = step;
    const option = textOf(fields.option);
    if (option !== undefined && body.kind === 'choose')
      isOneOf(context, 'option', option, Object.keys(body.options), joinPath(at, 'option'));
    if (isObject(fields.output))
      checkDeclared(
        context,
        fields.output,
        outputSchemaOf(context, step),
        joinPath(at, 'output'),
        `form of ${step.id}`,
      );
    return {
      ...optional('role', textOf(fields.role)),
      ...optional('person', textOf(fields.person)),
      ...optional('ticks', readTicks(context, step, fields.ticks, joinPath(at, 'ticks'))),
      ...optional('output', isObject(fields.output) ? mapOf(fields.output) : undefined),
      ...optional('note', textOf(fields.note)),
      ...optional('decision', textOf(fields.decision) as PersonAct['decision']),
      ...optional('option', option),
      ...optional('text', textOf(fields.text)),
      ...optional('refused', textOf(fields.refused)),
    };
  });
}

function readTicks(
  context: FixtureReading,
  step: Step,
  value: Json | undefined,
  path: string,
): readonly string[] | undefined {
  if (value === undefined || value === 'all') return undefined;
  const items = step.body.kind === 'task' ? step.body.checklist.map(({ id }) => id) : [];
  if (!Array.isArray(value))
    addFault(context.reading, { rule: 'wrong-type', path, message: '`ticks` is `all` or a list of item ids.' });
  return textsOf(value).filter((id, index) => isOneOf(context, 'item', id, items, joinPath(path, index)));
}
