import type { Json, JsonObject, OnFail, Repeat, Step, StepKeys, Undo } from '../definition.ts';
import { ExpressionError, parseOffset } from '../expr/index.ts';
import { KIND_TABLES, type Kind, REPEAT_TABLE, RETRY_TABLE, STEP_TABLE } from './grammar.ts';
import { joinPath } from './positions.ts';
import { kindOf, outputOf, readBody, readOwnBody, unreadableBody } from './read-body.ts';
import { readFields } from './read-fields.ts';
import { celOf, numberOf, optional, ownersOf, readRungs, textOf, textsOf } from './read-values.ts';
import { addFault, asArray, isObject, type Owner, type Reading } from './reading.ts';

/** What a step takes over from its phase. */
export interface StepPlace {
  readonly phase: string;
  readonly environment: string;
  readonly parallel: boolean;
  readonly before: string | undefined;
}

/** Reads one step; undefined when it is not even a map with an id. */
export function readStep(reading: Reading, value: Json, path: string, place: StepPlace): Step | undefined {
  if (!isObject(value)) {
    addFault(reading, { rule: 'wrong-type', path, message: 'A step must be a map.' });
    return undefined;
  }
  const id = textOf(value.id);
  const kind = kindOf(reading, value, path, 'step');
  const output = kind === undefined ? undefined : outputOf(kind, value);
  const owner: Owner = { phase: place.phase, ...optional('step', id), ...optional('outputOf', output) };
  const fields = readFields(reading, value, path, tableOf(kind, value), 'step', owner, (key) => placeOf(kind, key));
  if (id === undefined) return undefined;
  if (kind === undefined) reading.broken.add(id);
  const { outputOf: _, ...stepOwner } = owner;
  const body = kind === undefined ? unreadableBody : readBody(reading, kind, fields, path, owner);
  const standard = place.parallel || place.before === undefined ? [] : [place.before];
  return {
    id,
    phase: place.phase,
    body,
    needs: fields.needs === undefined ? standard : textsOf(fields.needs),
    environment: textOf(fields.environment) ?? place.environment,
    ...readKeys(reading, fields, path, stepOwner, body.kind === 'task' && body.text !== '' ? body.text : wordsOf(id)),
  };
}

/** Without a kind the keys of every kind pass: the missing kind is the fault to report, not its keys. */
function tableOf(kind: Kind | undefined, value: JsonObject): typeof STEP_TABLE {
  if (kind !== undefined) return { ...STEP_TABLE, ...KIND_TABLES[kind] };
  return {
    ...STEP_TABLE,
    ...Object.fromEntries(
      Object.keys(value)
        .filter((key) => !Object.hasOwn(STEP_TABLE, key))
        .map((key) => [key, { type: 'any', about: '' } as const]),
    ),
  };
}

/** `check.expect` for a key of the kind, `step.if` for a key of every step. */
const placeOf = (kind: Kind | undefined, key: string): string =>
  `${kind !== undefined && Object.hasOwn(KIND_TABLES[kind], key) ? kind : 'step'}.${key}`;

const wordsOf = (id: string): string => id.replace(/_/g, ' ').replace(/^./, (first) => first.toUpperCase());

function readKeys(reading: Reading, fields: JsonObject, path: string, owner: Owner, title: string): StepKeys {
  const { repeat, retry, escalate } = fields;
  return {
    title: textOf(fields.title) ?? title,
    ...optional('instructions', textOf(fields.instructions)),
    ...optional('help', readHelp(reading, fields.help, path, owner)),
    ...optional('if', celOf(fields.if)),
    ...optional('owner', ownersOf(fields.owner)),
    ...optional('start', textOf(fields.start)),
    ...optional(
      'repeat',
      repeat === undefined ? undefined : readRepeat(reading, repeat, joinPath(path, 'repeat'), owner),
    ),
    ...optional('timeout', textOf(fields.timeout)),
    ...optional('retry', retry === undefined ? undefined : readRetry(reading, retry, joinPath(path, 'retry'), owner)),
    onFail: readOnFail(reading, fields.on_fail, joinPath(path, 'on_fail'), owner),
    undo: readUndo(reading, fields.undo, joinPath(path, 'undo'), owner),
    ...optional(
      'escalate',
      escalate === undefined ? undefined : readRungs(reading, escalate, joinPath(path, 'escalate'), owner),
    ),
    ...optional('artifact', textOf(fields.artifact)),
    ...optional('estimate', textOf(fields.estimate)),
  };
}

/** A word is a reference id; anything with a slash, a dot or a `#` is a path or an address. */
function readHelp(reading: Reading, value: Json | undefined, path: string, owner: Owner): string | undefined {
  const help = textOf(value);
  if (help !== undefined && /^[\w-]+$/.test(help)) {
    reading.mentions.push({ ...owner, of: 'reference', name: help, path: joinPath(path, 'help'), place: 'step.help' });
  }
  return help;
}

function readRepeat(reading: Reading, value: Json, path: string, owner: Owner): Repeat | undefined {
  const fields = readFields(reading, value, path, REPEAT_TABLE, 'repeat', owner);
  const from = textOf(fields.from);
  const offsets = asArray(fields.on).flatMap((offset, index) =>
    readOffset(reading, offset, joinPath(joinPath(path, 'on'), index)),
  );
  const hasOn = fields.on !== undefined;
  const hasEvery = fields.every !== undefined || fields.for !== undefined;
  if (hasOn === hasEvery || (hasEvery && (fields.every === undefined || fields.for === undefined))) {
    addFault(reading, {
      rule: 'bad-repeat',
      path,
      message: '`repeat` is {from, every, for} or {from, on: [offset]}.',
      fix: 'Give `every` and `for`, or `on`.',
    });
  }
  if (from === undefined) return undefined;
  return {
    from,
    ...optional('every', textOf(fields.every)),
    ...optional('for', textOf(fields.for)),
    ...(hasOn ? { on: offsets } : {}),
  };
}

function readOffset(reading: Reading, value: Json, path: string): readonly string[] {
  try {
    parseOffset(String(value));
    return [String(value)];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    addFault(reading, { rule: 'bad-duration', path, message: error.message, ...optional('fix', error.next) });
    return [];
  }
}

function readRetry(reading: Reading, value: Json, path: string, owner: Owner): StepKeys['retry'] {
  const fields = readFields(reading, value, path, RETRY_TABLE, 'retry', owner);
  const times = numberOf(fields.times);
  if (times === undefined) return undefined;
  return { times, wait: textOf(fields.wait) ?? '10s', factor: numberOf(fields.factor) ?? 2 };
}

function readOnFail(reading: Reading, value: Json | undefined, path: string, owner: Owner): OnFail {
  if (value === undefined) return { do: 'halt' };
  if (value === 'halt' || value === 'continue' || value === 'rollback') return { do: value };
  if (isObject(value) && typeof value.run === 'string' && Object.keys(value).length === 1) {
    reading.mentions.push({
      ...owner,
      of: 'runbook',
      name: value.run,
      path: joinPath(path, 'run'),
      place: 'step.on_fail',
    });
    return { do: 'run', runbook: value.run };
  }
  addFault(reading, { rule: 'wrong-type', path, message: '`on_fail` is halt, continue, rollback or {run: id}.' });
  return { do: 'halt' };
}

function readUndo(reading: Reading, value: Json | undefined, path: string, owner: Owner): Undo {
  if (value === undefined) return { do: 'default' };
  if (value === 'none' || value === 'keep') return { do: value };
  if (!isObject(value)) {
    addFault(reading, {
      rule: 'wrong-type',
      path,
      message: '`undo` is none, keep or a body.',
      fix: 'Write `undo: none`, `undo: keep` or `undo: { task: … }`.',
    });
    return { do: 'default' };
  }
  const body = readOwnBody(reading, value, path, 'undo', { ...owner, option: 'undo' });
  return { do: 'body', body, ...optional('owner', body.owner) };
}
