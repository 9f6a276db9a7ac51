/** The body of a step: exactly one of the nine kinds. */
import type { Body, BodyKeys, ChooseBody, Json, JsonObject } from '../definition.ts';
import { nearest } from '../expr/suggest.ts';
import { misfitId } from './field-types.ts';
import {
  APPROVE_TABLE,
  BODY_KEYS,
  CHOOSE_TABLE,
  KIND_TABLES,
  KINDS,
  type Kind,
  SIGN_OFF_TABLE,
  STEP_TABLE,
  type Table,
  WAIT_TABLE,
} from './grammar.ts';
import { joinPath } from './positions.ts';
import { readFields } from './read-fields.ts';
import { readTask } from './read-task.ts';
import { bodyKeysOf, celOf, mapOf, numberOf, optional, textOf, textsOf } from './read-values.ts';
import { readVerification } from './read-verification.ts';
import { addFault, addMention, entriesOf, isObject, type OutputOf, type Owner, type Reading } from './reading.ts';

/** Stands in for a body that could not be read, so that the rest of the file can still be checked. */
export const unreadableBody: Body = { kind: 'task', text: '', checklist: [], form: {}, shows: {} };

const BODY_TABLE: Table = Object.fromEntries(BODY_KEYS.map((key) => [key, STEP_TABLE[key]])) as Table;

/** Its kind; reports none or more than one. */
export function kindOf(reading: Reading, value: JsonObject, path: string, what: string): Kind | undefined {
  const kinds = KINDS.filter((kind) => Object.hasOwn(value, kind));
  if (kinds.length === 1) return kinds[0];
  const near = Object.keys(value)
    .map((key) => nearest(key, KINDS))
    .find((kind) => kind !== undefined);
  addFault(reading, {
    rule: 'one-kind',
    path: kinds[1] === undefined ? path : joinPath(path, kinds[1]),
    ...(kinds[1] === undefined ? {} : { key: true }),
    message:
      kinds.length === 0
        ? `This ${what} does nothing: it has none of ${KINDS.join(', ')}.`
        : `This ${what} has two kinds: ${kinds.join(' and ')}.`,
    fix:
      kinds.length > 1 ? 'Make two of it.' : near === undefined ? 'Give it exactly one.' : `Did you mean \`${near}\`?`,
  });
  return undefined;
}

/** What `output` is for the expressions of a body. */
export function outputOf(kind: Kind, value: JsonObject): OutputOf | undefined {
  if (kind === 'uses') return { kind: 'action', name: String(value.uses) };
  if (kind === 'check') return { kind: 'check', name: String(value.check) };
  if (kind === 'wait' && isObject(value.wait)) return { kind: 'event', name: String(value.wait.event) };
  return undefined;
}

/** The keys that belong to the kind, as read by the step's table, made into its body. */
export function readBody(reading: Reading, kind: Kind, fields: JsonObject, path: string, owner: Owner): Body {
  switch (kind) {
    case 'uses':
      addMention(reading, 'action', fields.uses, joinPath(path, 'uses'), owner);
      return {
        kind,
        action: textOf(fields.uses) ?? '',
        with: mapOf(fields.with),
        ...optional('expect', celOf(fields.expect)),
        manual: fields.manual === 'allowed' || fields.manual === 'only' ? fields.manual : 'never',
        temporary: fields.temporary === true,
        irreversible: fields.irreversible === true,
        ...optional('confirm', textOf(fields.confirm)),
      };
    case 'check':
      addMention(reading, 'check', fields.check, joinPath(path, 'check'), owner);
      return {
        kind,
        probe: textOf(fields.check) ?? '',
        with: mapOf(fields.with),
        expect: celOf(fields.expect) ?? 'true',
        ...optional('within', textOf(fields.within)),
        ...optional('hold', textOf(fields.hold)),
        ...optional('every', textOf(fields.every)),
      };
    case 'task':
      return readTask(reading, fields, path, owner);
    case 'approve':
    case 'sign_off':
      return readYes(reading, kind, fields, path, owner);
    case 'wait': {
      const wait = readFields(reading, fields.wait, joinPath(path, 'wait'), WAIT_TABLE, 'wait', owner);
      addMention(reading, 'event', wait.event, joinPath(joinPath(path, 'wait'), 'event'), owner);
      return {
        kind,
        event: textOf(wait.event) ?? '',
        ...optional('where', celOf(wait.where)),
        count: numberOf(wait.count) ?? 1,
      };
    }
    case 'document':
      return {
        kind,
        template: textOf(fields.document) ?? '',
        with: mapOf(fields.with),
        format: formatOf(fields),
        ...optional('name', textOf(fields.name)),
      };
    case 'choose':
      return readChoose(reading, fields, path, owner);
    case 'run':
      return { kind, runbook: textOf(fields.run) ?? '', with: mapOf(fields.with) };
  }
}

const FORMATS = ['md', 'html', 'pdf', 'json', 'yaml'] as const;

/** As written, else by the template's own ending: `x.json` gives JSON. */
function formatOf(fields: JsonObject): (typeof FORMATS)[number] {
  const ending = (textOf(fields.document) ?? '').split('.').at(-1);
  return FORMATS.find((format) => format === fields.format) ?? FORMATS.find((format) => format === ending) ?? 'md';
}

function readYes(reading: Reading, kind: 'approve' | 'sign_off', fields: JsonObject, path: string, owner: Owner): Body {
  const at = joinPath(path, kind);
  const yes = readFields(reading, fields[kind], at, kind === 'approve' ? APPROVE_TABLE : SIGN_OFF_TABLE, kind, owner);
  const by = textsOf(yes.by);
  const need = numberOf(yes.need);
  const of = textsOf(yes.of);
  for (const [index, name] of of.entries())
    addMention(reading, 'bound', name, joinPath(joinPath(at, 'of'), index), owner);
  const common = { by, of, ...optional('backTo', textOf(fields.back_to)) };
  if (kind === 'approve') return { kind, ...common, need: need ?? 1 };
  return { kind, ...common, need: need ?? by.length, statement: textOf(yes.statement) ?? '' };
}

function readChoose(reading: Reading, fields: JsonObject, path: string, owner: Owner): ChooseBody {
  const at = joinPath(path, 'choose');
  const choose = readFields(reading, fields.choose, at, CHOOSE_TABLE, 'choose', owner);
  const options: [string, Body & BodyKeys][] = [];
  for (const [id, value, optionPath] of entriesOf(choose.options, joinPath(at, 'options'))) {
    const fault = misfitId(id);
    if (fault !== undefined) addFault(reading, { ...fault, path: optionPath, key: true });
    const body = readOwnBody(reading, value, optionPath, 'option', { ...owner, option: id });
    options.push([id, fields.temporary === true && body.kind === 'uses' ? { ...body, temporary: true } : body]);
  }
  const recommended = textOf(choose.recommended) ?? '';
  if (choose.recommended !== undefined && !options.some(([id]) => id === recommended)) {
    const near = nearest(
      recommended,
      options.map(([id]) => id),
    );
    addFault(reading, {
      rule: 'unknown-option',
      path: joinPath(at, 'recommended'),
      message: `There is no option \`${recommended}\`.`,
      fix: near === undefined ? `Use one of ${options.map(([id]) => id).join(', ')}.` : `Did you mean \`${near}\`?`,
    });
  }
  const outputs = Object.entries(mapOf(fields.outputs)).flatMap(([name, type]) =>
    typeof type === 'string' ? [[name, type] as const] : [],
  );
  const verify = readVerification(reading, fields.verify, joinPath(path, 'verify'), owner);
  return {
    kind: 'choose',
    recommended,
    options: Object.fromEntries(options),
    outputs: Object.fromEntries(outputs),
    ...optional('verify', verify),
  };
}

/** A body with its own few keys: an option of `choose`, or an `undo`. */
export function readOwnBody(
  reading: Reading,
  value: Json,
  path: string,
  what: 'option' | 'undo',
  owner: Owner,
): Body & BodyKeys {
  if (!isObject(value)) {
    addFault(reading, { rule: 'wrong-type', path, message: `This ${what} must be a map with one kind of step in it.` });
    return unreadableBody;
  }
  const kind = kindOf(reading, value, path, what);
  if (kind === undefined) return unreadableBody;
  const output = outputOf(kind, value);
  const inner: Owner = { ...owner, ...(output === undefined ? {} : { outputOf: output }) };
  const table = { ...BODY_TABLE, ...KIND_TABLES[kind] };
  const fields = readFields(reading, value, path, table, kind, inner, (key) =>
    Object.hasOwn(BODY_TABLE, key) ? `step.${key}` : `${kind}.${key}`,
  );
  return { ...readBody(reading, kind, fields, path, inner), ...bodyKeysOf(fields) };
}
