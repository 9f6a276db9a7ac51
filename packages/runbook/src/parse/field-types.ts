/** What a value of each field type must look like, in the words of the author. */
import type { Json } from '../definition.ts';
import { ExpressionError, parseDuration, parseRange, parseTime } from '../expr/index.ts';
import type { Field, FieldType } from './grammar.ts';
import { isObject } from './reading.ts';

export const ID = /^[a-z][a-z0-9_]*$/;
export const FILE_ID = /^[a-z][a-z0-9-]*$/;
const RESERVED_IDS = new Set(['in', 'true', 'false', 'null']);

export interface Misfit {
  readonly rule: string;
  readonly message: string;
  readonly fix?: string;
}

const wrong = (message: string, fix?: string): Misfit => ({
  rule: 'wrong-type',
  message,
  ...(fix === undefined ? {} : { fix }),
});
const isText = (value: Json): value is string => typeof value === 'string';
const isTextList = (value: Json): boolean => Array.isArray(value) && value.every(isText);

/** Undefined when the value fits. */
export function misfit(value: Json, key: string, field: Field): Misfit | undefined {
  const found = CHECKS[field.type](value, key);
  if (found !== undefined || field.values === undefined || field.values.includes(String(value))) return found;
  return wrong(`\`${key}\` is one of ${field.values.join(', ')}, not \`${shorten(value)}\`.`);
}

const text = (value: Json, key: string): Misfit | undefined =>
  isText(value) ? undefined : wrong(`\`${key}\` must be text.`, quoteFix(value));
const list = (value: Json, key: string): Misfit | undefined =>
  Array.isArray(value) ? undefined : wrong(`\`${key}\` must be a list.`);
const map = (value: Json, key: string): Misfit | undefined =>
  isObject(value) ? undefined : wrong(`\`${key}\` must be a map.`);
const textList = (value: Json, key: string): Misfit | undefined =>
  isTextList(value)
    ? undefined
    : wrong(`\`${key}\` must be a list of names.`, isText(value) ? `Write \`[${value}]\`.` : undefined);
const textMap = (value: Json, key: string): Misfit | undefined =>
  isObject(value) && Object.values(value).every((member) => isText(member))
    ? undefined
    : wrong(`\`${key}\` must be a map of texts.`, 'Put quotes around numbers and true or false.');
const whatever = (): undefined => undefined;

const CHECKS: Readonly<Record<FieldType, (value: Json, key: string) => Misfit | undefined>> = {
  id: (value, key) => (isText(value) ? misfitId(value) : text(value, key)),
  ids: textList,
  file_id: (value, key) => {
    if (!isText(value)) return text(value, key);
    if (FILE_ID.test(value)) return undefined;
    return {
      rule: 'bad-id',
      message: `\`${value}\` is not a file-name id.`,
      fix: 'Use a-z, 0-9 and hyphens, starting with a letter.',
    };
  },
  version: (value) =>
    isText(value)
      ? undefined
      : { rule: 'version-not-text', message: '`version` must be text.', fix: 'Put quotes around it, such as "1.0".' },
  string: text,
  strings: textList,
  text,
  value: whatever,
  with: map,
  texts: textMap,
  cel: (value, key) => {
    if (isText(value)) return undefined;
    if (typeof value === 'boolean') return undefined;
    return wrong(`\`${key}\` must be an expression.`, 'Quote it if YAML reads it as something else.');
  },
  gates: (value, key) =>
    isObject(value) && Object.values(value).every(isText)
      ? undefined
      : wrong(`\`${key}\` must be a map of label: expression.`),
  duration: (value, key) => readable(value, key, 'bad-duration', parseDuration),
  range: (value, key) => readable(value, key, 'bad-duration', parseRange),
  range_text: (value, key) =>
    isText(value) && value.includes('${{') ? undefined : readable(value, key, 'bad-duration', parseRange),
  time: (value, key) => readable(value, key, 'bad-time', parseTime),
  bool: (value, key) => (typeof value === 'boolean' ? undefined : wrong(`\`${key}\` must be true or false.`)),
  count: (value, key) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1000
      ? undefined
      : wrong(`\`${key}\` must be a whole number from 1 to 1000.`),
  factor: (value, key) =>
    typeof value === 'number' && value >= 1 && value <= 100
      ? undefined
      : wrong(`\`${key}\` must be a number from 1 to 100.`),
  role: text,
  role_names: textList,
  roles: (value, key) => {
    if (isText(value)) return undefined;
    const members = isObject(value) ? Object.entries(value) : [];
    const [mode, names] = members[0] ?? ['', null];
    if (
      members.length === 1 &&
      (mode === 'any' || mode === 'all') &&
      isTextList(names) &&
      (names as readonly Json[]).length > 0
    )
      return undefined;
    return wrong(`\`${key}\` is a role, { any: [a, b] } or { all: [a, b] }.`);
  },
  step_ids: textList,
  phase_id: text,
  phase_ids: textList,
  runbook_id: text,
  artifact: (value, key) => (isText(value) ? misfitId(value) : text(value, key)),
  artifacts: textList,
  map,
  list,
  any: whatever,
};

/** Faults of an id's form. */
export function misfitId(value: string): Misfit | undefined {
  if (RESERVED_IDS.has(value))
    return { rule: 'bad-id', message: `\`${value}\` is a word of the expression language.`, fix: 'Choose another id.' };
  if (ID.test(value)) return undefined;
  const fixed = value
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^[^a-z]+/, '');
  return {
    rule: 'bad-id',
    message: `\`${value.slice(0, 60)}\` is not an id: a-z, 0-9 and _ only, starting with a letter${value.includes('-') ? ' (`a-b` would be a subtraction)' : ''}.`,
    ...(ID.test(fixed) ? { fix: `Write \`${fixed.slice(0, 60)}\`.` } : {}),
  };
}

function readable(value: Json, key: string, rule: string, parse: (text: string) => unknown): Misfit | undefined {
  if (!isText(value))
    return {
      ...wrong(`\`${key}\` must be text such as \`${rule === 'bad-time' ? 'go_live - 1d 09:00' : '4h'}\`.`),
      rule,
    };
  try {
    parse(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { rule, message: error.message, ...(error.next === undefined ? {} : { fix: error.next }) };
  }
}

const quoteFix = (value: Json): string | undefined =>
  typeof value === 'number' || typeof value === 'boolean' ? `Quote it: "${value}".` : undefined;

const shorten = (value: Json): string => (isText(value) ? value : JSON.stringify(value)).slice(0, 60);
