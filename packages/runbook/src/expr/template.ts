/**
 * Text with `${{ }}` in it. A value that is one `${{ }}` alone keeps its type; with text around it, it
 * becomes text; `$${{` is a literal `${{`.
 */
import type { Json } from '../definition.ts';
import { evaluatePartial, references } from './cel.ts';
import { type Scope, valueAt } from './context.ts';
import { ExpressionError } from './expression-error.ts';
import {
  isSecretReference,
  isSecretTemplate,
  KNOWN_AFTER_APPLY,
  type SecretReference,
  type UnknownValue,
} from './markers.ts';
import type { Reference } from './references.ts';

const DEPTH_MAX = 100;

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** `offset` is where the expression starts in the text. */
  | { readonly kind: 'expression'; readonly expression: string; readonly offset: number };

/** The parts of a text, in order. Throws `ExpressionError` on an unclosed or empty `${{ }}`. */
export function parseTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let position = 0;
  while (position < text.length) {
    const open = text.indexOf('${{', position);
    if (open < 0) break;
    if (text[open - 1] === '$' && open - 1 >= position) {
      literal += `${text.slice(position, open - 1)}\${{`;
      position = open + 3;
      continue;
    }
    literal += text.slice(position, open);
    const close = closingBraces(text, open + 3);
    const inner = text.slice(open + 3, close);
    const expression = inner.trim();
    if (expression === '')
      throw new ExpressionError('There is no expression between `${{` and `}}`.', open, { end: close + 2 });
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
    parts.push({ kind: 'expression', expression, offset: open + 3 + (inner.length - inner.trimStart().length) });
    position = close + 2;
  }
  literal += text.slice(position);
  if (literal !== '' || parts.length === 0) parts.push({ kind: 'text', text: literal });
  return parts;
}

/** Where `}}` ends the expression: past quoted text and the braces of maps. */
function closingBraces(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"' || character === "'") {
      index = closingQuote(text, index);
    } else if (character === '{') {
      depth += 1;
    } else if (character === '}') {
      if (depth === 0 && text[index + 1] === '}') return index;
      depth -= 1;
    }
  }
  throw new ExpressionError('`${{` is not closed by `}}`.', start - 3, {
    end: text.length,
    next: 'Close it with `}}`, or write `$${{` for a literal `${{`.',
  });
}

function closingQuote(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === text[start]) return index;
  }
  return text.length;
}

/** True when there is anything to evaluate in a text. */
export const isTemplate = (text: string): boolean => text.includes('${{');

/** Renders every text inside a value. A value known only after apply is an error. */
export function renderTemplate(value: Json, scope: Scope): Json {
  return renderDeep(value, scope, false, 0);
}

/** Renders for a plan: what is known only after apply becomes `{ $unknown }`. */
export function renderPartial(value: Json, scope: Scope): Json {
  return renderDeep(value, scope, true, 0);
}

function renderDeep(value: Json, scope: Scope, partial: boolean, depth: number): Json {
  if (depth > DEPTH_MAX) throw new ExpressionError(`This value is nested deeper than ${DEPTH_MAX} levels.`);
  if (typeof value === 'string') return isTemplate(value) ? renderText(value, scope, partial) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renderDeep(item, scope, partial, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, renderDeep(member, scope, partial, depth + 1)]),
  );
}

function renderText(text: string, scope: Scope, partial: boolean): Json {
  const parts = parseTemplate(text);
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'expression') {
    return located(only.offset, () => toJson(valueFor(only.expression, scope, partial)));
  }
  const pieces: (string | SecretReference | UnknownValue)[] = [];
  for (const part of parts) {
    if (part.kind === 'text') pieces.push(part.text);
    else pieces.push(...located(part.offset, () => inText(valueFor(part.expression, scope, partial), part.expression)));
  }
  return joinPieces(pieces);
}

/** How a value of a document is written; `before` is the template's own text up to it. */
export type ToText = (value: unknown, before: string) => string;

/**
 * Fills in running text for a document: every value becomes text and passes through `toText`, the text around
 * it does not. Secrets are refused: a document is no place for them.
 */
export function fillText(text: string, scope: Scope, toText: ToText): string {
  let before = '';
  let filled = '';
  for (const part of parseTemplate(text)) {
    if (part.kind === 'text') {
      before += part.text;
      filled += part.text;
    } else {
      filled += located(part.offset, () => toText(printable(part.expression, scope), before));
    }
  }
  return filled;
}

function printable(expression: string, scope: Scope): unknown {
  const value = valueFor(expression, scope, false);
  if (!isSecretReference(value) && !isSecretTemplate(value)) return value instanceof Date ? value.toISOString() : value;
  throw new ExpressionError(`\`${expression}\` is a secret and may not stand in a document.`, 0, {
    end: expression.length,
    next: 'Share it by a one-time link instead.',
  });
}

/** A lone path is handed on as it stands, unknowns and secrets inside included. */
function valueFor(expression: string, scope: Scope, partial: boolean): unknown {
  const [path, ...others] = references(expression);
  if (
    partial &&
    path !== undefined &&
    others.length === 0 &&
    !path.computed &&
    path.start === 0 &&
    path.end === expression.length
  ) {
    const value = valueAt(scope, path.path);
    if (value !== undefined) return value;
  }
  const result = evaluatePartial(expression, scope);
  if (result.known) return result.value;
  if (partial) return { $unknown: result.on.join(', ') };
  throw new ExpressionError(`Known only after apply: ${result.on.join(', ')}.`);
}

function toJson(value: unknown): Json {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]));
  }
  return value as Json;
}

function inText(value: unknown, expression: string): readonly (string | SecretReference | UnknownValue)[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  if (isSecretReference(value)) return [value];
  if (isSecretTemplate(value)) return value.$secretTemplate;
  if (typeof value === 'object' && value !== null && '$unknown' in value) return [value as UnknownValue];
  const kind =
    value === null ? 'null' : Array.isArray(value) ? 'a list' : value instanceof Date ? 'a timestamp' : 'a map';
  const fix = value instanceof Date ? 'Write string(…) around it.' : 'Write it alone, or pick a member of it.';
  throw new ExpressionError(`\`${expression}\` is ${kind}, which cannot stand inside text.`, 0, {
    end: expression.length,
    next: fix,
  });
}

function joinPieces(pieces: readonly (string | SecretReference | UnknownValue)[]): Json {
  const unknown = pieces.filter((piece): piece is UnknownValue => typeof piece !== 'string' && '$unknown' in piece);
  if (unknown.length > 0) {
    const text = pieces.map((piece) => {
      if (typeof piece === 'string') return piece;
      return '$secret' in piece ? '[secret]' : (piece.text ?? KNOWN_AFTER_APPLY);
    });
    return { $unknown: unknown.map((piece) => piece.$unknown).join(', '), text: text.join('') };
  }
  const known = pieces as readonly (string | SecretReference)[];
  if (known.every((piece) => typeof piece === 'string')) return known.join('');
  return { $secretTemplate: mergeText(known) };
}

/** Neighbouring texts become one, so that equal templates are equal values. */
function mergeText(pieces: readonly (string | SecretReference)[]): (string | SecretReference)[] {
  const merged: (string | SecretReference)[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') merged[merged.length - 1] = last + piece;
    else if (piece !== '') merged.push(piece);
  }
  return merged;
}

function located<T>(offset: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ExpressionError ? error.shifted(offset) : error;
  }
}

/** One path read by a template, and where. */
export interface TemplateReference extends Reference {
  /** Keys and indexes from the value to the text: `['values', 'DB_USER']`. */
  readonly at: readonly (string | number)[];
  readonly expression: string;
  /** Where the expression starts in that text; `start` and `end` count within the expression. */
  readonly offset: number;
}

/** Every path read by the texts inside a value. Throws `ExpressionError` on the first that does not parse. */
export function templateReferences(value: Json): readonly TemplateReference[] {
  return [...textsIn(value)].flatMap(({ text, at }) =>
    expressionsIn(text).flatMap(({ expression, offset }) =>
      located(offset, () => references(expression).map((reference) => ({ ...reference, at, expression, offset }))),
    ),
  );
}

const expressionsIn = (text: string): readonly { expression: string; offset: number }[] =>
  isTemplate(text) ? parseTemplate(text).filter((part) => part.kind === 'expression') : [];

/** Every text inside a value, with the way to it. */
export function* textsIn(
  value: Json,
  at: readonly (string | number)[] = [],
): Generator<{ text: string; at: readonly (string | number)[] }> {
  if (at.length > DEPTH_MAX) throw new ExpressionError(`This value is nested deeper than ${DEPTH_MAX} levels.`);
  if (typeof value === 'string') yield { text: value, at };
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* textsIn(item, [...at, index]);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) yield* textsIn(member, [...at, key]);
  }
}
