import { describe, expect, it } from 'vitest';
import { clientSchema } from './client.ts';

const acme = { reference: 'crm-1', legal_name: 'Acme Joinery GmbH' };

describe('a client', () => {
  it('speaks English in UTC until somebody says otherwise', () => {
    expect(clientSchema.parse(acme)).toMatchObject({ language: 'en', time_zone: 'UTC', contacts: [], contract: {} });
  });

  it.each([
    ['a time zone that is none', { time_zone: 'Vienna' }],
    ['a language that is none', { language: 'german!' }],
    ['an ill-formed address', { contacts: [{ role: 'technical', email: 'nobody' }] }],
    ['a date that is none', { contract: { starts_on: '2026-02-30' } }],
    ['an unknown key', { tier: 'gold' }],
    ['an empty name', { legal_name: ' ' }],
  ])('cannot have %s', (_what, extra) => {
    expect(clientSchema.safeParse({ ...acme, ...extra }).success).toBe(false);
  });

  it.each(['Europe/Vienna', 'America/New_York', 'UTC'])('may be in %s', (time_zone) => {
    expect(clientSchema.safeParse({ ...acme, time_zone }).success).toBe(true);
  });
});
