/** Writing text as a YAML scalar, and finding where text that lacks quotes was meant to end. */

/** In double quotes where nothing needs escaping, else in single ones, else escaped. */
export function quoted(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`;
  return text.includes("'") ? `"${text.replace(/["\\]/g, '\\$&')}"` : `'${text}'`;
}

/** Past a quoted scalar that starts at `start`; the length of the text when it is not closed. */
export function endOfQuoted(text: string, start: number): number {
  const quote = text[start];
  for (let index = start + 1; index < text.length; index += 1) {
    if (quote === '"' && text[index] === '\\') index += 1;
    else if (text[index] === quote) {
      if (quote === "'" && text[index + 1] === "'") index += 1;
      else return index + 1;
    }
  }
  return text.length;
}

/** Past the `}}` of a `${{` that starts at `start`, or undefined when there is none. */
export function endOfTemplate(text: string, start: number): number | undefined {
  let depth = 0;
  for (let index = start + 3; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\n') return undefined;
    if (character === '"' || character === "'") index = endOfQuoted(text, index) - 1;
    else if (character === '{') depth += 1;
    else if (character === '}' && depth > 0) depth -= 1;
    else if (character === '}' && text[index + 1] === '}') return index + 2;
  }
  return undefined;
}

export interface Extent {
  readonly end: number;
  /** YAML would end or read it differently. */
  readonly needsQuotes: boolean;
}

/**
 * How far an unquoted value was meant to go. `stops` are the characters that end it outside of brackets; inside
 * `${{ }}`, parentheses and (in an expression) quotes nothing ends it.
 */
export function extentOf(text: string, start: number, stops: string, isExpression: boolean): Extent | undefined {
  const brackets: string[] = [];
  let needsQuotes = false;
  let index = start;
  for (; index < text.length && text[index] !== '\n'; index += 1) {
    const character = text[index] ?? '';
    if (text.startsWith('${{', index)) {
      const end = endOfTemplate(text, index);
      if (end === undefined) return undefined;
      needsQuotes ||= stops !== '' || /: | #/.test(text.slice(index, end));
      index = end - 1;
    } else if ((character === '"' || character === "'") && (isExpression || brackets.length > 0)) {
      const end = endOfQuoted(text, index);
      if (index === start || /[,:#[\]{}]/.test(text.slice(index, end))) needsQuotes = true;
      index = end - 1;
    } else if (
      brackets.length === 0 &&
      (stops.includes(character) || isBoundary(text, index, isExpression && stops === ''))
    ) {
      break;
    } else {
      needsQuotes =
        track(brackets, character, stops, needsQuotes) || (isExpression && text.startsWith(': ', index)) || needsQuotes;
    }
  }
  if (brackets.length > 0) return undefined;
  return { end: start + text.slice(start, index).trimEnd().length, needsQuotes };
}

/** A comment, or (unless a ternary may stand here) the colon after a key. */
const isBoundary = (text: string, index: number, ternary: boolean): boolean =>
  text.startsWith(' #', index) || (!ternary && text[index] === ':' && /[\s,}\]]|$/.test(text[index + 1] ?? ' '));

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']' };

/** Follows parentheses, and list brackets inside them; true when YAML would trip over one. */
function track(brackets: string[], character: string, stops: string, needed: boolean): boolean {
  const closer = CLOSERS[character];
  if (closer !== undefined) {
    brackets.push(closer);
    return needed || (character === '[' && stops !== '');
  }
  if (brackets.at(-1) === character) brackets.pop();
  return needed || (brackets.length > 0 && stops !== '' && ',{}'.includes(character));
}
