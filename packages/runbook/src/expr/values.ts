/** Between the values of a scope and those of the expression library, both ways. */
import type { Json } from '../definition.ts';
import { ExpressionError } from './expression-error.ts';
import { isSecretReference, isSecretTemplate, isUnknown } from './markers.ts';

/** The longest list an expression may touch. */
export const LIST_MAX = 10_000;
const NODES_MAX = 250_000;
const DEPTH_MAX = 100;

/** What a secret is to an expression: something that can only be handed on. */
export class OpaqueSecret {
  readonly raw: Json;
  constructor(raw: Json) {
    this.raw = raw;
  }
}

/** Collected while values are handed to an expression. */
export interface Intake {
  /** Paths of values known only after apply. */
  readonly unknown: Set<string>;
  /** The longest list or map, and the longest text, that the expression can go through. */
  longestList: number;
  longestText: number;
  nodes: number;
}

export const ABSENT: unique symbol = Symbol('absent');

/**
 * Maps, because a key such as `constructor` would otherwise be taken for the value's class.
 * A container with an unknown inside is left out whole, so that no comparison can mistake it for known.
 */
export function toCel(value: unknown, intake: Intake, depth = 0): unknown {
  intake.nodes += 1;
  if (intake.nodes > NODES_MAX) throw new ExpressionError(`This reads more than ${NODES_MAX} values at once.`);
  if (depth > DEPTH_MAX) throw new ExpressionError(`This reads data nested deeper than ${DEPTH_MAX} levels.`);
  if (typeof value === 'string') {
    if (value.length > intake.longestText) intake.longestText = value.length;
    return value;
  }
  if (value === undefined) return ABSENT;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (isUnknown(value)) {
    intake.unknown.add(value.$unknown);
    return ABSENT;
  }
  if (isSecretReference(value) || isSecretTemplate(value)) return new OpaqueSecret(value);
  return Array.isArray(value) ? listToCel(value, intake, depth) : mapToCel(value, intake, depth);
}

function listToCel(list: readonly unknown[], intake: Intake, depth: number): unknown {
  if (list.length > LIST_MAX) {
    throw new ExpressionError(
      `A list of ${list.length} items is too long for an expression; the limit is ${LIST_MAX}.`,
    );
  }
  if (list.length > intake.longestList) intake.longestList = list.length;
  const converted: unknown[] = [];
  let whole = true;
  for (const item of list) {
    const member = toCel(item, intake, depth + 1);
    if (member === ABSENT) whole = false;
    converted.push(member);
  }
  return whole ? converted : ABSENT;
}

function mapToCel(map: object, intake: Intake, depth: number): unknown {
  const converted = new Map<string, unknown>();
  const before = intake.unknown.size;
  const keys = Object.keys(map);
  if (keys.length > intake.longestList) intake.longestList = keys.length;
  for (const key of keys) {
    const member = toCel(Reflect.get(map, key), intake, depth + 1);
    if (member !== ABSENT) converted.set(key, member);
  }
  return intake.unknown.size === before ? converted : ABSENT;
}

/** A CEL result as a plain value: numbers are JS numbers, maps are objects, timestamps stay `Date`. */
export function fromCel(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return safeNumber(value);
    case 'number':
      if (!Number.isFinite(value)) throw new ExpressionError('The result is not a finite number.');
      return value;
    case 'string':
    case 'boolean':
      return value;
    default:
      return objectFromCel(value);
  }
}

function objectFromCel(value: unknown): unknown {
  if (value === null || value instanceof Date) return value;
  if (value instanceof OpaqueSecret) return value.raw;
  if (Array.isArray(value)) return value.map(fromCel);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [String(key), fromCel(member)]));
  if (typeof value === 'object') {
    const duration = durationSeconds(value);
    if (duration !== undefined) return `${duration}s`;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fromCel(member)]));
    }
  }
  throw new ExpressionError('The result is not data: it is a type or a function.');
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new ExpressionError(`The result ${value} is too large for a number.`);
  return number;
}

function durationSeconds(value: object): number | undefined {
  if (Object.prototype.toString.call(value) !== '[object google.protobuf.Duration]') return undefined;
  return Number(value.valueOf()) / 1000;
}
