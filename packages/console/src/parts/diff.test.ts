import { expect, it } from 'vitest';
import { diffLines, withContext } from './diff.ts';

const shown = (before: string, after: string): string =>
  diffLines(before, after)
    .map(({ kind, text }) => `${{ same: ' ', gone: '-', new: '+' }[kind]}${text}`)
    .join('\n');

it('shows what was taken away before what came in its place, and nothing else', () => {
  expect(shown('a\nb\nc\nd', 'a\nx\nc\nd\ne')).toBe(' a\n-b\n+x\n c\n d\n+e');
  expect(shown('a\nb', 'a\nb')).toBe(' a\n b');
  expect(shown('', 'a')).toBe('-\n+a');
});

it('both texts can be put together again from the difference', () => {
  const before = 'one\ntwo\nthree\nfour\nfive\nsix';
  const after = 'zero\none\nthree\nFOUR\nfive\nsix\nseven';
  const lines = diffLines(before, after);
  const side = (kind: string): string =>
    lines
      .filter((line) => line.kind === 'same' || line.kind === kind)
      .map(({ text }) => text)
      .join('\n');
  expect(side('gone')).toBe(before);
  expect(side('new')).toBe(after);
});

it('leaves out what is far from any change, once for each stretch', () => {
  const before = Array.from({ length: 20 }, (_each, index) => `line ${index}`);
  const after = before.map((line, index) => (index === 10 ? 'changed' : line));
  const kept = withContext(diffLines(before.join('\n'), after.join('\n')), 2);
  expect(kept.map((line) => line?.text ?? '…')).toEqual([
    '…',
    'line 8',
    'line 9',
    'line 10',
    'changed',
    'line 11',
    'line 12',
    '…',
  ]);
});
