import { escapeHtml } from './markdown.ts';

/** Text that is safe to stand in a page. Everything else is escaped on its way in. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlPart = Html | string | number | null | undefined | false | readonly HtmlPart[];

export type HtmlTag = (markup: TemplateStringsArray, ...parts: readonly HtmlPart[]) => Html;

/** A tag that joins fixed markup with values; only `Html` is taken as markup. Attributes must be quoted. */
export function htmlTag(escaped: (text: string) => string): HtmlTag {
  const markupOf = (part: HtmlPart): string => {
    if (part instanceof Html) return part.text;
    if (typeof part === 'object' && part !== null) return part.map(markupOf).join('');
    return part === null || part === undefined || part === false ? '' : escaped(String(part));
  };
  return (markup, ...parts) => new Html(String.raw({ raw: markup }, ...parts.map(markupOf)));
}

export const html = htmlTag(escapeHtml);
