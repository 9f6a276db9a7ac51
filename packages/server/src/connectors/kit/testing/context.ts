import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import type { z } from 'zod';
import type { ActionContext } from '../action.ts';

export interface TestContextOptions {
  readonly key?: string;
  readonly tenant?: ActionContext['tenant'];
  /** Connection settings by kind and name: `{ 'postgres/app': { url: … } }`. */
  readonly connections?: Readonly<Record<string, unknown>>;
  readonly contacts?: Readonly<Record<string, string>>;
  readonly templates?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** What `findSecrets` looks for: label -> text. */
  readonly liveSecrets?: Readonly<Record<string, string>>;
}

/** A context that keeps what was logged. */
export interface TestContext extends ActionContext {
  readonly logged: readonly { readonly message: string; readonly facts: unknown }[];
}

/** The context of one step, for tests of actions and checks. */
export function testContext(options: TestContextOptions = {}): TestContext {
  const logged: { message: string; facts: unknown }[] = [];
  return {
    run: { id: '0b7f9c3e-5d0c-4b1f-9a38-0d1f6f1c7a01' },
    step: { id: 'a_step' },
    tenant: options.tenant,
    contacts: options.contacts ?? {},
    key: options.key ?? randomUUID(),
    signal: options.signal ?? new AbortController().signal,
    now: new Date('2026-11-20T09:00:00Z'),
    connection<T>(kind: string, name: string, schema: z.ZodType<T>): T {
      const settings = options.connections?.[`${kind}/${name}`];
      if (settings === undefined) throw new TenantryError('config.invalid', `No connection ${kind}/${name}.`);
      return schema.parse(settings);
    },
    template(path) {
      const text = options.templates?.[path];
      if (text === undefined) throw new TenantryError('runbook.invalid', `No template ${path}.`);
      return text;
    },
    log(message, facts) {
      logged.push({ message, facts });
    },
    async findSecrets(text) {
      return Object.entries(options.liveSecrets ?? {}).flatMap(([label, value]) =>
        text.includes(value) ? [label] : [],
      );
    },
    logged,
  };
}
