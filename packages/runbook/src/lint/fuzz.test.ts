import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyCatalog } from '../catalog.ts';
import { ExpressionError, evaluatePartial, parseDuration, parseTime, renderPartial } from '../expr/index.ts';
import { fixSource, formatRunbook } from '../format/index.ts';
import { readYaml } from '../parse/read-yaml.ts';
import { drafts, readDraftFile } from '../testing/drafts.ts';
import { lintRunbook } from './lint-runbook.ts';

const lint = (source: string) => lintRunbook(source, { file: 'fuzz.yaml', read: readDraftFile, catalog: emptyCatalog });

/** A draft with some of its lines dropped, doubled, or given a piece of another. */
const mangled = fc
  .tuple(
    fc.constantFrom(...drafts.map((draft) => draft.source)),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'cut', 'insert', 'shift'), fc.nat()), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.constantFrom(
      '{',
      '}',
      '"',
      "'",
      ': ',
      '- ',
      '${{ ',
      ' }}',
      '!',
      '&a ',
      '*a',
      '[',
      'null',
      '__proto__: 1',
      '1e999',
      '~',
      '\t',
    ),
  )
  .map(([source, edits, piece]) => {
    const lines = source.split('\n');
    for (const [where, how, column] of edits) {
      const at = where % lines.length;
      const line = lines[at] ?? '';
      const split = column % (line.length + 1);
      if (how === 'drop') lines.splice(at, 1);
      if (how === 'double') lines.splice(at, 0, line);
      if (how === 'cut') lines[at] = line.slice(0, split);
      if (how === 'insert') lines[at] = line.slice(0, split) + piece + line.slice(split);
      if (how === 'shift') lines[at] = ` ${line}`;
    }
    return lines.join('\n');
  });

describe('mangled runbooks', () => {
  it('are never a crash: faults with a place, or a runbook', () => {
    fc.assert(
      fc.property(mangled, (source) => {
        const { faults, runbook } = lint(source);
        expect(faults.length > 0 || runbook !== undefined).toBe(true);
        for (const fault of faults) expect([fault.line, fault.column, fault.message].every(Boolean)).toBe(true);
        expect(fixSource(source).source.length).toBeGreaterThanOrEqual(source.length);
      }),
      { numRuns: 60, seed: 11 },
    );
  });
});

describe('mangled runbooks that can still be read', () => {
  const value = (source: string): unknown => readYaml(source, '', 1 << 22).value;

  it('mean the same after formatting, and formatting again changes nothing', () => {
    fc.assert(
      fc.property(mangled, (source) => {
        const fixed = fixSource(source).source;
        const before = readYaml(fixed, '', 1 << 22);
        if (before.value === undefined || before.faults.length > 0) return;
        const formatted = formatRunbook(source);
        expect(value(formatted)).toEqual(before.value);
        expect(formatRunbook(formatted)).toBe(formatted);
      }),
      { numRuns: 40, seed: 17 },
    );
  });
});

describe('mangled expressions', () => {
  const piece = fc.constantFrom(
    'intake',
    'steps',
    '.',
    'a',
    'output',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '1',
    '2.5',
    ' + ',
    ' && ',
    ' || ',
    '!',
    ' == ',
    ' in ',
    '.all(x, ',
    '.map(x, x',
    'has(',
    '.size()',
    'string(',
    'timestamp(',
    ', ',
    ' ? ',
    ' : ',
    'null',
    'true',
    '${{ ',
    ' }}',
    '-',
    ' 09:00',
    'b"x"',
    'r"\\"',
    '0x',
    'u',
    'matches(',
  );
  const scope = {
    intake: { a: [1, 'x', null, { b: true }], n: 3, secret: { $secret: 'vault:1' } },
    steps: { a: { output: { $unknown: 'steps.a.output' } } },
  };

  it('fail only as expression errors', () => {
    const survive = (work: () => unknown): void => {
      try {
        work();
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionError);
      }
    };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        survive(() => evaluatePartial(text, scope));
        survive(() => renderPartial(`x \${{ ${text} }} y`, scope));
        survive(() => renderPartial(text, scope));
        survive(() => parseTime(text));
        survive(() => parseDuration(text));
      }),
      { numRuns: 4_000, seed: 13 },
    );
  });
});
