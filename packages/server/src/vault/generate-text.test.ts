import { describe, expect, it } from 'vitest';
import { ENCODINGS, fits, generateText } from './generate-text.ts';

describe('a generated secret', () => {
  it('PSEC-01: 32 bytes in hex are 64 hex digits, never the same twice', () => {
    const made = Array.from({ length: 200 }, () => generateText(32, 'hex'));
    expect(made.filter((text) => !/^[0-9a-f]{64}$/.test(text))).toEqual([]);
    expect(new Set(made).size).toBe(200);
  });

  it.each(ENCODINGS)('has the form it is checked for: %s', (encoding) => {
    for (const bytes of [16, 17, 18, 32, 64]) {
      expect(fits(generateText(bytes, encoding), bytes, encoding)).toBe(true);
      expect(fits(generateText(bytes, encoding).slice(1), bytes, encoding)).toBe(false);
    }
  });

  it('a password has a small and a capital letter, a digit and a sign, and none that are mistaken for each other', () => {
    for (let round = 0; round < 200; round++) {
      const password = generateText(16, 'password');
      expect(password).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[-_.+!])[^0O1lI]{22}$/);
    }
  });
});
