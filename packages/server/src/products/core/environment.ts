/**
 * An environment of a product: the connections a runbook's step may address, by kind and name, and free settings
 * read as `env.NAME`. A secret stands in a connection as a vault reference and nothing else.
 */
import { type Fault, TenantryError } from '@tenantry/contract';
import { z } from 'zod';

/** `{ postgres: { app: { host, …, password: { $secret } } }, smtp: { … } }` */
export type EnvironmentConnections = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>
>;

const id = z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and underscores, a letter first');

const environmentSchema = z.strictObject({
  connections: z.record(id, z.record(id, z.record(z.string(), z.json()))),
  settings: z.record(z.string(), z.json()),
});

/** Names under which people keep secrets. A file name or a public key is none. */
const SECRET_NAME = /^(.*[_-])?(password|passwd|secret|token|api_?key|access_?key|private_?key)$/i;

const SECRET_REFERENCE = z.strictObject({ $secret: z.string().min(1) });

/**
 * @throws request.invalid with a fault for each ill-typed field, and for each secret written out in clear: this
 * table is readable to every operator and stands in every backup.
 */
export function parseEnvironment(value: unknown): {
  connections: EnvironmentConnections;
  settings: Readonly<Record<string, unknown>>;
} {
  const parsed = environmentSchema.safeParse(value);
  const faults: Fault[] = parsed.success
    ? clearSecrets(parsed.data.connections, ['connections'])
    : parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new TenantryError('request.invalid', `The environment does not fit its schema: ${faults[0]?.path}.`, {
    faults,
    next: 'Correct the fields named.',
  });
}

function clearSecrets(value: unknown, path: readonly string[]): Fault[] {
  if (typeof value !== 'object' || value === null) return [];
  if (SECRET_REFERENCE.safeParse(value).success) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const here = [...path, name];
    return SECRET_NAME.test(name) && typeof member === 'string'
      ? [
          {
            path: here.join('.'),
            message: 'a secret is written out',
            fix: 'Seal it in the vault and write { $secret: … }.',
          },
        ]
      : clearSecrets(member, here);
  });
}
