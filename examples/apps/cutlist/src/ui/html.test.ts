import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from './html.ts';

describe('html', () => {
  it('lets no text out of its place, in an element or in a quoted attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { markup } = html`<a title="${text}">${text}</a>`;
        const [, attribute = '', content = ''] = /^<a title="([^"]*)">([^<]*)<\/a>$/s.exec(markup) ?? [];
        const decode = (encoded: string): string =>
          encoded
            .replaceAll('&lt;', '<')
            .replaceAll('&gt;', '>')
            .replaceAll('&quot;', '"')
            .replaceAll('&#39;', "'")
            .replaceAll('&amp;', '&');
        expect([decode(attribute), decode(content)]).toEqual([text, text]);
      }),
    );
  });

  it('keeps the markup of nested templates and drops undefined', () => {
    expect(html`<ul>${[html`<li>${1}</li>`, html`<li>${'<'}</li>`]}${undefined}</ul>`.markup).toBe(
      '<ul><li>1</li><li>&lt;</li></ul>',
    );
  });
});
