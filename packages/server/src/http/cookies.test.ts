import { describe, expect, it } from 'vitest';
import { cookieHeader, cookieOf } from './cookies.ts';

const sent = (cookie?: string) => ({ headers: cookie === undefined ? {} : { cookie } });

describe('cookieOf', () => {
  it('finds a cookie among others, by its whole name', () => {
    expect(cookieOf(sent('xa=1; a=Zm_8-; b=2'), 'a')).toBe('Zm_8-');
  });

  it.each([undefined, '', 'a', 'b=1', 'a b=1', 'A=1', 'a="x"', 'a=x%20y', 'a=x y'])('finds none in %j', (cookie) => {
    expect(cookieOf(sent(cookie), 'a')).toBeUndefined();
  });

  it('takes the first of two of a name, so that one set for a wider path does not shadow it', () => {
    expect(cookieOf(sent('a=first; a=second'), 'a')).toBe('first');
  });
});

describe('cookieHeader', () => {
  it('is out of reach of scripts and of other sites, and secure where asked', () => {
    expect(cookieHeader('a', 'x', { path: '/', secure: true })).toBe('a=x; Path=/; HttpOnly; Secure; SameSite=Lax');
    expect(cookieHeader('a', '', { path: '/p', secure: false, maxAgeSeconds: 0 })).toBe(
      'a=; Path=/p; Max-Age=0; HttpOnly; SameSite=Lax',
    );
  });

  it('writes no value that could add an attribute', () => {
    expect(() => cookieHeader('a', 'x; Domain=evil.example', { path: '/', secure: false })).toThrow(RangeError);
  });
});
