import type { JsonObject, JsonSchema } from '@tenantry/runbook';
import { Secret } from '../../connectors/kit/index.ts';

/**
 * Replaces every value the schema marks `x-secret` by what `seal` answers (a vault reference), so that no run
 * ever holds a secret of its intake (INT-22).
 */
export async function sealIntake(
  intake: JsonObject,
  schema: JsonSchema,
  seal: (path: string, secret: Secret) => Promise<JsonObject>,
): Promise<JsonObject> {
  return (await sealValue(intake, schema, '', seal)) as JsonObject;
}

async function sealValue(
  value: unknown,
  schema: unknown,
  path: string,
  seal: (path: string, secret: Secret) => Promise<JsonObject>,
): Promise<unknown> {
  if (!isObject(schema)) return value;
  if (schema['x-secret'] === true && typeof value === 'string') return seal(path, new Secret(value));
  if (Array.isArray(value))
    return Promise.all(value.map((item, index) => sealValue(item, schema['items'], `${path}[${index}]`, seal)));
  if (!isObject(value)) return value;
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const sealed: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    sealed[name] = Object.hasOwn(properties, name)
      ? await sealValue(member, properties[name], path === '' ? name : `${path}.${name}`, seal)
      : member;
  }
  return sealed;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
