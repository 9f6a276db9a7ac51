/** From JSON Schema to the type names of the expression checker. */
import { canonicalJson } from '@tenantry/contract';
import type { Json, JsonSchema } from '../definition.ts';

export const TIMESTAMP_TYPE = 'google.protobuf.Timestamp';
export const SECRET_TYPE = 'secret';

/** A string of the scope that expressions see as a point in time (`go_live`, `now`, `done_at`). */
export const timestampSchema: JsonSchema = { type: 'string', 'x-cel': 'timestamp' };

/** Registers a map type with known fields; called once for each different shape. */
export type RegisterFields = (name: string, fields: Readonly<Record<string, string>>) => void;

/** One set of types: shapes that are equal share a name, so a thousand like steps cost one type. */
export interface TypeNames {
  readonly byShape: Map<string, string>;
  readonly prefix: string;
}

const isSchema = (value: Json | undefined): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The kinds of a schema, also where only `enum` or `const` tells. */
function kindOf(schema: JsonSchema): string | undefined {
  if (typeof schema.type === 'string') return schema.type;
  if (schema.type !== undefined) return undefined;
  const samples = Array.isArray(schema.enum) ? schema.enum : 'const' in schema ? [schema.const] : [];
  const kinds = new Set(samples.map((sample) => typeof sample));
  if (kinds.size === 1) return [...kinds][0];
  return isSchema(schema.properties) ? 'object' : undefined;
}

/** The checker's type of a schema; `dyn` wherever the schema leaves it open. */
export function typeNameOf(schema: Json | undefined, names: TypeNames, register: RegisterFields): string {
  if (!isSchema(schema)) return 'dyn';
  if (schema['x-secret'] === true) return SECRET_TYPE;
  if (schema['x-cel'] === 'timestamp') return TIMESTAMP_TYPE;
  switch (kindOf(schema)) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
    case 'integer':
      return 'double';
    case 'array':
      return `list<${typeNameOf(schema.items, names, register)}>`;
    case 'object':
      return objectType(schema, names, register);
    default:
      return 'dyn';
  }
}

function objectType(schema: JsonSchema, names: TypeNames, register: RegisterFields): string {
  const properties = schema.properties;
  const open = schema.additionalProperties;
  if (!isSchema(properties)) {
    return isSchema(open) ? `map<string, ${typeNameOf(open, names, register)}>` : 'map<string, dyn>';
  }
  if (open !== undefined && open !== false) return 'map<string, dyn>';
  const fields: Record<string, string> = Object.create(null);
  for (const [key, member] of Object.entries(properties)) fields[key] = typeNameOf(member, names, register);
  const shape = canonicalJson(fields);
  const known = names.byShape.get(shape);
  if (known !== undefined) return known;
  const name = `${names.prefix}${names.byShape.size + 1}`;
  names.byShape.set(shape, name);
  register(name, fields);
  return name;
}

/** Back from a type name to a schema; shapes the checker made itself come back open. */
export function schemaOfType(type: string): JsonSchema {
  const list = /^list<(.+)>$/.exec(type);
  if (list?.[1] !== undefined) return { type: 'array', items: schemaOfType(list[1]) };
  const map = /^map<string, (.+)>$/.exec(type);
  if (map?.[1] !== undefined) return { type: 'object', additionalProperties: schemaOfType(map[1]) };
  switch (type) {
    case 'string':
      return { type: 'string' };
    case 'bool':
      return { type: 'boolean' };
    case 'double':
    case 'int':
      return { type: 'number' };
    case SECRET_TYPE:
      return { type: 'string', 'x-secret': true };
    case TIMESTAMP_TYPE:
      return timestampSchema;
    default:
      return {};
  }
}
