/**
 * Two kinds of value that stand in a scope or a rendered value in place of plain data: a secret (only its
 * vault reference is here, never its content) and a value that is known only after apply.
 */
import type { Json } from '../definition.ts';

/** A sealed secret: `vault:<id>`. */
export type SecretReference = { readonly $secret: string };
/** Text with secrets in it; only a connector puts it together. */
export type SecretTemplate = { readonly $secretTemplate: readonly (string | SecretReference)[] };
/** `text` is there when known text stands around it: `tenant-(known after apply)`. */
export type UnknownValue = { readonly $unknown: string; readonly text?: string };

/** What stands in a text for a value that is known only after apply. */
export const KNOWN_AFTER_APPLY = '(known after apply)';

const ownString = (value: unknown, key: string): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.hasOwn(value, key) &&
  typeof Reflect.get(value, key) === 'string';

export const isSecretReference = (value: unknown): value is SecretReference => ownString(value, '$secret');

export const isSecretTemplate = (value: unknown): value is SecretTemplate =>
  typeof value === 'object' &&
  value !== null &&
  Object.hasOwn(value, '$secretTemplate') &&
  Array.isArray(Reflect.get(value, '$secretTemplate'));

export const isUnknown = (value: unknown): value is UnknownValue => ownString(value, '$unknown');

/** The marker for a value that only apply can tell, named by its path. */
export const unknownValue = (path: string): UnknownValue => ({ $unknown: path });

/** The first unknown anywhere inside a rendered value. */
export function findUnknown(value: Json | undefined): UnknownValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isUnknown(value)) return value;
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const found = findUnknown(member);
    if (found !== undefined) return found;
  }
  return undefined;
}

const RESERVED_KEYS: ReadonlySet<string> = new Set(['$secret', '$secretTemplate', '$unknown']);

/**
 * The ways to keys that only this system may write. Data from outside that carries one would pass for a sealed
 * secret of whatever vault entry it names, so whoever lets data in refuses it.
 */
export function reservedKeysIn(
  value: Json | undefined,
  at: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [];
  const members: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return members.flatMap(([key, member]) =>
    RESERVED_KEYS.has(String(key)) ? [[...at, key]] : reservedKeysIn(member, [...at, key]),
  );
}
