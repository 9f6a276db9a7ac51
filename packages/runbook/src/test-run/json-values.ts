/** Small work on JSON values: patches, secrets, members at a path. */
import type { Json, JsonObject, JsonSchema } from '../definition.ts';
import { isObject } from '../parse/reading.ts';

/** JSON Merge Patch (RFC 7396): maps are merged, null removes, anything else replaces. */
export function mergePatch(base: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const before = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? mergePatch(isObject(before) ? before : {}, value) : value;
  }
  return merged;
}

/** Every text the schema marks `x-secret` becomes a reference, as it is in a run. */
export function sealTexts(value: Json, schema: Json | undefined, label: string): Json {
  if (!isObject(schema)) return value;
  if (schema['x-secret'] === true) return typeof value === 'string' ? secretAt(label) : value;
  if (Array.isArray(value)) return value.map((item, index) => sealTexts(item, schema.items, `${label}[${index}]`));
  if (!isObject(value)) return value;
  const properties = isObject(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, sealTexts(member, properties[name], `${label}.${name}`)]),
  );
}

export const secretAt = (label: string): JsonObject => ({ $secret: `test:${label}` });

/** Names and list positions from a value to one inside it. */
export type Slot = readonly (string | number)[];

export function memberAt(value: Json | undefined, slot: Slot): Json | undefined {
  let at = value;
  for (const name of slot) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name) as Json;
  }
  return at;
}

/** A copy with one member replaced; maps and lists on the way are made. */
export function withMember(value: Json | undefined, [name, ...rest]: Slot, member: Json): Json {
  if (name === undefined) return member;
  if (typeof name === 'number') {
    const list: Json[] = Array.isArray(value) ? [...value] : [];
    list[name] = withMember(list[name], rest, member);
    return list;
  }
  const map = isObject(value) ? value : {};
  return { ...map, [name]: withMember(map[name], rest, member) };
}

/** The schema of a member; `{}` where none is declared. */
export function schemaAt(schema: Json | undefined, slot: Slot): JsonSchema {
  let at = schema;
  for (const name of slot) {
    if (!isObject(at)) return {};
    const properties = isObject(at.properties) ? at.properties : {};
    at =
      typeof name === 'number'
        ? at.items
        : Object.hasOwn(properties, name)
          ? properties[name]
          : at.additionalProperties;
  }
  return isObject(at) ? at : {};
}
