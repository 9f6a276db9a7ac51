import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from './html.ts';
import { describeValue } from './words.ts';

describe('html', () => {
  it('escapes every value and only takes its own results as markup', () => {
    expect(
      html`<p title="${'"\'<>&'}">${html`<b>${'<i>'}</b>`}${['<', html`<br>`]}${null}${undefined}${false}${0}</p>`.text,
    ).toBe('<p title="&quot;&#39;&lt;&gt;&amp;"><b>&lt;i&gt;</b>&lt;<br>0</p>');
  });

  it('lets no text close a tag, an attribute or turn its direction', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`${text}`.text).not.toMatch(/[<>"'\u202A-\u202E\u2066-\u2069]|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});

describe('values in words', () => {
  it('says sealed for a secret, wherever it stands', () => {
    const value = { a: [{ $secret: 'vault:1' }], b: { $secretTemplate: ['Bearer ', { $secret: 'vault:2' }] } };
    const { text } = describeValue(value);
    expect(text).not.toContain('vault');
    expect(text).toContain('<li>sealed</li>');
    expect(text).toContain('Bearer sealed');
  });

  it('stays short for values that are long or deep, and says where the rest is', () => {
    const deep = Array.from({ length: 50 }).reduce<object>((inner) => ({ inner }), {});
    for (const value of ['x'.repeat(1_000_000), Array.from({ length: 5_000 }, (_, index) => index), deep]) {
      const { text } = describeValue(value as never);
      expect(text.length).toBeLessThan(5_000);
      expect(text).toContain('run.json');
    }
  });
});
