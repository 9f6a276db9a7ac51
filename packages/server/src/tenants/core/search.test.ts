import { expect, it } from 'vitest';
import { searchTerms } from './search.ts';

it('asks for the beginnings of all words', () => {
  expect(searchTerms('Acme  joi')).toBe("'acme':* & 'joi':*");
});

it.each([
  ["a' | !b:*", "'a':* & 'b':*"],
  ['acme.com', "'acme':* & 'com':*"],
  ['  ', ''],
  ["'", ''],
])('no operator of the query language comes through: %s', (text, terms) => {
  expect(searchTerms(text)).toBe(terms);
});

it('takes eight words at most', () => {
  expect(searchTerms('a b c d e f g h i j').split(' & ')).toHaveLength(8);
});
