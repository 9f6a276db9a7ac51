import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRunbook } from '../format/index.ts';
import { importMarkdown } from './import-markdown.ts';

const options = { name: 'random', file: 'random.md', sha256: '0'.repeat(64) };

const word = fc.constantFrom(
  'Create',
  'verify',
  'tenant',
  'Owner:',
  'Owners: Platform + Client',
  'Exit: done',
  'Artifacts:',
  '**Duration:** 2-3 days',
  'Version: 1.2',
  '(1 day)',
  'Step 2:',
  '3.1',
  '**Bold line**',
  '**Option A: by hand**',
  '____',
  'Name: ______',
  'Chosen: [ ] Yes [ ] No',
  '`code`',
  '[label](https://a.example/b "title")',
  '![alt](x.png)',
  '<b>html</b>',
  '${{ intake.x }}',
  '$${{',
  '__proto__',
  '<<',
  'null',
  'a: b',
  '# c',
  "it's",
  '"quoted"',
  '&amp;',
  '\\*',
  'â€”',
  'ðŸŸ¡',
  'ü',
  '日本',
  '\t',
  '[^1]',
  '~~old~~',
  '| cell |',
  '-',
  '* * *',
  '{[',
  'https://b.example',
);
const text = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
const indent = fc.constantFrom('', '', '', '  ', '    ', '> ', '- > ');
const title = fc.constantFrom(
  'Purpose',
  'Overview',
  'Rollback procedure',
  'Troubleshooting',
  'References',
  'Version history',
  'Approval',
  'RACI',
  'Contacts',
  'Table of contents',
  'Phase 1: Intake (2 days)',
  'Verification',
  'Timeline',
);
const line = fc.oneof(
  { weight: 3, arbitrary: text },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.oneof(text, title)).map(([n, t]) => `${'#'.repeat(n)} ${t}`),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('-', '- [ ]', '- [x]', '1.', '2) [ ]', '+'), text).map((p) => p.join(' ')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('bash', 'sql', 'yaml', '', 'markdown', 'md'),
        fc.array(text, { maxLength: 4 }),
        fc.constantFrom('```', '~~~', '````'),
      )
      .map(([language, lines, fence]) => `${fence}${language}\n${lines.join('\n')}\n${fence}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'Phase | Duration | Owner',
          'Role | Name | Date',
          'Step | Owner | Done',
          'Version | Date | Author',
          'Item | Info | Collected',
        ),
        fc.array(text, { maxLength: 3 }),
      )
      .map(
        ([head, rows]) => `| ${head} |\n|---|---|---|\n${rows.map((row) => `| ${row} | 1-2 weeks | [ ] |`).join('\n')}`,
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '',
      '---',
      '===',
      '```',
      '# 1. First\n# Expected: x\n# 2. Second',
      '[a]: https://c.example',
      '[^1]: note',
    ),
  },
);
const document = fc
  .array(fc.tuple(indent, line, fc.constantFrom('\n', '\n\n', '\r\n')), { minLength: 1, maxLength: 24 })
  .map((parts) => parts.map(([before, body, end]) => `${before}${body}${end}`).join(''));

function importOrRefuse(source: string) {
  return /[\p{L}\p{N}]/u.test(source.replace(/â€”|ðŸŸ¡/g, '')) ? importMarkdown(source, options) : undefined;
}

describe('random Markdown', () => {
  it('becomes a draft with nothing unaccounted for and no lint error', () => {
    fc.assert(
      fc.property(document, (source) => {
        const imported = importOrRefuse(source);
        if (imported === undefined) return;
        const { report, yaml } = imported;
        expect(report.unaccounted).toEqual([]);
        expect(report.faults.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(formatRunbook(yaml)).toBe(yaml);
      }),
      { numRuns: 60, seed: 5 },
    );
  }, 60_000);

  it('is read whatever characters stand in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), fc.nat(3), (noise, depth) => {
        const source = `${'#'.repeat(depth)} Title ${noise.replaceAll('\0', '')}\n\n- [ ] do it ${noise.replaceAll('\0', '')}`;
        const { report } = importMarkdown(source, options);
        expect(report.unaccounted).toEqual([]);
        expect(report.faults.filter(({ severity }) => severity === 'error')).toEqual([]);
      }),
      { numRuns: 40, seed: 6 },
    );
  }, 60_000);
});
