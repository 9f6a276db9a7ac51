import { describe, expect, it } from 'vitest';
import { parseRange } from '../expr/index.ts';
import { readDuration } from './read-duration.ts';

describe('durations in words', () => {
  it.each([
    ['1-2 weeks', '1w-2w', ''],
    ['1–2 days', '1d-2d', ''],
    ['0.5 day', '0.5d', ''],
    ['10 minutes', '10m', ''],
    ['15 minutes (Basic) | 45 minutes (Premium)', '15m-45m', '(Basic) (Premium)'],
    ['3 business days', '3bd', ''],
    ['2 to 3 months', '2mo-3mo', ''],
  ])('%s is %s', (words, text, rest) => {
    expect(readDuration(words)).toEqual({ text, rest });
    expect(() => parseRange(text)).not.toThrow();
  });

  it.each(['ongoing', 'T-1 day later?'.slice(0, 3), '', 'version 3'])('%s names none', (words) => {
    expect(readDuration(words)).toBeUndefined();
  });
});
