import { describe, expect, it } from 'vitest';
import { redactText, redactValue, secretsOf } from './redact.ts';
import { Secret } from './secret.ts';

const secret = new Secret('p@ss "word"/1');

describe('redaction', () => {
  it.each([
    ['as it is', 'the p@ss "word"/1 is'],
    ['in JSON', JSON.stringify({ pin: secret.reveal() })],
    ['in a URL', `https://a.example/?t=${encodeURIComponent(secret.reveal())}`],
    ['in base64', Buffer.from(secret.reveal()).toString('base64')],
  ])('SECV-08: finds a secret %s', (_shape, text) => {
    const redacted = redactText(text, [secret]);
    expect(redacted).toContain('[redacted]');
    expect(redacted).not.toMatch(/word|cEBzcy/);
  });

  it('an empty secret redacts nothing', () => {
    expect(redactText('plain', [new Secret('')])).toBe('plain');
  });

  it('a secret inside another leaves no rest', () => {
    expect(redactText('abcdef', [new Secret('cd'), new Secret('bcdef')])).toBe('a[redacted]');
  });

  it('goes through lists, maps and names of members', () => {
    const value = { list: [1, null, `x${secret.reveal()}`], [secret.reveal()]: true };
    expect(redactValue(value, [secret])).toEqual({ list: [1, null, 'x[redacted]'], '[redacted]': true });
  });

  it('finds every secret of a connection', () => {
    expect(secretsOf({ user: 'a', password: secret, headers: { list: [secret] } })).toEqual([secret, secret]);
  });
});
