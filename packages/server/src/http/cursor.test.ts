import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';

const keyset = z.tuple([z.iso.datetime(), z.int()]);

describe('a cursor', () => {
  it('gives back the values it was made of', () => {
    const at = new Date('2026-11-20T09:00:00Z');
    expect(decodeCursor(encodeCursor([at, 7]), keyset)).toEqual(['2026-11-20T09:00:00.000Z', 7]);
    expect(decodeCursor(undefined, keyset)).toBeUndefined();
  });

  it.each(['', 'x', '%%%', encodeCursor(['2026-11-20T09:00:00Z']), encodeCursor([1, 2]), encodeCursor([])])(
    'refuses %j, which this list did not give',
    (text) => {
      expect(() => decodeCursor(text, keyset)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    },
  );
});

describe('pageOf', () => {
  const rows = [{ id: 1 }, { id: 2 }, { id: 3 }];

  it('uses the row past the limit only to tell that there is more', () => {
    expect(pageOf(rows, 2, (row) => [row.id])).toEqual({
      items: [{ id: 1 }, { id: 2 }],
      next_cursor: encodeCursor([2]),
    });
  });

  it('has no cursor on the last page, be it full or empty', () => {
    expect(pageOf(rows, 3, (row) => [row.id]).next_cursor).toBeNull();
    expect(pageOf([], 3, () => [1])).toEqual({ items: [], next_cursor: null });
  });
});
