import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCsv, toDocument } from './export-cut-list.ts';
import { formatLength, readLength } from './length.ts';
import { planCuts } from './plan-cuts.ts';

const documentOf = (label: string) =>
  toDocument(
    { id: 'p1', name: 'Table' },
    3_200,
    planCuts({
      boards: [{ label: 'Oak 40x40', material: 'oak', lengthUm: 2_400_000, quantity: 1 }],
      parts: [{ label, material: 'oak', lengthUm: 700_000, quantity: 4 }],
      kerfUm: 3_200,
    }),
  );

describe('exports', () => {
  it('VAL-26: the CSV has one line for each part, placed ones with where to cut', () => {
    expect(toCsv(documentOf('leg')).split('\r\n')).toEqual([
      'board,material,board_label,board_length_mm,part,start_mm,length_mm',
      '1,oak,Oak 40x40,2400,leg,0,700',
      '1,oak,Oak 40x40,2400,leg,703.2,700',
      '1,oak,Oak 40x40,2400,leg,1406.4,700',
      ',oak,,,leg,,700',
      '',
    ]);
  });

  it('quotes commas and quotes, and disarms what a spreadsheet would run as a formula', () => {
    expect(toCsv(documentOf('a "wide", one'))).toContain(',"a ""wide"", one",');
    expect(toCsv(documentOf('=1+1'))).toContain(",'=1+1,");
  });

  it('VAL-26: the JSON adds up in millimetres', () => {
    expect(documentOf('leg')).toMatchObject({
      kerfMm: 3.2,
      boards: [{ kerfMm: 9.6, offcutMm: 290.4 }],
      unplaced: [{ label: 'leg', lengthMm: 700, quantity: 1 }],
      totals: { stockMm: 2400, partsMm: 2100, kerfMm: 9.6, offcutMm: 290.4, yield: 0.875 },
    });
  });
});

describe('lengths', () => {
  it('reads back what it shows, in millimetres and in inches', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.constantFrom('mm' as const, 'in' as const),
        (um, unit) => {
          const mm = um / 1_000;
          const read = readLength(formatLength(mm, unit), unit);
          // Four places of an inch are 2.5 micrometres.
          expect(Math.abs((read ?? Number.NaN) - mm)).toBeLessThanOrEqual(unit === 'in' ? 0.002 : 0);
        },
      ),
    );
  });

  it('refuses what is not a plain number', () => {
    for (const text of ['', '-5', '1e3', '0x10', '12 mm', 'NaN']) expect(readLength(text, 'mm')).toBeUndefined();
    expect(readLength(' 12,5 ', 'mm')).toBe(12.5);
  });
});
