import { describe, expect, it } from 'vitest';
import { returnPath } from './return-path.ts';

describe('returnPath', () => {
  it('keeps a path of this server with its query', () => {
    expect(returnPath('/operator/cli?port=8123&state=a%2Fb')).toBe('/operator/cli?port=8123&state=a%2Fb');
  });

  it.each([
    undefined,
    '',
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/a\\b',
    'javascript:alert(1)',
    'operator/cli',
    '/\t/evil.example',
    '/\n//evil.example',
    '/%0a\u0000',
    `/${'a'.repeat(2_001)}`,
  ])('leads home for %j', (text) => {
    expect(returnPath(text)).toBe('/');
  });

  it.each(['/a/../..//evil.example', '/..//evil.example', '/.//evil.example'])(
    'never makes another server of the dots in %j',
    (text) => {
      expect(returnPath(text).startsWith('//')).toBe(false);
    },
  );
});
