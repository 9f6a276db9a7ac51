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

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (mark) => HTML_ENTITIES[mark] ?? mark);
