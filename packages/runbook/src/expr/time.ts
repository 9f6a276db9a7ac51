/**
 * Times as written: `go_live - 1d 09:00`, `phases.termination.done_at + vars.retention`. A path to a timestamp,
 * then optionally an offset, then optionally an hour in the calendar's zone. Only reads; `timeline/` calculates.
 */
import { type Duration, parseDuration } from './duration.ts';
import { ExpressionError } from './expression-error.ts';

/** A path in a time, with its offsets in the text. */
export interface TimePath {
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

export type TimeOffset = { readonly sign: 1 | -1 } & (
  | { readonly kind: 'duration'; readonly duration: Duration }
  /** A path that holds a duration text. */
  | { readonly kind: 'path'; readonly at: TimePath }
);

export interface TimeExpression {
  readonly anchor: TimePath;
  readonly offset?: TimeOffset;
  /** Hour of the day in the calendar's zone; without it the anchor's own time of day stays. */
  readonly hour?: { readonly hour: number; readonly minute: number };
}

interface Token {
  readonly text: string;
  readonly start: number;
}

const PATH = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const HOUR = /^([01]\d|2[0-3]):([0-5]\d)$/;
const LENGTH_MAX = 500;

/** Reads a time. Throws `ExpressionError` with the offset of what does not fit. */
export function parseTime(text: string): TimeExpression {
  if (text.length > LENGTH_MAX) throw new ExpressionError(`A time is at most ${LENGTH_MAX} characters long.`);
  const tokens = [...text.matchAll(/[+-](?=\s|\d|[A-Za-z_])|[^\s+-]+|\S/g)].map(
    (match): Token => ({ text: match[0], start: match.index }),
  );
  const anchor = pathAt(tokens.shift(), text);
  const offset = takeOffset(tokens, text);
  const hour = takeHour(tokens);
  const extra = tokens[0];
  if (extra !== undefined) throw unexpected(extra, 'A time is a path, an offset and an hour: `go_live - 1d 09:00`.');
  return { anchor, ...(offset === undefined ? {} : { offset }), ...(hour === undefined ? {} : { hour }) };
}

/** The paths a time reads. */
export function timeReferences(time: TimeExpression): readonly TimePath[] {
  return time.offset?.kind === 'path' ? [time.anchor, time.offset.at] : [time.anchor];
}

function pathAt(token: Token | undefined, text: string): TimePath {
  if (token === undefined)
    throw new ExpressionError('A time starts with a path to a timestamp, such as `go_live`.', text.length);
  if (!PATH.test(token.text)) throw unexpected(token, 'A time starts with a path to a timestamp, such as `go_live`.');
  return { path: token.text.split('.'), start: token.start, end: token.start + token.text.length };
}

function takeOffset(tokens: Token[], text: string): TimeOffset | undefined {
  const operator = tokens[0];
  if (operator?.text !== '+' && operator?.text !== '-') return undefined;
  tokens.shift();
  const sign = operator.text === '+' ? 1 : -1;
  const amount = tokens.shift();
  if (amount === undefined) throw new ExpressionError('A duration follows here, such as `1d`.', text.length);
  if (!/^\d/.test(amount.text)) return { sign, kind: 'path', at: pathAt(amount, text) };
  try {
    return { sign, kind: 'duration', duration: parseDuration(amount.text) };
  } catch (error) {
    throw error instanceof ExpressionError ? error.shifted(amount.start) : error;
  }
}

function takeHour(tokens: Token[]): TimeExpression['hour'] {
  const token = tokens[0];
  const match = token === undefined ? null : HOUR.exec(token.text);
  if (match === null) return undefined;
  tokens.shift();
  return { hour: Number(match[1]), minute: Number(match[2]) };
}

const unexpected = (token: Token, next: string): ExpressionError =>
  new ExpressionError(`\`${token.text}\` does not fit here.`, token.start, {
    end: token.start + token.text.length,
    next,
  });
