import { expect, it } from 'vitest';
import { loginMethodOf } from './login-method.ts';
import { DEFAULT_POLICY } from './policy.ts';

it('IDN-40: customers are told Email+Password while the tenant has passwords, and SSO when it has none', () => {
  expect(loginMethodOf(DEFAULT_POLICY)).toBe('Email+Password');
  expect(loginMethodOf({ ...DEFAULT_POLICY, passwordsEnabled: false })).toBe('SSO');
});
