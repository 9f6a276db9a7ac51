/** Every action and probe this control plane has, by name; also the catalog that lint and editors read. */
import { bug } from '@tenantry/contract';
import type { ActionSignature, Catalog, CheckSignature, JsonSchema } from '@tenantry/runbook';
import { z } from 'zod';
import type { Action, Check, ConnectionTest, Connector } from '../../connectors/kit/index.ts';

export interface Registry {
  action(name: string): Action;
  check(name: string): Check;
  /** Undefined for a kind of connection that nobody here knows to try. */
  connectionTest(kind: string): ConnectionTest | undefined;
  readonly catalog: Pick<Catalog, 'actions' | 'checks'>;
}

/** @throws internal.bug when two connectors claim one name */
export function openRegistry(connectors: readonly Connector[]): Registry {
  const actions = uniqueByName(connectors.flatMap((connector) => connector.actions));
  const checks = uniqueByName(connectors.flatMap((connector) => connector.checks));
  const tests = new Map(connectors.flatMap(({ connectionTests }) => connectionTests.map((test) => [test.kind, test])));
  return {
    action: (name) => actions.get(name) ?? unknown('action', name),
    check: (name) => checks.get(name) ?? unknown('check', name),
    connectionTest: (kind) => tests.get(kind),
    catalog: {
      actions: Object.fromEntries([...actions].sort(byName).map(([name, action]) => [name, actionSignature(action)])),
      checks: Object.fromEntries([...checks].sort(byName).map(([name, check]) => [name, checkSignature(check)])),
    },
  };
}

const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);

function uniqueByName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const item of items) {
    if (found.has(item.name)) throw bug(`two connectors export ${item.name}`);
    found.set(item.name, item);
  }
  return found;
}

function unknown(kind: string, name: string): never {
  throw bug(`this control plane has no ${kind} ${name}, though lint let it through`);
}

function actionSignature(action: Action): ActionSignature {
  return {
    name: action.name,
    version: action.version,
    summary: action.summary,
    delivery: action.delivery,
    undo: action.undoability,
    input: schemaOf(action.input, 'input'),
    output: schemaOf(action.output, 'output'),
    ...(action.simulated ? { simulated: true } : {}),
  };
}

const checkSignature = (check: Check): CheckSignature => ({
  name: check.name,
  version: check.version,
  summary: check.summary,
  input: schemaOf(check.input, 'input'),
  output: schemaOf(check.output, 'output'),
});

/**
 * Secrets are opaque to expressions: `x-secret`, of no JSON type. A field that takes any JSON is recursive in zod;
 * here it is the schema that takes anything, so that every part of the result stands by itself.
 */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, $defs: _definitions, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return withoutReferences(rest) as JsonSchema;
}

function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value) return {};
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutReferences(member)]));
}
