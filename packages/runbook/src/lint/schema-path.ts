/** Following a path through the schema of a scope. */
import type { Json, JsonSchema } from '../definition.ts';
import { isObject } from '../parse/reading.ts';

export type Resolution =
  /** `schema` is `{}` where the schema leaves it open. */
  | { readonly found: true; readonly schema: JsonSchema }
  /** `path[at]` does not exist; `names` are the ones that do. */
  | { readonly found: false; readonly at: number; readonly names: readonly string[]; readonly secret: boolean };

const OPEN: JsonSchema = {};
const SIMPLE = new Set(['string', 'boolean', 'number', 'integer']);

export function resolvePath(scope: JsonSchema, path: readonly string[]): Resolution {
  let schema: Json = scope;
  for (const [at, name] of path.entries()) {
    const next: Json | 'none' | undefined = memberOf(schema, name);
    if (next === 'none') {
      const properties = isObject(schema) && isObject(schema.properties) ? Object.keys(schema.properties) : [];
      return { found: false, at, names: properties, secret: isObject(schema) && schema['x-secret'] === true };
    }
    if (next === undefined) return { found: true, schema: OPEN };
    schema = next;
  }
  return { found: true, schema: isObject(schema) ? schema : OPEN };
}

/** The member's schema, `none` when there is no such member, undefined when anything may be there. */
function memberOf(schema: Json, name: string): Json | 'none' | undefined {
  if (!isObject(schema)) return undefined;
  if (schema['x-secret'] === true || SIMPLE.has(String(schema.type))) return 'none';
  const { properties, additionalProperties } = schema;
  if (isObject(properties)) {
    if (Object.hasOwn(properties, name)) return properties[name];
    if (additionalProperties === undefined || additionalProperties === false) return 'none';
  }
  return isObject(additionalProperties) ? additionalProperties : undefined;
}

const DEPTH_MAX = 20;

/** True when a value of this schema is a secret or holds one. */
export function holdsSecret(schema: Json | undefined, depth = 0): boolean {
  if (!isObject(schema) || depth > DEPTH_MAX) return false;
  if (isSecretSchema(schema)) return true;
  const { properties, items, additionalProperties } = schema;
  const members = isObject(properties) ? Object.values(properties) : [];
  return [...members, items, additionalProperties].some((member) => holdsSecret(member, depth + 1));
}

export const isSecretSchema = (schema: JsonSchema): boolean => schema['x-secret'] === true;
