/**
 * Procedures are often kept inside a ```markdown fence, with fences of their own inside it; Markdown would end the
 * outer fence at the first inner end. The outer one is taken away here, so that what it holds is read like the rest.
 * Lines keep their numbers.
 */

export interface UnwrappedText {
  readonly text: string;
  /** Lines that stood inside a fence, both ends included. */
  readonly embedded: readonly { readonly from: number; readonly to: number }[];
}

const OPEN = /^( {0,3})(`{3,}|~{3,})\s*(\S*)[^`]*$/;
const isMarkdown = (language: string): boolean => /^(markdown|md)$/i.test(language);
/** An e-mail or a form to copy stays as it stands. */
const isTemplate = (lines: readonly string[]): boolean =>
  lines.some((line) => /^\s*(\*\*)?subject:/i.test(line)) ||
  lines.slice(0, 4).some((line) => /^#{1,6}\s.*\b(template|e-?mail|letter)\b/i.test(line));

export function unwrapFences(source: string): UnwrappedText {
  const lines = source.split('\n');
  const embedded: { from: number; to: number }[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const open = OPEN.exec(lines[index] ?? '');
    if (open === null) continue;
    const [, , mark = '', language = ''] = open;
    const close = isMarkdown(language) ? nestedEnd(lines, index + 1, mark) : plainEnd(lines, index + 1, mark);
    if (close === undefined) continue;
    const inner = lines.slice(index + 1, close);
    if (
      isMarkdown(language) &&
      isTemplate([headingAbove(lines, index), ...inner]) &&
      inner.every((line) => !isFence(line))
    ) {
      index = close;
    } else if (isMarkdown(language)) {
      lines[index] = '';
      lines[close] = '';
      if (inner.length > 0) embedded.push({ from: index + 2, to: close });
      // What stands inside is read again: its own fences must not be taken for ends.
      for (let at = index + 1; at < close; at += 1) {
        const fence = OPEN.exec(lines[at] ?? '');
        if (fence !== null) at = plainEnd(lines, at + 1, fence[2] ?? '') ?? close;
      }
      index = close;
    } else {
      index = close;
    }
  }
  return { text: lines.join('\n'), embedded };
}

const headingAbove = (lines: readonly string[], index: number): string =>
  lines.slice(0, index).findLast((line) => line.trim() !== '') ?? '';

const isFence = (line: string): boolean => /^\s*(`{3,}|~{3,})/.test(line);

const isEnd = (line: string, mark: string): boolean => {
  const bare = line.trim();
  return bare.length >= mark.length && bare === (mark[0] ?? '').repeat(bare.length);
};

function plainEnd(lines: readonly string[], from: number, mark: string): number | undefined {
  const end = lines.findIndex((line, index) => index >= from && isEnd(line, mark));
  return end < 0 ? undefined : end;
}

/** The end of a fence in which a fence with a language opens another one. */
function nestedEnd(lines: readonly string[], from: number, mark: string): number | undefined {
  let inner: string | undefined;
  for (let index = from; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (inner !== undefined) {
      if (isEnd(line, inner)) inner = undefined;
    } else if (isEnd(line, mark)) {
      return index;
    } else {
      const fence = /^\s*(`{3,}|~{3,})\s*\S/.exec(line);
      if (fence !== null) inner = fence[1];
    }
  }
  return undefined;
}
