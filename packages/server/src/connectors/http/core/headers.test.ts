import { describe, expect, it } from 'vitest';
import { percentile } from '../load-sample.ts';
import { holds, valueAt, withAnswer } from './answers.ts';
import { judgeHeaders, readRateLimit } from './headers.ts';

const GOOD = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
};

describe('security headers', () => {
  it('VAL-21: a page with all of them misses none', () => {
    expect(judgeHeaders(GOOD, true)).toEqual({
      present: [
        'strict-transport-security',
        'content-security-policy',
        'x-content-type-options',
        'frame protection',
        'referrer-policy',
      ],
      missing: [],
      weak: [],
    });
  });

  it('VAL-21: a page with none misses all, and plain HTTP needs no HSTS', () => {
    expect(judgeHeaders({}, true).missing).toHaveLength(5);
    expect(judgeHeaders({}, false).missing).not.toContain('strict-transport-security');
  });

  it.each([
    ['strict-transport-security', 'max-age=60', 'max-age is below 15552000 seconds'],
    ['content-security-policy', "script-src 'self' 'unsafe-inline'", "it allows 'unsafe-inline' scripts"],
    ['content-security-policy', "default-src 'unsafe-eval'", "it allows 'unsafe-eval'"],
    ['content-security-policy', 'default-src *', 'it allows scripts from anywhere'],
    ['content-security-policy', 'img-src *', 'it says nothing about scripts'],
    ['referrer-policy', 'unsafe-url', 'it sends whole addresses to other sites'],
  ])('%s: %s is weak', (header, value, reason) => {
    expect(judgeHeaders({ ...GOOD, 'x-frame-options': 'DENY', [header]: value }, true).weak).toEqual([
      { header, reason },
    ]);
  });

  it('a nonce makes unsafe-inline harmless', () => {
    const policy = "script-src 'nonce-abc' 'unsafe-inline'; frame-ancestors 'self'";
    expect(judgeHeaders({ ...GOOD, 'content-security-policy': policy }, true).weak).toEqual([]);
  });

  it.each([
    ['x-content-type-options', 'sniff'],
    ['strict-transport-security', 'includeSubDomains'],
  ])('%s: %s counts as missing', (header, value) => {
    expect(judgeHeaders({ ...GOOD, [header]: value }, true).missing).toEqual([header]);
  });
});

describe('an advertised rate limit', () => {
  it.each([
    [
      { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '99', 'x-ratelimit-reset': '60' },
      [100, 99, 60, 'x-ratelimit-limit'],
    ],
    [{ 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '1' }, [100, 1, undefined, 'ratelimit-limit']],
    [{ 'x-rate-limit-limit': '5' }, [5, undefined, undefined, 'x-rate-limit-limit']],
    [
      { 'ratelimit-policy': '"default";q=100;w=60', ratelimit: '"default";r=42;t=30' },
      [100, 42, 30, 'ratelimit-policy'],
    ],
    [{ ratelimit: 'limit=10, remaining=4, reset=50' }, [10, 4, 50, 'ratelimit']],
    [{}, [undefined, undefined, undefined, undefined]],
  ])('VAL-19: is read from %j', (headers, [limit, remaining, resetSeconds, source]) => {
    expect(readRateLimit(headers)).toEqual({ limit, remaining, resetSeconds, source });
  });
});

describe('answers', () => {
  it('a part holds when every member of it is there with the same value', () => {
    expect(holds({ a: 1, b: { c: [1, { d: 2, e: 3 }] } }, { b: { c: [1, { d: 2 }] } })).toBe(true);
    expect(holds({ a: 1 }, { a: '1' })).toBe(false);
    expect(holds({ a: [1, 2] }, { a: [1] })).toBe(false);
    expect(holds([], {})).toBe(false);
  });

  it('reads members by path, and only their own', () => {
    expect(valueAt({ a: [{ b: 7 }] }, 'a.0.b')).toBe(7);
    expect(valueAt({}, 'constructor.name')).toBeUndefined();
  });

  it('a place without a member stays as it is', () => {
    expect(withAnswer('/items/{id}/{nothing}', { id: 7 })).toBe('/items/7/{nothing}');
  });
});

it('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 100 }, (_, at) => at + 1);
  expect([percentile(values, 50), percentile(values, 95), percentile(values, 100)]).toEqual([50, 95, 100]);
  expect([percentile([3], 95), percentile([], 95)]).toEqual([3, 0]);
});
