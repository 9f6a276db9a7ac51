/** How the application of a product is asked what its tenants use: through the `http` connection its profile names. */
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { systemActor } from './access/index.ts';
import { httpSettings, openCaller } from './connectors/http/index.ts';
import { connectorFault, faultOfStatus, isSecretRef, type SecretRef } from './connectors/kit/index.ts';
import type { Database } from './db/index.ts';
import { loadEnvironment } from './products/index.ts';
import type { CountDeps, UsageSource } from './tenants/index.ts';
import { type Keyring, openSecret } from './vault/index.ts';

export interface UsageSourceDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
}

const answerSchema = z.object({ usage: z.record(z.string().max(64), z.int().nonnegative()) });

/** `GET PATH?tenant=UUID`, answered by `{ "usage": { "projects": 12 } }`: names are those of the plan's limits. */
export const openUsageSource =
  ({ database, keyring, now }: UsageSourceDeps): CountDeps['open'] =>
  async (productId, { environment, connection: name, path }): Promise<UsageSource> => {
    const settings = await database.transaction('worker', async (tx) => {
      const place = await loadEnvironment(tx, productId, environment);
      const stored = place.connections.http?.[name];
      if (stored === undefined) {
        throw new TenantryError('config.invalid', `The environment ${environment} has no http connection ${name}.`, {
          facts: { environment, connection: name },
          next: 'Add it to the environment of the product, or name another under `usage_counts` of its profile.',
        });
      }
      const ctx = { tx, keyring, now: now(), actor: systemActor('usage counts') };
      const within = { owner: { kind: 'connection', id: `${productId}/${environment}` } } as const;
      const values = await opened(stored, (ref) => openSecret(ctx, ref, { purpose: 'count what tenants use', within }));
      const parsed = httpSettings.safeParse(values);
      if (parsed.success) return parsed.data;
      throw new TenantryError('config.invalid', `The http connection ${name} does not fit its schema.`, {
        faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
      });
    });
    const controller = new AbortController();
    const caller = openCaller(
      {
        run: { id: '' },
        step: { id: '' },
        tenant: undefined,
        contacts: {},
        key: `usage/${productId}`,
        signal: controller.signal,
        now: now(),
        connection: (_kind, _name, schema) => schema.parse(settings),
        template: () => '',
        log: () => undefined,
      },
      name,
    );
    return {
      count: async (tenantId) => {
        const answer = await caller.call({ method: 'GET', url: `${path}?tenant=${tenantId}` });
        if (answer.status !== 200) {
          throw faultOfStatus(answer.status, { system: `the application of ${productId}`, body: answer.text });
        }
        const parsed = answerSchema.safeParse(answer.json);
        if (parsed.success) return parsed.data.usage;
        throw connectorFault('connector.malformed', 'it answers something else than { "usage": { NAME: NUMBER } }', {
          system: `the application of ${productId}`,
          retry: 'never',
          effect: 'none',
        });
      },
      [Symbol.asyncDispose]: async () => {
        controller.abort();
        await caller[Symbol.asyncDispose]();
      },
    };
  };

/** The settings of a connection with every vault reference in them opened. */
async function opened(value: unknown, open: (ref: SecretRef) => Promise<unknown>): Promise<unknown> {
  if (isSecretRef(value)) return open(value);
  if (Array.isArray(value)) return Promise.all(value.map((each) => opened(each, open)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([name, each]) => [name, await opened(each, open)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
