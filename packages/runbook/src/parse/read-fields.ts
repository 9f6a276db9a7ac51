/** Checks one map of a runbook against its table and notes what stands in it. */
import type { Json, JsonObject } from '../definition.ts';
import { nearest } from '../expr/suggest.ts';
import { misfit } from './field-types.ts';
import { type Field, kindsWith, type Table } from './grammar.ts';
import { joinPath } from './positions.ts';
import { addFault, addTexts, asArray, isObject, type Mention, type Owner, type Reading } from './reading.ts';

/**
 * The members of the map that fit the table; the rest is reported. `what` names the map in messages and,
 * unless `placeOf` says otherwise, is the first half of the place of its sites: `phase` -> `phase.if`.
 */
export function readFields(
  reading: Reading,
  value: Json | undefined,
  path: string,
  table: Table,
  what: string,
  owner: Owner = {},
  placeOf: (key: string) => string = (key) => `${what}.${key}`,
): JsonObject {
  if (!isObject(value)) {
    addFault(reading, { rule: 'wrong-type', path, message: `${capital(what)} must be a map.` });
    return {};
  }
  reportUnknown(reading, value, path, table, what);
  const kept: [string, Json][] = [];
  for (const [key, field] of Object.entries(table)) {
    const at = joinPath(path, key);
    if (!Object.hasOwn(value, key)) {
      if (field.required) addFault(reading, { ...missing(key, what), path: at });
      continue;
    }
    const member = value[key] ?? null;
    const fault = misfit(member, key, field);
    if (fault !== undefined) {
      addFault(reading, { ...fault, path: at });
      continue;
    }
    kept.push([key, member]);
    note(reading, member, at, field, placeOf(key), owner);
  }
  return Object.fromEntries(kept);
}

const missing = (key: string, what: string): { rule: string; message: string; fix: string; key: true } => ({
  rule: key === 'expect' ? 'check-without-expect' : 'missing-key',
  message:
    key === 'expect'
      ? `A ${what} without \`expect\` would pass whatever it finds.`
      : `${capital(what)} lacks \`${key}\`.`,
  fix: key === 'expect' ? 'Say what must be true of `output`.' : `Add \`${key}:\`.`,
  key: true,
});

function reportUnknown(reading: Reading, value: JsonObject, path: string, table: Table, what: string): void {
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(table, key)) continue;
    const near = nearest(key, Object.keys(table));
    const kinds = what === 'step' || Object.hasOwn(table, 'instructions') ? kindsWith(key) : [];
    const fix =
      near !== undefined
        ? `Did you mean \`${near}\`?`
        : kinds.length > 0
          ? `\`${key}\` belongs to ${kinds.map((kind) => `\`${kind}\``).join(', ')}.`
          : unquotedHint(key, value[key]);
    addFault(reading, {
      rule: 'unknown-key',
      path: joinPath(path, key),
      message: `${capital(what)} has no key \`${key.slice(0, 60)}\`.`,
      fix,
      key: true,
    });
  }
}

const unquotedHint = (key: string, value: Json | undefined): string =>
  /[()]/.test(key) || value === null
    ? 'Put quotes around the text before: inside { } a comma ends a value. `runbook lint --fix` does it.'
    : 'Remove it.';

/** Notes the expressions, texts, times and names of a member for the linter. */
function note(reading: Reading, value: Json, path: string, field: Field, place: string, owner: Owner): void {
  const name = (of: Mention['of'], at: string, text: Json): void => {
    reading.mentions.push({ ...owner, of, name: String(text), path: at, place });
  };
  const names = (of: Mention['of']): void => {
    if (typeof value === 'string') name(of, path, value);
    for (const [index, item] of asArray(value).entries()) name(of, joinPath(path, index), item);
  };
  switch (field.type) {
    case 'cel':
      reading.sites.push({ ...owner, notation: 'cel', source: String(value), path, place });
      break;
    case 'gates':
      for (const [label, expression] of Object.entries(value as JsonObject)) {
        reading.sites.push({
          ...owner,
          notation: 'cel',
          source: String(expression),
          path: joinPath(path, label),
          place,
        });
      }
      break;
    case 'text':
    case 'value':
    case 'with':
    case 'texts':
    case 'range_text':
      addTexts(reading, value, path, place, owner);
      break;
    case 'time':
      reading.sites.push({ ...owner, notation: 'time', source: String(value), path, place });
      break;
    case 'role':
    case 'role_names':
      names('role');
      break;
    case 'roles':
      if (typeof value === 'string') names('role');
      else
        for (const [mode, list] of Object.entries(value as JsonObject))
          for (const [index, item] of asArray(list).entries())
            name('role', joinPath(joinPath(path, mode), index), item);
      break;
    case 'step_ids':
      names('step');
      break;
    case 'phase_id':
    case 'phase_ids':
      names('phase');
      break;
    case 'artifacts':
      names('artifact');
      break;
    case 'runbook_id':
      names('runbook');
      break;
    default:
      break;
  }
}

const capital = (what: string): string => `${/^[aeiou]/.test(what) ? 'An' : 'A'} ${what.replace(/_/g, '-')}`;
