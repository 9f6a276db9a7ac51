/** Secrets on their way into an action and out of it: references outside, `Secret` inside. */
import type { JsonObject } from '@tenantry/runbook';
import { isSecretRef, isSecretTemplate, Secret, type SecretRef } from '../../connectors/kit/index.ts';

export type OpenSecret = (ref: SecretRef) => Promise<Secret>;

/** Opens every reference inside a rendered input; text around secrets is joined here and nowhere earlier. */
export async function openSecrets(value: unknown, open: OpenSecret): Promise<unknown> {
  if (isSecretRef(value)) return open(value);
  if (isSecretTemplate(value)) {
    const parts = await Promise.all(
      value.$secretTemplate.map(async (part) => (typeof part === 'string' ? part : (await open(part)).reveal())),
    );
    return new Secret(parts.join(''));
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => openSecrets(item, open)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = await Promise.all(
    Object.entries(value).map(async ([key, member]) => [key, await openSecrets(member, open)] as const),
  );
  return Object.fromEntries(entries);
}

export type SealSecret = (path: string, secret: Secret) => Promise<SecretRef>;

/** Replaces every `Secret` in an output by its vault reference: the only form that is stored. */
export async function sealSecrets(value: unknown, seal: SealSecret, path = 'output'): Promise<unknown> {
  if (value instanceof Secret) return { ...(await seal(path, value)) };
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value))
    return Promise.all(value.map((item, index) => sealSecrets(item, seal, `${path}[${index}]`)));
  if (typeof value !== 'object' || value === null) return value ?? null;
  const sealed: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) sealed[key] = await sealSecrets(member, seal, `${path}.${key}`);
  }
  return sealed;
}

/** An action's output as a step keeps it: always an object. */
export const asOutput = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : { value: (value ?? null) as JsonObject[string] };
