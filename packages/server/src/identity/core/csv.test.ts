import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvFault, csvReader, FIELD_MAX } from './csv.ts';
import { readHeader, readRow } from './user-list.ts';

const readAll = (pieces: readonly string[]): readonly (readonly string[])[] => {
  const reader = csvReader();
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
};

describe('a list in CSV', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a;b\n1,5;2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    ['"a ""x""","b\nc"\n', [['a "x"', 'b\nc']]],
    [
      'a,b\n\n\n1,\n',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    ['""\n', []],
    ['', []],
  ])('%j is read', (text, rows) => {
    expect(readAll([text])).toEqual(rows);
  });

  it('reads the same however the network cuts it, and gives back what was written', () => {
    const cell = fc.string({ maxLength: 12 });
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 7 }), (rows, size) => {
        const text = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join('\r\n');
        const characters = Array.from(text);
        const pieces = [];
        for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(''));
        expect(readAll(pieces)).toEqual(rows);
      }),
    );
  });

  it.each([
    ['a,b\n"open,1\n2,3\n', 2],
    ['a,b\n"x"y,1\n', 2],
    [`a,b\n1,2\n"${'x'.repeat(FIELD_MAX + 1)}`, 3],
  ])('a file that is broken is refused at the row where it breaks', (text, row) => {
    expect(() => readAll([text])).toThrow(CsvFault);
    expect(() => readAll([text])).toThrow(expect.objectContaining({ row }));
  });
});

describe('a row of a list', () => {
  const header = readHeader(['\uFEFFRole', 'Full Name', 'phone', 'E-Mail', 'EMAIL']);

  it('columns may stand in any order and be written as people write them', () => {
    expect(header).toEqual({ email: 4, full_name: 1, role: 0, password_hash: -1 });
    expect(readHeader(['email', 'name', 'role'])).toBeUndefined();
  });

  it.each([
    [['user', 'Ann', '', '', 'ann@acme.example'], undefined],
    [['user', 'Ann', '', '', 'ann'], 'no e-mail address'],
    [['user', ' ', '', '', 'a@b.example'], 'full name is missing'],
    [['boss', 'Ann', '', '', 'a@b.example'], 'not one of admin, user'],
    [[], 'e-mail address is missing; the full name is missing; the role is missing'],
  ])('%j: %s', (fields, problem) => {
    if (header === undefined) throw new Error('no header');
    const row = readRow(fields, header, ['admin', 'user']);
    expect(row.ok ? undefined : row.problem).toEqual(
      problem === undefined ? undefined : expect.stringContaining(problem),
    );
  });
});
