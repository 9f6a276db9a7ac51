import type { JsonObject, JsonSchema } from '@tenantry/runbook';
import { Secret } from '../../connectors/kit/index.ts';
import { sealSecret, type VaultCtx } from '../../vault/index.ts';

export interface IntakeOwner {
  readonly schema: JsonSchema;
  readonly runId: string;
  readonly tenantId: string | null;
}

/**
 * Replaces every text the schema marks `x-secret` by a vault reference, so that no run ever holds a secret of its
 * intake (INT-22). What is a reference already stays.
 */
export async function sealIntake(
  ctx: VaultCtx,
  intake: JsonObject,
  { schema, runId, tenantId }: IntakeOwner,
): Promise<JsonObject> {
  const seal = async (path: string, text: string): Promise<JsonObject> => {
    const owner = { kind: 'run', id: runId } as const;
    const { ref } = await sealSecret(ctx, { tenantId, label: `intake ${path}`, secret: new Secret(text), owner });
    return { ...ref };
  };
  return (await sealValue(intake, schema, '', seal)) as JsonObject;
}

type Seal = (path: string, text: string) => Promise<JsonObject>;

async function sealValue(value: unknown, schema: unknown, path: string, seal: Seal): Promise<unknown> {
  if (!isObject(schema)) return value;
  if (schema['x-secret'] === true && typeof value === 'string') return seal(path, value);
  if (Array.isArray(value)) {
    const sealed: unknown[] = [];
    for (const [index, item] of value.entries())
      sealed.push(await sealValue(item, schema.items, `${path}[${index}]`, seal));
    return sealed;
  }
  if (!isObject(value)) return value;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const sealed: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    sealed[name] = Object.hasOwn(properties, name) ? await sealValue(member, properties[name], at, seal) : member;
  }
  return sealed;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
