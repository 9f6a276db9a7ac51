/**
 * Makes up an output for which an expectation holds, or for which it does not: what `passes: true` and `passes: false`
 * of a fixture stand for. A search over the members the expression reads, with the values it compares them to; it
 * always takes the same way, and gives up rather than guess.
 */
import type { Json, JsonObject, JsonSchema } from '../definition.ts';
import { type CelNode, childrenOf, literalText, macroParts } from '../expr/ast.ts';
import { compile } from '../expr/cel.ts';
import { ExpressionError, evaluate, type Scope } from '../expr/index.ts';
import { exampleOf, fitsRoughly } from './example.ts';
import { memberAt, type Slot, schemaAt, withMember } from './json-values.ts';

export interface Search {
  readonly expression: string;
  /** The name the value has in the expression: `output` or `event`. */
  readonly name: string;
  readonly schema: JsonSchema;
  readonly scope: Scope;
  /** Where the search starts. */
  readonly start: JsonObject;
  /** Members the author declared; they stay. */
  readonly fixed: JsonObject;
}

const PAIRS_MAX = 5_000;

/** Undefined when none is found. */
export function outputThat(search: Search, wanted: boolean): JsonObject | undefined {
  const { ast } = compile(search.expression);
  const slots = slotsOf(ast, search.name).filter((slot) => memberAt(search.fixed, slot) === undefined);
  const choices = slots.map((slot) => ({ slot, values: valuesFor(search, ast, slot) }));
  if (!wanted) return breakOne(search, choices);
  const parts = conjunctsOf(ast, search.expression);
  return climb(search, search.start, parts, choices) ?? climb(search, withItems(search, slots), parts, choices);
}

/** Of an empty list everything is true: where the expression looks at items there is to be one. */
function withItems({ start, schema }: Search, slots: readonly Slot[]): JsonObject {
  let output = start;
  for (const slot of slots) {
    const at = slot.findIndex((segment) => typeof segment === 'number');
    const list = slot.slice(0, at);
    if (at <= 0 || memberAt(output, slot.slice(0, at + 1)) !== undefined) continue;
    output = place(output, [...list, 0], exampleOf(schemaAt(schema, [...list, 0]), 'item'));
  }
  return output;
}

interface Choice {
  readonly slot: Slot;
  readonly values: readonly Json[];
}

const place = (output: JsonObject, slot: Slot, value: Json): JsonObject =>
  withMember(output, slot, value) as JsonObject;

/** Settles one part of the conjunction after the other, and never gives up one that holds. */
function climb(
  search: Search,
  start: JsonObject,
  parts: readonly string[],
  choices: readonly Choice[],
): JsonObject | undefined {
  const score = (output: JsonObject): number => parts.filter((part) => reads(search, part, output) === true).length;
  let best = start;
  let reached = score(best);
  for (let before = -1; reached < parts.length && before !== reached; ) {
    before = reached;
    for (const better of [...neighbours(best, choices), ...pairs(best, choices)]) {
      const gained = score(better());
      if (gained <= reached) continue;
      best = better();
      reached = gained;
      break;
    }
  }
  return reached === parts.length ? best : undefined;
}

function breakOne(search: Search, choices: readonly Choice[]): JsonObject | undefined {
  const fails = (output: JsonObject): boolean => reads(search, search.expression, output) === false;
  if (fails(search.start)) return search.start;
  for (const make of neighbours(search.start, choices)) {
    const output = make();
    if (fails(output)) return output;
  }
  return undefined;
}

type Made = () => JsonObject;

const neighbours = (output: JsonObject, choices: readonly Choice[]): readonly Made[] =>
  choices.flatMap(({ slot, values }) => values.map((value) => () => place(output, slot, value)));

/** Two members at once, where one alone changes nothing: `items.all(i, i.a == 1 && i.b == 2)`. */
function* pairs(output: JsonObject, choices: readonly Choice[]): Generator<Made> {
  let left = PAIRS_MAX;
  for (const [index, first] of choices.entries()) {
    for (const second of choices.slice(index + 1)) {
      for (const a of first.values) {
        for (const b of second.values) {
          if (left === 0) return;
          left -= 1;
          yield () => place(place(output, first.slot, a), second.slot, b);
        }
      }
    }
  }
}

/** True, false, or undefined where it cannot be read. */
function reads({ name, scope }: Search, expression: string, output: JsonObject): unknown {
  return attempt(() => evaluate(expression, { ...scope, [name]: output }));
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

const sourceOf = (node: CelNode, expression: string): string => expression.slice(node.start, node.end);

/** `a && b && c` as a, b and c; one part where the source of a part cannot be cut out. */
function conjunctsOf(ast: CelNode, expression: string): readonly string[] {
  const cut = (node: CelNode): readonly string[] =>
    node.op === '&&' ? childrenOf(node).flatMap(cut) : [sourceOf(node, expression)];
  const parts = cut(ast);
  const isWhole = (part: string): boolean => attempt(() => compile(part)) !== undefined;
  return parts.every(isWhole) ? parts : [expression];
}

/** Members of the value that the expression reads; the variable of a macro stands for the first item. */
function slotsOf(ast: CelNode, name: string): readonly Slot[] {
  const found = new Map<string, Slot>();
  const walk = (node: CelNode, bound: ReadonlyMap<string, Slot | undefined>): void => {
    const slot = slotOf(node, bound);
    if (slot !== undefined && slot.length > 0) found.set(JSON.stringify(slot), slot);
    if (slot !== undefined) return;
    const macro = macroParts(node);
    if (macro === undefined) {
      for (const child of childrenOf(node)) walk(child, bound);
      return;
    }
    walk(macro.list, bound);
    const list = slotOf(macro.list, bound);
    const inner = new Map(bound).set(macro.variable, list === undefined ? undefined : [...list, 0]);
    for (const body of macro.bodies) walk(body, inner);
  };
  walk(ast, new Map([[name, []]]));
  return [...found.values()];
}

function slotOf(node: CelNode, bound: ReadonlyMap<string, Slot | undefined>): Slot | undefined {
  if (node.op === 'id') return bound.get(String(node.args));
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [owner, member] = node.args as [CelNode, CelNode | string];
  const base = slotOf(owner, bound);
  const name = typeof member === 'string' ? member : (literalText(member) ?? indexOf(member));
  return base === undefined || name === undefined ? undefined : [...base, name];
}

function indexOf(node: CelNode): number | undefined {
  if (node.op !== 'value' || (typeof node.args !== 'bigint' && typeof node.args !== 'number')) return undefined;
  const index = Number(node.args);
  return Number.isInteger(index) && index >= 0 && index < 100 ? index : undefined;
}

const PLAIN: readonly Json[] = [true, false, 0, 1, '', []];

/** Whatever the expression itself compares with, what lies beside it, and the plainest values of each kind. */
function valuesFor({ expression, name, schema, scope }: Search, ast: CelNode, slot: Slot): readonly Json[] {
  const known: Json[] = [];
  const walk = (node: CelNode): void => {
    if (readsName(node, name)) return childrenOf(node).forEach(walk);
    const value = attempt(() => evaluate(sourceOf(node, expression), scope));
    if (value === undefined) return childrenOf(node).forEach(walk);
    known.push(...around(asJson(value)));
  };
  walk(ast);
  const own = schemaAt(schema, slot);
  const choices = Array.isArray(own.enum) ? (own.enum as readonly Json[]) : [];
  const item = own.items === undefined ? [] : [[exampleOf(own.items as JsonSchema, 'item')]];
  const all = [...known, ...choices, ...item, ...PLAIN].filter((value) => fitsRoughly(value, own));
  return [...new Map(all.map((value) => [JSON.stringify(value), value])).values()];
}

const readsName = (node: CelNode, name: string): boolean =>
  (node.op === 'id' && node.args === name) || childrenOf(node).some((child) => readsName(child, name));

function around(value: Json): readonly Json[] {
  if (typeof value === 'number') return [value, value + 1, value - 1];
  if (Array.isArray(value)) return [value, ...value];
  return [value, [value]];
}

function asJson(value: unknown): Json {
  if (value instanceof Date) return value.toISOString();
  return value as Json;
}
