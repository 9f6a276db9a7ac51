import type { MarkdownToken } from '../../kit/index.ts';

/** A stretch of text that looks one way. What a client typed is a `text` and can be nothing else. */
export interface PdfRun {
  readonly text: string;
  readonly bold?: true;
  readonly italics?: true;
  readonly font?: 'Mono';
  readonly decoration?: 'lineThrough';
  readonly style?: readonly ('code' | 'link')[];
  readonly link?: string;
  readonly background?: string;
  readonly preserveLeadingSpaces?: true;
}

type Look = Omit<PdfRun, 'text'>;

export const CODE_GROUND = '#eef1f4';
const CODE: Look = { font: 'Mono', style: ['code'], background: CODE_GROUND, preserveLeadingSpaces: true };
/** An address without a scheme would lead into the reader's own file system. */
const LINKABLE = /^(?:https?:\/\/|mailto:)/i;

const LOOKS: Readonly<Record<string, Look>> = {
  strong: { bold: true },
  em: { italics: true },
  s: { decoration: 'lineThrough' },
};

/** The children of an inline token as runs of text. Pictures become their description. */
export function runsOf(tokens: readonly MarkdownToken[], base: Look = {}): readonly PdfRun[] {
  const looks: Look[] = [base];
  const runs: PdfRun[] = [];
  const add = (text: string, more: Look = {}): void => {
    const look = looks.at(-1) ?? base;
    runs.push({ ...look, ...more, ...stylesOf(look, more), text: text.normalize('NFC') });
  };
  for (const token of tokens) {
    if (token.nesting === 1) looks.push({ ...looks.at(-1), ...lookOf(token) });
    else if (token.nesting === -1) looks.pop();
    else if (token.type === 'softbreak') add(' ');
    else if (token.type === 'hardbreak') add('\n');
    else if (token.type === 'code_inline') add(token.content, CODE);
    else if (token.type === 'image') add(token.content, { italics: true });
    else add(token.content);
  }
  return runs.filter(({ text }) => text !== '');
}

function lookOf(token: MarkdownToken): Look {
  if (token.type !== 'link_open') return LOOKS[token.tag] ?? {};
  const href = String(token.attrGet('href'));
  return LINKABLE.test(href) ? { link: href, style: ['link'] } : {};
}

function stylesOf(one: Look, other: Look): Look {
  const style = [...(one.style ?? []), ...(other.style ?? [])];
  return style.length === 0 ? {} : { style };
}

/** A block of code keeps its lines and their indentation. */
export const codeRun = (text: string): PdfRun => ({
  text: text.replace(/\n$/, '').replaceAll('\t', '    ').normalize('NFC'),
  font: 'Mono',
  style: ['code'],
  preserveLeadingSpaces: true,
});
