import { createHash } from 'node:crypto';
import { isTenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { placeholderRenderer, Secret } from '../kit/index.ts';
import { type DocumentFormat, renderDocument } from './render.ts';

const hostile = '<script>alert(1)</script> [click](javascript:alert(1)) **bold** | cell\n# heading';
const values = {
  company: 'Acme & Söhne',
  hostile,
  url: 'https://acme_app.example/a?b=1&c=(2)',
  users: 12,
  sso: true,
  list: ['a', 'b'],
  map: { deep: { one: 1 } },
  password: new Secret('hunter2'),
};
const surroundings = {
  brand: { name: 'CutListCreator' },
  at: new Date('2026-11-20T09:00:00Z'),
  signal: new AbortController().signal,
};
const write = (template: string, format: DocumentFormat, name = 'guide') =>
  renderDocument({ template, format, name, render: placeholderRenderer(values), ...surroundings });
const textOf = async (template: string, format: DocumentFormat): Promise<string> =>
  (await write(template, format)).bytes.toString('utf8');

const refusal = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return isTenantryError(error) ? error.code : String(error);
  }
  return 'nothing was refused';
};

describe('a document', () => {
  it('carries its name, media type, bytes and their hash', async () => {
    const document = await write('Hello ${{ company }}', 'md', 'Welcome');
    expect(document).toMatchObject({ name: 'Welcome.md', media_type: 'text/markdown; charset=utf-8' });
    expect(document.sha256).toBe(createHash('sha256').update(document.bytes).digest('hex'));
    expect((await write('a', 'yaml', 'values.yml')).name).toBe('values.yml');
  });

  it('is the same bytes for the same template and values', async () => {
    const [first, second] = [await write('# ${{ company }}', 'html'), await write('# ${{ company }}', 'html')];
    expect(first.sha256).toBe(second.sha256);
  });

  it('as HTML is a whole page with language, title, landmark and table headings, and loads nothing', async () => {
    const html = await textOf(
      '# Guide for ${{ company }}\n\n| Plan | Users |\n| --- | --- |\n| pro | ${{ users }} |',
      'html',
    );
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain('<title>Guide for Acme &amp; Söhne</title>');
    expect(html).toContain('<main>');
    expect(html).toContain('<th scope="col">Users</th>');
    expect(html).toContain('<td>12</td>');
    expect(html).not.toMatch(/(src|href)=|@import|url\(/);
  });

  it('shows what a client typed as text, in HTML and in Markdown', async () => {
    const html = await textOf('Notes: ${{ hostile }}\n', 'html');
    expect(html).not.toMatch(/<script|<a |<strong>|<h1>/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect((await textOf('| ${{ hostile }} |', 'md')).split('\n')).toHaveLength(1);
  });

  it.each(['# no heading', '- no list', '1. no list', '+ no list', '> no quote', '= no underline'])(
    'a value at the start of a line stays text: %s',
    async (value) => {
      const { bytes } = await renderDocument({
        template: '${{ v }}',
        format: 'html',
        name: 'x',
        render: placeholderRenderer({ v: value }),
        ...surroundings,
      });
      const escaped = value.replace('>', '&gt;');
      expect(bytes.toString('utf8')).toContain(`<p>${escaped}</p>`);
    },
  );

  it('shows what a client typed in code without the marks of an escape, and it cannot leave the code', async () => {
    const typed = (template: string, value: string): Promise<string> =>
      renderDocument({
        template,
        format: 'html',
        name: 'x',
        render: placeholderRenderer({ v: value }),
        ...surroundings,
      }).then(({ bytes }) => bytes.toString('utf8'));
    expect(await typed('See `${{ v }}` here', '198.51.100.0/24_*')).toContain('<code>198.51.100.0/24_*</code> here');
    expect(await typed('See `${{ v }}` here', '`**b**` [x](y)')).toContain("<code>'**b**' [x](y)</code> here");
    expect(await typed('| a | b |\n|---|---|\n| `${{ v }}` | c |', 'x | y')).toContain('<td><code>x | y</code></td>');
    expect(await typed('```\n${{ v }}\n```\n', 'a_b\n```\n# no')).toContain("a_b ''' # no");
  });

  it('HTML written in a template is shown, not run', async () => {
    expect(await textOf('<img src=x onerror=alert(1)>', 'html')).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('an address survives as the target of a link', async () => {
    expect(await textOf('[open](${{ url }})', 'html')).toContain('href="https://acme_app.example/a?b=1&amp;c=(2)"');
  });

  it('as JSON keeps the type of a placeholder that stands alone', async () => {
    const text = await textOf(
      '{"users": "${{ users }}", "sso": "${{ sso }}", "deep": "${{ map.deep }}", "say": "Hi ${{ hostile }}"}',
      'json',
    );
    expect(JSON.parse(text)).toEqual({ users: 12, sso: true, deep: { one: 1 }, say: `Hi ${hostile}` });
  });

  it('as YAML no value can start a key or end its scalar', async () => {
    expect(await textOf('name: ${{ hostile }}\nusers: ${{ users }}\n', 'yaml')).toBe(
      `name: ${JSON.stringify(hostile)}\nusers: 12\n`,
    );
  });

  it('a JSON template that is no JSON is refused', async () => {
    expect(await refusal(() => write('{"users": ${{ users }}}', 'json'))).toBe('runbook.invalid');
  });

  it.each([
    ['a missing value', '${{ compnay }}'],
    ['a map in text', '${{ map }}'],
    ['a member of the prototype', '${{ constructor }}'],
    ['an expression', '${{ 1 + 1 }}'],
    ['SECV-08: a secret', '${{ password }}'],
  ])('%s is refused', async (_what, template) => {
    expect(await refusal(() => write(template, 'md'))).toBe('runbook.invalid');
  });

  it('$${{ writes the notation itself', async () => {
    expect(await textOf('Write $${{ name }}', 'md')).toBe('Write ${{ name }}');
  });
});
