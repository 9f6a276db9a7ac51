/** Small readers for members that passed their table. */
import type { BodyKeys, EscalationRung, Gate, Json, JsonObject, Owners } from '../definition.ts';
import { BODY_KEYS, RUNG_TABLE } from './grammar.ts';
import { joinPath } from './positions.ts';
import { readFields } from './read-fields.ts';
import { asArray, isObject, type Owner, type Reading } from './reading.ts';

export const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** An expression; YAML's own true and false are expressions too. */
export const celOf = (value: Json | undefined): string | undefined =>
  value === undefined || value === null ? undefined : String(value);

export const textsOf = (value: Json | undefined): readonly string[] =>
  asArray(value).filter((item) => typeof item === 'string');

export const mapOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export const numberOf = (value: Json | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** `{ key: value }`, or nothing where the value is undefined: optional keys stay absent. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [name in Key]?: Value });
}

export function ownersOf(value: Json | undefined): Owners | undefined {
  if (typeof value === 'string') return { mode: 'any', roles: [value] };
  if (!isObject(value)) return undefined;
  const mode = Object.hasOwn(value, 'all') ? 'all' : 'any';
  return { mode, roles: textsOf(value[mode]) };
}

export const gatesOf = (value: Json | undefined): readonly Gate[] =>
  Object.entries(mapOf(value)).map(([label, expression]) => ({ label, expression: String(expression) }));

export function readRungs(
  reading: Reading,
  value: Json | undefined,
  path: string,
  owner: Owner,
): readonly EscalationRung[] {
  return asArray(value).flatMap((item, index) => {
    const fields = readFields(reading, item, joinPath(path, index), RUNG_TABLE, 'escalation', owner);
    const after = textOf(fields.after);
    const to = textOf(fields.to);
    return after === undefined || to === undefined ? [] : [{ after, to }];
  });
}

/** The keys an option or an undo body has for itself. */
export function bodyKeysOf(fields: JsonObject): BodyKeys {
  const texts = BODY_KEYS.filter((key) => key !== 'owner').map((key) => [key, textOf(fields[key])] as const);
  return {
    ...optional('owner', ownersOf(fields.owner)),
    ...Object.fromEntries(texts.filter(([, value]) => value !== undefined)),
  };
}
