import { describe, expect, it } from 'vitest';
import { hashOf, isKeyText, newKey } from './key-text.ts';

describe('newKey', () => {
  it('makes a key of the published form, each with its own prefix and 256 random bits', () => {
    const keys = Array.from({ length: 200 }, newKey);
    for (const { text, prefix, hash } of keys) {
      expect(isKeyText(text)).toBe(true);
      expect(text).toBe(`tnt_${prefix}_${text.slice(13)}`);
      expect(Buffer.from(text.slice(13), 'base64url')).toHaveLength(32);
      expect(hash.equals(hashOf(text))).toBe(true);
    }
    expect(new Set(keys.map(({ text }) => text.slice(13))).size).toBe(200);
    expect(new Set(keys.map(({ prefix }) => prefix)).size).toBe(200);
  });
});
