/**
 * Expressions: the one file that knows the CEL library.
 *
 * Every number is one type to an author. The library has two, so values are doubles, and mixed operators
 * between doubles and whole literals are registered; whole results come back as JS numbers.
 */
import { Environment } from '@marcbachmann/cel-js';
import type { JsonSchema } from '../definition.ts';
import type { CelNode } from './ast.ts';
import { narrow, type PathTree, pathTree, type Scope, valueAt } from './context.ts';
import { ExpressionError } from './expression-error.ts';
import { SECRET_TYPE, schemaOfType, TIMESTAMP_TYPE, type TypeNames, typeNameOf } from './json-types.ts';
import { type Cost, costOf, EXPRESSION_LENGTH_MAX, hintFor, refuseCost } from './limits.ts';
import { isUnknown } from './markers.ts';
import { type Reference, referencesOf } from './references.ts';
import { typeMessage } from './type-messages.ts';
import { fromCel, type Intake, OpaqueSecret } from './values.ts';

const OPTIONS = {
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 8 },
} as const;

const refuseSecret = (): never => {
  throw new ExpressionError('A secret cannot be compared: an expression only sees that it is one.');
};

/** Operators and conversions the language promises and the library lacks. */
function withNumbers(environment: Environment): Environment {
  for (const [left, right] of [
    ['double', 'int'],
    ['int', 'double'],
  ] as const) {
    environment
      .registerOperator(`${left} + ${right}: double`, (a, b) => Number(a) + Number(b))
      .registerOperator(`${left} - ${right}: double`, (a, b) => Number(a) - Number(b))
      .registerOperator(`${left} * ${right}: double`, (a, b) => Number(a) * Number(b))
      .registerOperator(`${left} / ${right}: double`, (a, b) => Number(a) / Number(b))
      .registerOperator(`${left} % ${right}: double`, (a, b) => Number(a) % Number(b));
  }
  return environment
    .registerOperator('double % double: double', (a, b) => a % b)
    .registerOperator('double == int: bool', (a, b) => Number(a) === Number(b))
    .registerFunction(`string(${TIMESTAMP_TYPE}): string`, (time: Date) => time.toISOString(), { async: false });
}

const runtime = withNumbers(new Environment({ ...OPTIONS, unlistedVariablesAreDyn: true }))
  .registerType(SECRET_TYPE, { ctor: OpaqueSecret, fields: {} })
  .registerOperator(`${SECRET_TYPE} == dyn: bool`, refuseSecret);

/** An expression after parsing: what it reads and what it may cost. */
export interface Compiled {
  readonly ast: CelNode;
  readonly references: readonly Reference[];
  readonly tree: PathTree;
  readonly cost: Cost;
  readonly run: (context: Map<string, unknown>) => unknown;
}

const CACHE_MAX = 4_000;
const cache = new Map<string, Compiled>();

/** Parses an expression; the last few thousand are kept. Throws `ExpressionError`. */
export function compile(expression: string): Compiled {
  const known = cache.get(expression);
  if (known !== undefined) return known;
  const compiled = parse(expression);
  if (cache.size >= CACHE_MAX) {
    const oldest = cache.keys().next();
    if (oldest.done !== true) cache.delete(oldest.value);
  }
  cache.set(expression, compiled);
  return compiled;
}

function parse(expression: string): Compiled {
  if (expression.length > EXPRESSION_LENGTH_MAX) {
    throw new ExpressionError(
      `An expression is at most ${EXPRESSION_LENGTH_MAX} characters long; this has ${expression.length}.`,
    );
  }
  try {
    const parsed = runtime.parse(expression);
    const ast: CelNode = parsed.ast;
    const references = referencesOf(ast);
    return { ast, references, tree: pathTree(references), cost: costOf(ast), run: (context) => parsed(context) };
  } catch (error) {
    throw asExpressionError(error, hintFor(expression));
  }
}

/** The value of an expression. Maps are plain objects, numbers JS numbers, timestamps `Date`. Throws `ExpressionError`. */
export function evaluate(expression: string, scope: Scope): unknown {
  const result = evaluatePartial(expression, scope);
  if (result.known) return result.value;
  throw new ExpressionError(`Known only after apply: ${result.on.join(', ')}.`);
}

/** A gate, `if`, `expect` or `where`: anything but a bool is an error. */
export function evaluateGate(expression: string, scope: Scope): boolean {
  const value = evaluate(expression, scope);
  if (typeof value === 'boolean') return value;
  throw new ExpressionError(`This must be true or false, and is ${describe(value)}.`);
}

export type PartialResult =
  | { readonly known: true; readonly value: unknown }
  | { readonly known: false; readonly on: readonly string[] };

/**
 * Evaluates as far as plan-time knowledge goes. What is known only after apply is absent from the context, so
 * `&&`, `||`, `all` and `exists` decide without it exactly where CEL lets them decide past an error.
 */
export function evaluatePartial(expression: string, scope: Scope): PartialResult {
  const compiled = compile(expression);
  const presence = compiled.references
    .filter((reference) => reference.optional)
    .map((reference) => valueAt(scope, reference.path));
  const intake: Intake = { unknown: new Set(), longestList: 0, longestText: 0, nodes: 0 };
  for (const value of presence) if (isUnknown(value)) intake.unknown.add(value.$unknown);
  if (intake.unknown.size > 0) return { known: false, on: [...intake.unknown] };
  const context = narrow(scope, compiled.tree, intake);
  refuseCost(compiled.cost, intake);
  try {
    return { known: true, value: fromCel(compiled.run(context)) };
  } catch (error) {
    if (intake.unknown.size > 0) return { known: false, on: [...intake.unknown] };
    throw asExpressionError(error);
  }
}

/** Every path an expression reads, with offsets; variables bound by macros are not among them. */
export const references = (expression: string): readonly Reference[] => compile(expression).references;

/** The names and types expressions are checked against. Build one for a runbook, extend it for a step. */
export interface TypeScope {
  readonly schema: JsonSchema;
  readonly environment: Environment;
  readonly depth: number;
  readonly extensions: Map<string, TypeScope>;
}

// `in` between the two number types is for the checker alone: at run time the library compares across them.
const neverRun = (): boolean => false;
const checker = withNumbers(new Environment({ ...OPTIONS, unlistedVariablesAreDyn: false }))
  .registerOperator('double in list<int>: bool', neverRun)
  .registerOperator('int in list<double>: bool', neverRun)
  .registerType(SECRET_TYPE, { ctor: OpaqueSecret, fields: {} });

/** `schema` describes the scope: an object whose properties are `intake`, `steps`, … */
export function typeScope(schema: JsonSchema): TypeScope {
  const environment = checker.clone();
  declare(environment, schema, 0);
  return { schema, environment, depth: 0, extensions: new Map() };
}

/** The same scope with more names, such as `output` in an `expect`. */
export function extendTypeScope(parent: TypeScope, properties: Readonly<Record<string, JsonSchema>>): TypeScope {
  const key = JSON.stringify(properties);
  const known = parent.extensions.get(key);
  if (known !== undefined) return known;
  const depth = parent.depth + 1;
  const environment = parent.environment.clone();
  declare(environment, { type: 'object', properties }, depth);
  const schema = {
    ...parent.schema,
    properties: { ...(parent.schema.properties as JsonSchema | undefined), ...properties },
  };
  const extended = { schema, environment, depth, extensions: new Map() };
  parent.extensions.set(key, extended);
  return extended;
}

function declare(environment: Environment, schema: JsonSchema, depth: number): void {
  const names: TypeNames = { byShape: new Map(), prefix: `shape${depth}n` };
  const properties = Object.entries((schema.properties ?? {}) as JsonSchema);
  for (const [name, member] of properties) {
    const type = typeNameOf(member, names, (shape, fields) => environment.registerType(shape, { fields }));
    environment.registerVariable(name, type);
  }
}

export interface TypeFault {
  readonly message: string;
  readonly fix?: string;
  readonly offset: number;
  readonly end: number;
}

/** What the place of an expression asks for. `text` also takes numbers and bools. */
export type ExpectedType = 'bool' | 'text' | 'timestamp' | 'any';

/** Type faults of an expression: at most one from the checker (it stops at the first), none when all is well. */
export function checkType(
  expression: string,
  scope: TypeScope | JsonSchema,
  expected: ExpectedType,
): readonly TypeFault[] {
  const types = 'environment' in scope ? (scope as TypeScope) : typeScope(scope);
  try {
    compile(expression);
    const result = types.environment.check(expression);
    if (!result.valid) throw result.error ?? new Error('The expression does not type-check.');
    return fitsPlace(result.type ?? 'dyn', expected, expression.length);
  } catch (error) {
    const fault = asExpressionError(error, hintFor(expression));
    return [
      {
        message: fault.message,
        offset: fault.offset,
        end: fault.end,
        ...(fault.next === undefined ? {} : { fix: fault.next }),
      },
    ];
  }
}

/** The schema of an expression's result as far as the checker knows it; `{}` when it does not. */
export function resultSchema(expression: string, scope: TypeScope): JsonSchema {
  const result = scope.environment.check(expression);
  return result.valid && result.type !== undefined ? schemaOfType(result.type) : {};
}

const TEXT_TYPES = new Set(['string', 'double', 'int', 'bool', SECRET_TYPE, 'dyn']);

function fitsPlace(type: string, expected: ExpectedType, end: number): readonly TypeFault[] {
  if (type.startsWith('dyn') || expected === 'any') return [];
  const named = typeMessage(type);
  if (expected === 'bool' && type !== 'bool')
    return [{ message: `This must be true or false, and is ${named}.`, offset: 0, end }];
  if (expected === 'timestamp' && type !== TIMESTAMP_TYPE && type !== 'string') {
    return [{ message: `This must be a point in time, and is ${named}.`, offset: 0, end }];
  }
  if (expected === 'text' && !TEXT_TYPES.has(type)) {
    return [
      {
        message: `A ${named} cannot stand inside text.`,
        fix: 'Write it alone, or turn it into text: `string(…)`, `list.join(", ")`.',
        offset: 0,
        end,
      },
    ];
  }
  return [];
}

function asExpressionError(error: unknown, hint?: string): ExpressionError {
  if (error instanceof ExpressionError) return error;
  // The library throws raw errors too (`[].all(x, x > 1)`: overloads it cannot tell apart), and RangeError on overflow.
  const raw = error instanceof Error ? error : new Error(String(error));
  const summary = 'summary' in raw && typeof raw.summary === 'string' ? raw.summary : raw.message;
  const range = 'range' in raw ? (raw.range as { start: number; end: number } | undefined) : undefined;
  return new ExpressionError(typeMessage(summary), range?.start ?? 0, {
    end: range?.end ?? range?.start ?? 0,
    ...(hint === undefined ? {} : { next: hint }),
    cause: error,
  });
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a timestamp';
  return typeof value === 'object' ? 'a map' : `${typeof value} ${JSON.stringify(value)}`;
}
