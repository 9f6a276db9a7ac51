const WORDS_MAX = 8;

/**
 * A query for PostgreSQL's text search from what a person typed: the beginnings of words, all of which must occur.
 * Letters and digits only, so that no operator of the query language comes through. Empty when nothing is left.
 */
export const searchTerms = (text: string): string =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    .slice(0, WORDS_MAX)
    .map((word) => `'${word}':*`)
    .join(' & ');
