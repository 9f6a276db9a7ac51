import { expect, it } from 'vitest';
import { readLoginHint } from './tenant-hint.ts';

it.each([
  [{ tenant: 'north' }, { tenant: 'north', email: undefined }],
  [{ tenant: ' North ' }, { tenant: 'north', email: undefined }],
  [{ acr_values: 'x urn:tenantry:tenant:north y' }, { tenant: 'north', email: undefined }],
  [{ login_hint: 'north/ada@north.example' }, { tenant: 'north', email: 'ada@north.example' }],
  [{ login_hint: 'ada@north.example' }, { tenant: undefined, email: 'ada@north.example' }],
  [
    { tenant: 'one', login_hint: 'two/ada@x.example', acr_values: 'urn:tenantry:tenant:three' },
    { tenant: 'one', email: 'ada@x.example' },
  ],
])('%j names its tenant and address', (params, hint) => {
  expect(readLoginHint(params)).toEqual(hint);
});

it.each([
  {},
  { tenant: '' },
  { tenant: '../north' },
  { tenant: '<script>' },
  { tenant: '-north' },
  { tenant: 'x'.repeat(101) },
  { tenant: ['north'] },
  { acr_values: 'urn:tenantry:tenant:' },
  { login_hint: 'nobody' },
  { login_hint: `${'x'.repeat(400)}@y.example` },
])('%j names nothing', (params) => {
  expect(readLoginHint(params)).toEqual({ tenant: undefined, email: undefined });
});
