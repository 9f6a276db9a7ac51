import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PASSWORD_MAX, passwordFault, TEMPORARY_BYTES, temporaryPassword } from './password.ts';

describe('a temporary password', () => {
  it('has six groups of four characters that cannot be mistaken for one another', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: TEMPORARY_BYTES, maxLength: TEMPORARY_BYTES }), (bytes) => {
        expect(temporaryPassword(bytes)).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}$/);
      }),
    );
  });

  it('differs when a single bit of its bytes does', () => {
    const zero = new Uint8Array(TEMPORARY_BYTES);
    const all = new Set([temporaryPassword(zero)]);
    for (let bit = 0; bit < TEMPORARY_BYTES * 8; bit++) {
      const bytes = new Uint8Array(zero);
      bytes[bit >> 3] = 1 << (bit & 7);
      all.add(temporaryPassword(bytes));
    }
    expect(all.size).toBe(TEMPORARY_BYTES * 8 + 1);
  });

  it('is not made from fewer bytes', () => {
    expect(() => temporaryPassword(new Uint8Array(4))).toThrow(RangeError);
  });
});

const old = { email: 'ann@acme.example', current: 'k7wm-0000-1111-2222-3333-4444' };

it.each(['correct horse battery', 'пароль-на-сегодня', `${'x'.repeat(250)}abcd`])('%s can be chosen', (next) => {
  expect(passwordFault(next, old)).toBeUndefined();
});

it.each([
  ['short', 'at least 12'],
  ['a'.repeat(PASSWORD_MAX + 1), 'at most'],
  ['aaaaaaaaaaaa', 'same few characters'],
  ['ANN@acme.example', 'e-mail address'],
  [old.current, 'old password'],
])('%s cannot: %s', (next, reason) => {
  expect(passwordFault(next, old)).toContain(reason);
});
