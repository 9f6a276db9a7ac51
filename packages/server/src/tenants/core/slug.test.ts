import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assertSlug, checkSlug, RESERVED_SLUGS, SLUG_MAX } from './slug.ts';

it.each(['acme', 'acme-eu', '3m', 'a1', 'x'.repeat(SLUG_MAX)])('%s is a slug', (slug) => {
  expect(checkSlug(slug)).toBeUndefined();
});

it.each([
  ['a', 'it must have 2 to 50 characters'],
  ['', 'it must have 2 to 50 characters'],
  ['x'.repeat(SLUG_MAX + 1), 'it must have 2 to 50 characters'],
  ['Acme', 'it must be lower case'],
  ['acme eu', 'only a-z, 0-9 and hyphens are allowed'],
  ['acme_eu', 'only a-z, 0-9 and hyphens are allowed'],
  ['acmé', 'only a-z, 0-9 and hyphens are allowed'],
  ["acme'; drop", 'only a-z, 0-9 and hyphens are allowed'],
  ['-acme', 'it must start and end with a letter or digit'],
  ['acme-', 'it must start and end with a letter or digit'],
  ['xn--acme', 'two hyphens in a row are not allowed'],
  ['7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a01', 'it looks like an id'],
])('"%s" is malformed', (slug, reason) => {
  expect(checkSlug(slug)).toMatchObject({ kind: 'malformed', reason });
});

it('a malformed slug is answered with one that works', () => {
  expect(() => assertSlug('Äcme GmbH & Co.')).toThrow(
    expect.objectContaining({ code: 'request.invalid', next: 'Write it as "acme-gmbh-co".' }),
  );
});

it('every suggestion is itself well formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
      const fault = checkSlug(text);
      if (fault?.kind !== 'malformed' || fault.suggestion === undefined) return;
      expect(checkSlug(fault.suggestion)?.kind).not.toBe('malformed');
    }),
  );
});

it.each([...RESERVED_SLUGS].filter((slug) => slug.length > 1))('the reserved name %s is refused', (slug) => {
  expect(() => assertSlug(slug)).toThrow(expect.objectContaining({ code: 'tenant.slug_reserved' }));
});

it.each(['acme-admins', 'acme-cashiers', 'acme-customers'])('%s could be taken for a group of acme', (slug) => {
  expect(() => assertSlug(slug)).toThrow(/the ending "-\w+" is reserved/);
});

it('a product adds endings of its own', () => {
  expect(checkSlug('acme-staff')).toBeUndefined();
  expect(checkSlug('acme-staff', ['-staff'])).toMatchObject({ kind: 'reserved' });
});
