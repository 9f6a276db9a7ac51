/**
 * Values of a JSON Schema's shape, always the same for the same schema: what an action is taken to have answered where
 * a fixture says nothing. Required members only; a secret is a reference.
 */
import type { Json, JsonObject, JsonSchema } from '../definition.ts';
import { isObject } from '../parse/reading.ts';
import { secretAt } from './json-values.ts';

const DEPTH_MAX = 12;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-05T09:00:00Z',
  date: '2026-01-05',
  time: '09:00:00Z',
  duration: 'PT1H',
  email: 'someone@example.com',
  hostname: 'host.example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000001',
  timezone: 'Europe/Lisbon',
  language: 'en',
  country: 'PT',
  phone: '+351 210 000 000',
};

/** Tried where a text has to fit a pattern. */
const TEXTS = ['example', 'Example 1', '1', '1.0', '1.0.0', 'A1', 'a'.repeat(64), ...Object.values(FORMATS)];

/** `given` is preferred for members of the same name that fit: most answers repeat what they were asked for. */
export function exampleOf(schema: JsonSchema, label: string, given: JsonObject = {}): Json {
  const made = make(schema, { root: schema, label, depth: 0 });
  if (!isObject(made) || !isObject(schema.properties)) return made;
  const { properties } = schema;
  const repeated = Object.entries(made).map(([name, member]) => {
    const asked = given[name];
    return [name, asked !== undefined && fitsRoughly(asked, properties[name]) ? asked : member] as const;
  });
  return Object.fromEntries(repeated);
}

/** By its kind and its choices; patterns and bounds are not looked at. */
export function fitsRoughly(value: Json, schema: Json | undefined): boolean {
  if (!isObject(schema)) return true;
  if (schema['x-secret'] === true) return isObject(value);
  if (schema.const !== undefined) return value === schema.const;
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return branches.some((branch) => fitsRoughly(value, branch));
  const types = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];
  return (
    types.length === 0 ||
    types.some((type) => type === kindOf(value) || (type === 'integer' && Number.isInteger(value)))
  );
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

interface Place {
  readonly root: JsonSchema;
  readonly label: string;
  readonly depth: number;
}

function make(schema: Json | undefined, place: Place): Json {
  if (!isObject(schema) || place.depth > DEPTH_MAX) return {};
  if (schema['x-secret'] === true) return secretAt(place.label);
  const written = [schema.const, schema.default, ...listOf(schema.examples), ...listOf(schema.enum)];
  const first = written.find((value) => value !== undefined);
  if (first !== undefined) return first;
  if (typeof schema.$ref === 'string') return make(resolve(schema.$ref, place.root), deeper(place));
  const branch = listOf(schema.anyOf)[0] ?? listOf(schema.oneOf)[0];
  if (branch !== undefined) return make(branch, deeper(place));
  const parts = listOf(schema.allOf).map((part) => make(part, deeper(place)));
  const own = ofType(schema, place);
  return parts.length > 0 && isObject(own) ? Object.assign({}, ...parts.filter(isObject), own) : own;
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const deeper = (place: Place, name?: string): Place => ({
  ...place,
  depth: place.depth + 1,
  label: name === undefined ? place.label : `${place.label}.${name}`,
});

function resolve(reference: string, root: JsonSchema): Json | undefined {
  const names = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return names.reduce<Json | undefined>((at, name) => (isObject(at) ? at[name] : undefined), root);
}

function ofType(schema: JsonObject, place: Place): Json {
  const type = listOf(schema.type)[0] ?? schema.type;
  switch (type) {
    case 'boolean':
      return true;
    case 'number':
    case 'integer':
      return numberFor(schema);
    case 'string':
      return textFor(schema);
    case 'array':
      return listFor(schema, place);
    case 'null':
      return null;
    default:
      return mapFor(schema, place);
  }
}

/** 1 where it may be; else the nearest bound. */
function numberFor({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonObject): number {
  const step = typeof multipleOf === 'number' ? multipleOf : 1;
  let value = step;
  if (typeof maximum === 'number' && value > maximum) value = maximum;
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) value = exclusiveMaximum - step;
  if (typeof minimum === 'number' && value < minimum) value = Math.ceil(minimum / step) * step;
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) value = exclusiveMinimum + step;
  return value;
}

function textFor({ format, pattern, minLength, maxLength }: JsonObject): string {
  const preferred = typeof format === 'string' ? FORMATS[format] : undefined;
  const fits = (text: string): boolean => typeof pattern !== 'string' || matches(text, pattern);
  const text = [...(preferred === undefined ? [] : [preferred]), ...TEXTS].find(fits) ?? preferred ?? 'example';
  const longer = typeof minLength === 'number' ? text.padEnd(minLength, 'x') : text;
  return typeof maxLength === 'number' ? longer.slice(0, maxLength) : longer;
}

function matches(text: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}

function listFor({ items, minItems, prefixItems }: JsonObject, place: Place): Json {
  const fixed = listOf(prefixItems).map((item) => make(item, deeper(place)));
  const count = Math.max(0, (typeof minItems === 'number' ? minItems : 0) - fixed.length);
  return [...fixed, ...Array.from({ length: count }, () => make(items, deeper(place)))];
}

function mapFor({ properties, required }: JsonObject, place: Place): JsonObject {
  const members = isObject(properties) ? properties : {};
  const names = listOf(required).filter((name) => typeof name === 'string');
  return Object.fromEntries(names.map((name) => [name, make(members[name], deeper(place, name))]));
}
