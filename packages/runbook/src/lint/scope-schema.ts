/** The types of everything an expression may read. */
import { PHASE_STATUSES, STEP_STATUSES } from '../advance/state.ts';
import type { Catalog } from '../catalog.ts';
import type { Body, Json, JsonSchema, Runbook, Step, StepKind } from '../definition.ts';
import {
  ExpressionError,
  extendTypeScope,
  isTemplate,
  parseTemplate,
  references,
  resultSchema,
  type TypeScope,
  timestampSchema,
  typeScope,
} from '../expr/index.ts';
import { isObject } from '../parse/reading.ts';
import { isSecretSchema, resolvePath } from './schema-path.ts';

const OPEN: JsonSchema = {};
const TEXT: JsonSchema = { type: 'string' };
const BOOL: JsonSchema = { type: 'boolean' };
const ANY_MAP: JsonSchema = { type: 'object' };

const object = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({ type: 'object', properties });

const facts = (statuses: readonly string[]): Readonly<Record<string, JsonSchema>> => ({
  status: { type: 'string', enum: statuses },
  passed: BOOL,
  skipped: BOOL,
  done: BOOL,
  settled: BOOL,
  done_at: timestampSchema,
});

const TENANT = object({
  id: TEXT,
  slug: TEXT,
  name: TEXT,
  status: { type: 'string', enum: ['onboarding', 'trial', 'active', 'suspended', 'offboarded'] },
  plan: TEXT,
  isolation: { type: 'string', enum: ['pool-shared', 'pool-dedicated-namespace', 'silo'] },
  support_tier: TEXT,
  timezone: TEXT,
  language: TEXT,
  contacts: { type: 'object', additionalProperties: TEXT },
  external: { type: 'object', additionalProperties: TEXT },
  settings: ANY_MAP,
});

/** The schema of the scope of a runbook, `vars` typed by what they are computed from. */
export function scopeSchema(runbook: Runbook, catalog: Catalog, broken: ReadonlySet<string>): JsonSchema {
  const outside = {
    intake: runbook.intake,
    product: catalog.product,
    ...(runbook.subject === 'none' ? {} : { tenant: TENANT }),
    run: object({ id: TEXT, started_at: timestampSchema, ...(runbook.subject === 'run' ? { subject: OPEN } : {}) }),
    env: ANY_MAP,
    go_live: timestampSchema,
    now: timestampSchema,
  };
  const outputs = new Map(
    runbook.phases
      .flatMap((phase) => phase.steps)
      .map((step) => [step.id, broken.has(step.id) ? OPEN : outputSchema(step, catalog)]),
  );
  const steps = Object.fromEntries(
    [...outputs].map(([id, output]) => [id, object({ ...facts(STEP_STATUSES), output })]),
  );
  const listed = object({ id: TEXT, ...facts(STEP_STATUSES), output: OPEN });
  const phases = runbook.phases.map(
    (phase) => [phase.id, object({ ...facts(PHASE_STATUSES), steps: { type: 'array', items: listed } })] as const,
  );
  const artifacts = artifactNames(runbook).map((name) => [name, object({ hash: TEXT, url: TEXT })] as const);
  return object({
    ...outside,
    vars: varsSchema(runbook, object(outside)),
    steps: object(steps),
    phases: object(Object.fromEntries(phases)),
    artifacts: object(Object.fromEntries(artifacts)),
  });
}

export const artifactNames = (runbook: Runbook): readonly string[] =>
  runbook.phases.flatMap((phase) => phase.steps).flatMap((step) => step.artifact ?? []);

/** What a step leaves under `steps.ID.output`; open where nothing declares it. */
export function outputSchema(step: Step, catalog: Catalog): JsonSchema {
  return OUTPUTS[step.body.kind](step.body, catalog);
}

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const OUTPUTS: Readonly<Record<StepKind, (body: Body, catalog: Catalog) => JsonSchema>> = {
  uses: (body, catalog) => (body.kind === 'uses' ? (own(catalog.actions, body.action)?.output ?? OPEN) : OPEN),
  check: (body, catalog) => (body.kind === 'check' ? (own(catalog.checks, body.probe)?.output ?? OPEN) : OPEN),
  task: (body) =>
    body.kind === 'task' && (body.record === undefined || Object.keys(body.form).length > 0)
      ? object(Object.fromEntries(Object.entries(body.form).map(([name, field]) => [name, fieldSchema(field)])))
      : OPEN,
  wait: (body, catalog) =>
    body.kind === 'wait' && body.count === 1 ? (own(catalog.events, body.event) ?? OPEN) : OPEN,
  choose: (body) =>
    body.kind === 'choose'
      ? object(Object.fromEntries(Object.entries(body.outputs).map(([name, type]) => [name, declaredType(type)])))
      : OPEN,
  run: (body, catalog) => {
    const outputs = body.kind === 'run' ? own(catalog.runbooks, body.runbook)?.outputs : undefined;
    return outputs === undefined ? OPEN : object(Object.fromEntries(outputs.map((name) => [name, OPEN])));
  },
  approve: () => OPEN,
  sign_off: () => OPEN,
  document: () => OPEN,
};

/** A file field becomes a record of the file, whose members are not fixed here. */
const fieldSchema = (field: JsonSchema): JsonSchema => (field.format === 'file' ? OPEN : field);

/** `string`, `list(string)`, `map(number)`: the types of a choice's outputs. */
export function declaredType(type: string): JsonSchema {
  const match = /^(list|map)\((.+)\)$/.exec(type.trim());
  if (match?.[1] === 'list') return { type: 'array', items: declaredType(match[2] ?? '') };
  if (match?.[1] === 'map') return { type: 'object', additionalProperties: declaredType(match[2] ?? '') };
  switch (type.trim()) {
    case 'string':
    case 'text':
      return TEXT;
    case 'number':
    case 'integer':
      return { type: 'number' };
    case 'bool':
    case 'boolean':
      return BOOL;
    default:
      return OPEN;
  }
}

/** Past this many, further vars are open: each typed var costs a scope of its own. */
const TYPED_VARS_MAX = 200;

function varsSchema(runbook: Runbook, outside: JsonSchema): JsonSchema {
  const base = typeScope(outside);
  const typed: Record<string, JsonSchema> = {};
  for (const [index, [name, value]] of Object.entries(runbook.vars).entries()) {
    typed[name] = index < TYPED_VARS_MAX ? valueSchema(value, base, { ...typed }) : OPEN;
  }
  return object(typed);
}

/** The schema of a literal or template; members of a literal map are its properties. */
function valueSchema(value: Json, base: TypeScope, vars: Readonly<Record<string, JsonSchema>>): JsonSchema {
  if (typeof value === 'string') return isTemplate(value) ? templateSchema(value, base, vars) : TEXT;
  if (typeof value === 'number') return { type: 'number' };
  if (typeof value === 'boolean') return BOOL;
  if (Array.isArray(value))
    return { type: 'array', items: itemsSchema(value.map((item) => valueSchema(item, base, vars))) };
  if (isObject(value))
    return object(
      Object.fromEntries(Object.entries(value).map(([key, member]) => [key, valueSchema(member, base, vars)])),
    );
  return OPEN;
}

function itemsSchema(items: readonly JsonSchema[]): JsonSchema {
  const [first, ...others] = items;
  return first !== undefined && others.every((item) => JSON.stringify(item) === JSON.stringify(first)) ? first : OPEN;
}

function templateSchema(text: string, base: TypeScope, vars: Readonly<Record<string, JsonSchema>>): JsonSchema {
  try {
    const parts = parseTemplate(text);
    const scope = extendTypeScope(base, { vars: object(vars) });
    const [only] = parts;
    if (parts.length === 1 && only?.kind === 'expression') return expressionSchema(only.expression, scope);
    const secret = parts.some(
      (part) => part.kind === 'expression' && isSecretSchema(expressionSchema(part.expression, scope)),
    );
    return secret ? { type: 'string', 'x-secret': true } : TEXT;
  } catch (error) {
    // A text that does not parse is reported by its own rule; whatever reads it is not.
    if (error instanceof ExpressionError) return OPEN;
    throw error;
  }
}

/** A lone path keeps its whole schema, enum included. */
export function expressionSchema(expression: string, scope: TypeScope): JsonSchema {
  const [path, ...others] = references(expression);
  if (
    path !== undefined &&
    others.length === 0 &&
    !path.computed &&
    path.start === 0 &&
    path.end === expression.length
  ) {
    const resolution = resolvePath(scope.schema, path.path);
    return resolution.found ? resolution.schema : OPEN;
  }
  return resultSchema(expression, scope);
}
