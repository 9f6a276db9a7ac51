import MarkdownIt from 'markdown-it';

/** Raw HTML in a template is shown as text, and links to `javascript:` and the like are never made. */
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

/** CommonMark with tables, to HTML without a page around it. */
export const markdownToHtml = (text: string): string => markdown.render(text);

export type MarkdownToken = ReturnType<typeof markdown.parse>[number];

/** The same text taken apart, for what is no HTML: opening and closing tokens in a row. */
export const markdownTokens = (text: string): readonly MarkdownToken[] => markdown.parse(text, {});

const INLINE_MARKS = /[\\`*_[\]<>()&|~]/g;
const LINE_START_MARKS = /^(\d*)([#+=.-])/;

/**
 * A value for Markdown text: it can neither start a link, an image, a heading or a list, nor end the line it
 * stands in, whatever a client typed into it.
 */
export const escapeMarkdown = (value: string): string =>
  value
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll(INLINE_MARKS, '\\$&')
    .replace(LINE_START_MARKS, '$1\\$2');

/**
 * The same for the place it lands in: in a code span or block Markdown knows no escapes, and would show them.
 *
 * @param before the template up to the value
 */
export function escapeMarkdownAt(value: string, before: string): string {
  const line = before.slice(before.lastIndexOf('\n') + 1);
  if (!isInCode(before, line)) return escapeMarkdown(value);
  const plain = value.replaceAll(/\s*[\r\n]+\s*/g, ' ').replaceAll('`', "'");
  // A row of a table ends its cell at any bar, in code as well.
  return /^\s*\|/.test(line) ? plain.replaceAll('|', '\\|') : plain;
}

const isInCode = (before: string, line: string): boolean =>
  isOdd(before.match(/^ {0,3}```/gm)?.length) || isOdd(line.replaceAll('\\`', '').match(/`/g)?.length);

const isOdd = (count: number | undefined): boolean => (count ?? 0) % 2 === 1;

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (mark) => HTML_ENTITIES[mark] ?? mark);
