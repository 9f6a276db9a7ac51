import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, parseOffset, parseRange } from './duration.ts';
import { ExpressionError } from './expression-error.ts';
import { parseTime, timeReferences } from './time.ts';

describe('durations', () => {
  it.each([
    ['30s', 30, 's'],
    ['10m', 10, 'm'],
    ['4h', 4, 'h'],
    ['2d', 2, 'd'],
    ['1w', 1, 'w'],
    ['1mo', 1, 'mo'],
    ['3bd', 3, 'bd'],
    ['0m', 0, 'm'],
  ])('%s is read and written back', (text, amount, unit) => {
    expect(parseDuration(text)).toEqual({ amount, unit });
    expect(formatDuration(parseDuration(text))).toBe(text);
  });

  it('RUN-10: days may be fractional, months and working days may not', () => {
    expect(parseDuration('0.5d')).toEqual({ amount: 0.5, unit: 'd' });
    expect(() => parseDuration('1.5bd')).toThrow('whole numbers');
    expect(() => parseDuration('1.5mo')).toThrow('whole numbers');
  });

  it.each(['', '5', 'd', '4 h', '1h30m', '1y', '+1d', '1e3d', '0x1d', '99999999999999999999d', '1d '])(
    '%j is refused',
    (text) => {
      expect(() => parseDuration(text)).toThrow(ExpressionError);
    },
  );

  it('only offsets are negative', () => {
    expect(parseOffset('-7d')).toEqual({ amount: -7, unit: 'd' });
    expect(() => parseDuration('-7d')).toThrow('negative');
  });

  it('RUN-11: ranges have two ends in order', () => {
    expect(parseRange('1w-2w')).toEqual({ from: { amount: 1, unit: 'w' }, to: { amount: 2, unit: 'w' } });
    expect(parseRange('0.5d-1d').from.amount).toBe(0.5);
    expect(parseRange('25m')).toEqual({ from: { amount: 25, unit: 'm' }, to: { amount: 25, unit: 'm' } });
    expect(() => parseRange('2w-1w')).toThrow('ends before it starts');
    expect(() => parseRange('1d-2d-3d')).toThrow('not a range');
  });
});

describe('times', () => {
  it('a path, an offset and an hour', () => {
    expect(parseTime('go_live - 1d 09:00')).toEqual({
      anchor: { path: ['go_live'], start: 0, end: 7 },
      offset: { sign: -1, kind: 'duration', duration: { amount: 1, unit: 'd' } },
      hour: { hour: 9, minute: 0 },
    });
    expect(parseTime('go_live 09:00').offset).toBeUndefined();
    expect(parseTime('go_live+1d')).toMatchObject({ offset: { sign: 1, duration: { amount: 1, unit: 'd' } } });
  });

  it('the offset may be a path that holds a duration', () => {
    const time = parseTime('phases.termination.done_at + vars.retention');
    expect(timeReferences(time).map((at) => at.path.join('.'))).toEqual([
      'phases.termination.done_at',
      'vars.retention',
    ]);
  });

  it.each([
    ['', 0],
    ['09:00', 0],
    ['go_live 25:00', 8],
    ['go_live - 1x', 10],
    ['go_live -', 9],
    ['go_live 09:00 x', 14],
    ['a.b - -1d', 6],
    ['go_live - 1d 9:00', 13],
  ])('%j is refused at %i', (text, offset) => {
    try {
      parseTime(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionError);
      expect((error as ExpressionError).offset).toBe(offset);
    }
  });

  it('a very long text is refused at once', () => {
    expect(() => parseTime('a '.repeat(100_000))).toThrow('at most');
  });
});
