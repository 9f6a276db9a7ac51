import { describe, expect, it } from 'vitest';
import { grantText, parseGrant } from './grant-words.ts';

describe('a role on the command line', () => {
  it.each([
    ['engineer', { role: 'engineer' }],
    ['sales@cutlist', { role: 'sales', product: 'cutlist' }],
    ['support:client_1f0c', { role: 'support', client: 'client_1f0c' }],
    ['support@cutlist:client_1f0c', { role: 'support', product: 'cutlist', client: 'client_1f0c' }],
  ])('reads %s, and writes it the same way', (text, grant) => {
    expect(parseGrant(text)).toEqual(grant);
    const { role, product = null, client = null } = { product: undefined, client: undefined, ...grant };
    expect(grantText({ role, product, client_id: client })).toBe(text);
  });

  it.each(['', 'king', 'engineer@', 'engineer:', 'Engineer', 'engineer@a b', 'engineer:somebody'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseGrant(text)).toThrow(/is not a role/);
    },
  );
});
