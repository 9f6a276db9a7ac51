import { describe, expect, it } from 'vitest';
import { isSigned, type LinkFacts, signLink } from './link.ts';
import { isUnchanged, rangeOf } from './range.ts';

const ETAG = '"abc"';
const of = (range: string | undefined, ifRange?: string) => rangeOf({ range, ifRange, etag: ETAG, bytes: 100 });

describe('a range', () => {
  it.each([
    ['bytes=0-', { start: 0, end: 99 }],
    ['bytes=10-19', { start: 10, end: 19 }],
    ['bytes=90-1000', { start: 90, end: 99 }],
    ['bytes=-5', { start: 95, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=20-10', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['bytes=-', 'whole'],
    ['rows=0-1', 'whole'],
    [undefined, 'whole'],
  ] as const)('%s is %o, as RFC 9110 has it', (range, expected) => {
    expect(of(range)).toEqual(expected);
  });

  it('counts for the version it was asked of alone, by a strong tag', () => {
    expect(of('bytes=10-', ETAG)).toEqual({ start: 10, end: 99 });
    for (const other of ['"other"', 'W/"abc"', 'Fri, 20 Nov 2026 09:00:00 GMT']) {
      expect(of('bytes=10-', other)).toBe('whole');
    }
    expect(isUnchanged('"x", W/"abc"', ETAG)).toBe(true);
    expect(isUnchanged('"x"', ETAG)).toBe(false);
    expect(isUnchanged(undefined, ETAG)).toBe(false);
  });
});

describe('a link', () => {
  const key = Buffer.alloc(32, 1);
  const facts: LinkFacts = { exportId: 'e', tenantId: 't', round: 1, reader: 'tenant', expires: 1_000 };

  it('is good for what it was signed for, and for nothing else', () => {
    const signature = signLink(key, facts);
    expect(isSigned(key, facts, signature)).toBe(true);
    const others: readonly Partial<LinkFacts>[] = [
      { exportId: 'f' },
      { tenantId: 'u' },
      { round: 2 },
      { reader: 'vendor' },
      { expires: 2_000 },
    ];
    for (const other of others) expect(isSigned(key, { ...facts, ...other }, signature)).toBe(false);
    expect(isSigned(Buffer.alloc(32, 2), facts, signature)).toBe(false);
    expect(isSigned(key, facts, '')).toBe(false);
  });
});
