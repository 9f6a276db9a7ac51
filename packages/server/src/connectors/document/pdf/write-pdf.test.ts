import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isTenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { placeholderRenderer, Secret } from '../../kit/index.ts';
import { type Document, type DocumentRequest, renderDocument } from '../index.ts';
import { readPdf } from '../testing/read-pdf.ts';

const hostile = '<b>bold</b> **bold** [click](javascript:alert(1)) | cell\n# heading';
const values = { company: 'Acme & Söhne', hostile, list: ['a', 'b'], password: new Secret('open sesame') };

type More = Partial<Omit<DocumentRequest, 'template' | 'format'>>;

const write = (template: string, more: More = {}): Promise<Document> =>
  renderDocument({
    template,
    format: 'pdf',
    name: 'guide',
    render: placeholderRenderer(values),
    brand: { name: 'CutListCreator', color: '#1a6b4f' },
    at: new Date('2026-11-20T09:00:00Z'),
    signal: new AbortController().signal,
    ...more,
  });

const refusal = async (work: Promise<unknown>): Promise<{ code: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    if (isTenantryError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
};

const TEMPLATE = `---
title: Guide of \${{ company }}
language: pt-PT
---
# Guia de \${{ company }}

Instruções: ação, coração, três, àquele. Call \`POST /api\` and see [the page](https://docs.example/a?b=1&c=2).

## List

- one
  1. inner
- two

| Plan | Users |
| --- | ---: |
| Enterprise | 1000 |

> quoted

\`\`\`json
{
  "indented": true
}
\`\`\`

---

![a picture](https://evil.example/x.png)
`;

describe('a PDF document', () => {
  it('holds headings, lists, tables, code and links as text that another reader finds', async () => {
    const { text, links, pages } = await readPdf((await write(TEMPLATE)).bytes);
    expect(text).toContain('Guia de Acme & Söhne');
    expect(text).toContain('Instruções: ação, coração, três, àquele.');
    for (const part of ['POST /api', 'one', 'inner', 'Enterprise', '1000', 'quoted', '"indented": true', 'a picture'])
      expect(text).toContain(part);
    expect(links).toEqual(['https://docs.example/a?b=1&c=2']);
    expect(pages).toHaveLength(1);
  });

  it('says title, language, product and the time it was written, and numbers its pages', async () => {
    const { info, language, pages } = await readPdf((await write(`${TEMPLATE}\n\n${'Long text. '.repeat(900)}`)).bytes);
    expect(info).toMatchObject({
      Title: 'Guide of Acme & Söhne',
      Author: 'CutListCreator',
      CreationDate: 'D:20261120090000Z',
    });
    expect(language).toBe('pt-PT');
    expect(pages.length).toBeGreaterThan(1);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain('CutListCreator');
      expect(page).toContain(`${index + 1} / ${pages.length}`);
    }
  });

  it('is the same bytes for the same template, values and time', async () => {
    const [one, two] = [await write(TEMPLATE), await write(TEMPLATE)];
    expect(two.sha256).toBe(one.sha256);
    expect(createHash('sha256').update(one.bytes).digest('hex')).toBe(one.sha256);
    expect((await write(TEMPLATE, { at: new Date('2026-11-21T09:00:00Z') })).sha256).not.toBe(one.sha256);
  });

  it('shows what a client typed as text: no link, no heading, no markup', async () => {
    const { text, links } = await readPdf((await write('Notes: ${{ hostile }}\n')).bytes);
    expect(text).toContain('Notes: <b>bold</b> **bold** [click](javascript:alert(1)) | cell # heading');
    expect(links).toEqual([]);
  });

  it('a link that is no web or mail address is no link', async () => {
    expect((await readPdf((await write('[a](/etc/passwd) [b](file:///etc/passwd)')).bytes)).links).toEqual([]);
  });

  it('names the characters its fonts cannot show, and where they stand', async () => {
    expect(await refusal(write('Client: 中文 ✓'))).toEqual({
      code: 'runbook.invalid',
      message: expect.stringMatching(/U\+4E2D in "Client: 中文 ✓".*U\+2713/),
    });
  });

  it('code in letters that only the text font has is still shown', async () => {
    expect((await readPdf((await write('`Ж = 1`')).bytes)).text).toContain('Ж = 1');
  });

  it('with a password opens with it alone, and by AES with a key of 256 bits', async () => {
    const { bytes } = await write('Secret **terms**', { password: new Secret('open sesame') });
    await expect(readPdf(bytes)).rejects.toMatchObject({ name: 'PasswordException' });
    await expect(readPdf(bytes, 'wrong')).rejects.toMatchObject({ name: 'PasswordException' });
    const { text, info } = await readPdf(bytes, 'open sesame');
    expect(text).toContain('Secret terms');
    expect(info).toMatchObject({ EncryptFilterName: 'Standard' });
    expect(bytes.toString('latin1')).toContain('/AESV3');
    expect(bytes.toString('latin1')).not.toContain('open sesame');
  });

  it('is the only format that a password protects', async () => {
    const asked = renderDocument({ ...request('md'), password: new Secret('x') });
    expect((await refusal(asked)).code).toBe('runbook.invalid');
  });

  it('a table of long hashes stays on the page', async () => {
    const hash = 'a1b2c3d4'.repeat(8);
    const { text } = await readPdf(
      (await write(`| Name | SHA-256 | Also |\n|---|---|---|\n| x | ${hash} | ${hash} |`)).bytes,
    );
    expect(text.replaceAll(/\s/g, '').split('a1b2c3d4')).toHaveLength(17);
  });

  it('of 200 pages does not hold up the event loop', async () => {
    const rows = Array.from({ length: 12 }, (_, row) => `| row ${row} | value of the row |`).join('\n');
    const chapter = `## Chapter\n\n${'A sentence of the manual. '.repeat(60)}\n\n| a | b |\n|---|---|\n${rows}\n\n`;
    await write('warm-up');
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const { bytes } = await write(chapter.repeat(330));
    delay.disable();
    expect((bytes.toString('latin1').match(/\/Type \/Page\b/g) ?? []).length).toBeGreaterThan(200);
    expect(delay.max / 1e6).toBeLessThan(500);
  }, 60_000);

  it('is given up when its step is', async () => {
    const stop = new AbortController();
    const asked = write('A sentence. '.repeat(100_000), { signal: stop.signal });
    stop.abort(new Error('the worker stops'));
    await expect(asked).rejects.toThrow('the worker stops');
    expect((await readPdf((await write('the next one')).bytes)).text).toContain('the next one');
  });
});

const request = (format: DocumentRequest['format']): DocumentRequest => ({
  template: 'x',
  format,
  name: 'x',
  render: placeholderRenderer({}),
  brand: { name: 'CutListCreator' },
  at: new Date(0),
  signal: new AbortController().signal,
});
