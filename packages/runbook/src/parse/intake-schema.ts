/** JSON Schema 2020-12 for intake, closed where the author did not say otherwise. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule, { type FormatsPlugin } from 'ajv-formats';
import type { Json, JsonObject, JsonSchema } from '../definition.ts';
import { isObject } from './reading.ts';

// Both are CommonJS; only the named export of ajv survives interop, ajv-formats hangs its plugin on `default`.
const addFormats = addFormatsModule as unknown as FormatsPlugin;

const DEPTH_MAX = 64;

/** Whether a constructor of `Intl` takes the text. */
const intlTakes = (use: () => unknown): boolean => {
  try {
    use();
    return true;
  } catch {
    return false;
  }
};

/** Formats of the intake that JSON Schema does not have: IANA zones, BCP 47 languages, ISO 3166-1 countries, phone numbers. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  timezone: (text) => /^[A-Za-z]/.test(text) && intlTakes(() => new Intl.DateTimeFormat('en', { timeZone: text })),
  language: (text) => intlTakes(() => Intl.getCanonicalLocales(text)),
  country: (text) =>
    /^[A-Z]{2}$/.test(text) &&
    new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }).of(text) !== undefined,
  phone: (text) => /^\+?[0-9][0-9 ().-]{5,24}$/.test(text),
};

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    useDefaults: true,
    logger: false,
    ownProperties: true,
    validateFormats: true,
  });
  addFormats(ajv);
  for (const [name, accepts] of Object.entries(FORMATS)) ajv.addFormat(name, accepts);
  ajv.addFormat('file', true);
  ajv.addKeyword('x-secret');
  return ajv;
}

/** Why a schema cannot be used, or undefined. */
export function schemaFault(schema: JsonSchema): string | undefined {
  try {
    compileSchema(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const compiled = {
  plain: new WeakMap<JsonSchema, ValidateFunction>(),
  sealed: new WeakMap<JsonSchema, ValidateFunction>(),
};

/**
 * The validator of a schema; writes defaults into what it validates. `sealed` also takes a sealed secret where the
 * schema has `x-secret`: for intake that the system hands to itself.
 */
export function compileSchema(schema: JsonSchema, secrets: 'plain' | 'sealed' = 'plain'): ValidateFunction {
  const known = compiled[secrets].get(schema);
  if (known !== undefined) return known;
  const validate = createAjv().compile(closed(schema, secrets, 0));
  compiled[secrets].set(schema, validate);
  return validate;
}

const SEALED: JsonSchema = {
  type: 'object',
  anyOf: [{ required: ['$secret'] }, { required: ['$secretTemplate'] }],
  maxProperties: 1,
};

const OPENERS = [
  'additionalProperties',
  'unevaluatedProperties',
  'patternProperties',
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
];

/** Objects that list their properties take no others, unless the schema says so. */
function closed(schema: Json, secrets: 'plain' | 'sealed', depth: number): JsonObject {
  if (depth > DEPTH_MAX) throw new Error(`nested deeper than ${DEPTH_MAX} levels`);
  if (!isObject(schema)) return schema as unknown as JsonObject;
  const members = Object.entries(schema).map(
    ([key, value]) => [key, closedMember(key, value, secrets, depth)] as const,
  );
  const isOpen = !isObject(schema.properties) || OPENERS.some((key) => Object.hasOwn(schema, key));
  const copy = Object.fromEntries(isOpen ? members : [...members, ['additionalProperties', false] as const]);
  if (secrets === 'plain' || schema['x-secret'] !== true) return copy;
  return { if: SEALED, else: copy };
}

function closedMember(key: string, value: Json, secrets: 'plain' | 'sealed', depth: number): Json {
  if (key !== 'properties' && key !== '$defs') return key === 'items' ? closed(value, secrets, depth + 1) : value;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member, secrets, depth + 1)]));
}

export type { ErrorObject };
