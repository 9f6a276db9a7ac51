import { describe, expect, it } from 'vitest';
import { rolesOfGroups, vouchedEmail } from './group-roles.ts';

describe('rolesOfGroups', () => {
  const mapping = [
    { group: 'platform', role: 'owner' },
    { group: 'sre', role: 'engineer' },
    { group: 'sre-eu', role: 'engineer' },
    { group: 'loyalty', role: 'engineer', productId: 'loyalty' },
  ] as const;

  it('gives each role of the groups once', () => {
    expect(rolesOfGroups(['sre', 'sre-eu', 'loyalty', 'unknown'], mapping)).toEqual([
      { role: 'engineer', productId: null },
      { role: 'engineer', productId: 'loyalty' },
    ]);
  });

  it.each([undefined, null, 'platform', { platform: true }, [['platform']], [1]])(
    'gives nothing for the claim %j',
    (claim) => {
      expect(rolesOfGroups(claim, mapping)).toEqual([]);
    },
  );
});

describe('vouchedEmail', () => {
  const rules = { allowedDomains: ['vendor.example'] };
  const claims = { email: 'dana@vendor.example', email_verified: true };

  it('takes a verified address of an allowed domain as it is', () => {
    expect(vouchedEmail({ ...claims, email: 'Dana@Vendor.Example' }, rules)).toBe('Dana@Vendor.Example');
  });

  it.each([
    ['not verified', { email_verified: false }],
    ['verified in words only', { email_verified: 'true' }],
    ['of another domain', { email: 'dana@other.example' }],
    ['of a longer domain', { email: 'dana@evil-vendor.example' }],
    ['of a domain below', { email: 'dana@vendor.example.evil.example' }],
    ['with two at signs', { email: 'dana@vendor.example@evil.example' }],
    ['with a look-alike letter in the domain', { email: 'dana@vend\u043er.example' }],
    ['with a look-alike letter in front', { email: 'd\u0430na@vendor.example' }],
    ['with a space', { email: 'dana @vendor.example' }],
    ['missing', { email: undefined }],
  ])('takes none that is %s', (_what, change) => {
    expect(vouchedEmail({ ...claims, ...change }, rules)).toBeUndefined();
  });

  it('asks for the hosted domain where one is set', () => {
    const hosted = { allowedDomains: [], hostedDomain: 'vendor.example' };
    expect(vouchedEmail({ ...claims, hd: 'vendor.example' }, hosted)).toBe(claims.email);
    expect(vouchedEmail(claims, hosted)).toBeUndefined();
    expect(vouchedEmail({ ...claims, hd: 'other.example' }, hosted)).toBeUndefined();
  });

  it('takes none where no domain is named', () => {
    expect(vouchedEmail(claims, { allowedDomains: [] })).toBeUndefined();
  });
});
