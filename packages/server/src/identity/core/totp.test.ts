import { describe, expect, it } from 'vitest';
import { codeAt, judgeTotp } from './totp.ts';

/** RFC 6238, appendix B: the ASCII secret `12345678901234567890` in base32; the last six of its eight digits. */
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

it.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
])('the code at second %d is that of RFC 6238', (seconds, expected) => {
  expect(codeAt(RFC_SECRET, Math.floor(seconds / 30))).toBe(expected);
});

describe('a code', () => {
  const step = 59_000_000;
  const now = new Date(step * 30_000 + 10_000);
  const judge = (given: string, lastStep: number | null = null) =>
    judgeTotp({ secret: RFC_SECRET, code: given, now, lastStep });

  it.each([-1, 0, 1])('is accepted %d steps away', (drift) => {
    expect(judge(codeAt(RFC_SECRET, step + drift))).toEqual({ accepted: true, step: step + drift });
  });

  it.each([-2, 2])('is refused %d steps away', (drift) => {
    expect(judge(codeAt(RFC_SECRET, step + drift))).toMatchObject({ accepted: false });
  });

  it.each([-10, 10])('of a clock five minutes off (%d steps) is refused, and told to be one', (drift) => {
    expect(judge(codeAt(RFC_SECRET, step + drift))).toEqual({ accepted: false, why: 'clock' });
  });

  it('is accepted once, and none before it afterwards', () => {
    expect(judge(codeAt(RFC_SECRET, step), step)).toEqual({ accepted: false, why: 'used' });
    expect(judge(codeAt(RFC_SECRET, step - 1), step)).toEqual({ accepted: false, why: 'used' });
    expect(judge(codeAt(RFC_SECRET, step + 1), step)).toMatchObject({ accepted: true });
  });

  it.each(['', '12345', '1234567', 'abcdef', '１２３４５６'])('%j is none', (given) => {
    expect(judge(given)).toEqual({ accepted: false, why: 'wrong' });
  });
});
