import { ERROR_CODES, TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { connectorFault, faultOfNetwork, faultOfStatus, mayHaveHappened, withHonestRetry } from './faults.ts';
import { Secret } from './secret.ts';

const system = 'api.example.com';
const coded = (code: string): Error => Object.assign(new Error('it went wrong'), { code });

describe('the closed set', () => {
  it('every status from 300 on has a code of the set', () => {
    for (let status = 300; status < 600; status += 1) {
      const { code } = faultOfStatus(status, { system });
      expect(Object.keys(ERROR_CODES)).toContain(code);
      expect(code).toMatch(/^connector\./);
    }
  });

  it.each([
    [400, 'connector.refused', 'never', 'none'],
    [401, 'connector.unauthorized', 'never', 'none'],
    [404, 'connector.not_found', 'never', 'none'],
    [409, 'connector.conflict', 'never', 'none'],
    [429, 'connector.throttled', { afterMs: 5_000 }, 'none'],
    [500, 'connector.refused', { afterMs: 1_000 }, 'possible'],
    [501, 'connector.refused', 'never', 'none'],
    [503, 'connector.unreachable', { afterMs: 1_000 }, 'possible'],
    [504, 'connector.timeout', { afterMs: 1_000 }, 'possible'],
    [507, 'connector.exhausted', { afterMs: 5_000 }, 'none'],
  ])('HTTP %i is %s', (status, code, retry, effect) => {
    expect(faultOfStatus(status, { system })).toMatchObject({ code, retry, facts: { effect, status, system } });
  });

  it.each([
    ['120', 120_000],
    ['Fri, 20 Nov 2026 09:00:30 GMT', 30_000],
    ['999999999', 3_600_000],
    ['Fri, 20 Nov 2026 08:00:00 GMT', 5_000],
    ['soon', 5_000],
  ])('Retry-After "%s" waits %i ms', (retryAfter, afterMs) => {
    const now = new Date('2026-11-20T09:00:00Z');
    expect(faultOfStatus(429, { system, retryAfter, now }).retry).toEqual({ afterMs });
  });

  it('Retry-After does not make a refusal repeatable', () => {
    expect(faultOfStatus(403, { system, retryAfter: '5' }).retry).toBe('never');
  });

  it.each([
    ['ECONNREFUSED', 'connector.unreachable', 'none'],
    ['ENOTFOUND', 'connector.unreachable', 'none'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connector.timeout', 'none'],
    ['UND_ERR_HEADERS_TIMEOUT', 'connector.timeout', 'possible'],
    ['ECONNRESET', 'connector.unreachable', 'possible'],
    ['HPE_INVALID_CONSTANT', 'connector.malformed', 'possible'],
    ['SOMETHING_NEW', 'connector.unreachable', 'possible'],
  ])('%s is %s', (code, expected, effect) => {
    expect(faultOfNetwork(coded(code), { system })).toMatchObject({
      code: expected,
      retry: { afterMs: 1_000 },
      facts: { effect },
    });
  });

  it.each(['SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    '%s is not repeated',
    (code) => {
      expect(faultOfNetwork(coded(code), { system })).toMatchObject({ code: 'connector.unreachable', retry: 'never' });
    },
  );

  it('looks through causes and gatherings of errors', () => {
    const gathered = new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')], 'every address failed');
    expect(faultOfNetwork(new Error('fetch failed', { cause: gathered }), { system }).facts).toMatchObject({
      effect: 'none',
    });
  });

  it('what the other side said stays out of the message, is redacted and cut', () => {
    const secret = new Secret('s3cr3t&value');
    const body = `token s3cr3t&value ${encodeURIComponent('s3cr3t&value')} ${'x'.repeat(5_000)}`;
    const error = connectorFault('connector.refused', 'refused', {
      system,
      retry: 'never',
      effect: 'none',
      detail: body,
      secrets: [secret],
    });
    expect(error.message).toBe('api.example.com: refused.');
    expect(error.detail).not.toMatch(/s3cr3t/);
    expect(error.detail).toHaveLength(2_000);
  });
});

describe('doubt', () => {
  const possible = connectorFault('connector.timeout', 'was silent', {
    system,
    retry: { afterMs: 1 },
    effect: 'possible',
    detail: 'why',
  });
  const none = connectorFault('connector.unreachable', 'is away', { system, retry: { afterMs: 1 }, effect: 'none' });

  it('is there unless a connector says that nothing happened, or nothing was called yet', () => {
    expect([possible, none].map(mayHaveHappened)).toEqual([true, false]);
    expect(mayHaveHappened(new Error('anything'))).toBe(true);
    expect(mayHaveHappened(new TenantryError('connector.timeout', 'from elsewhere'))).toBe(true);
    expect(mayHaveHappened(new TenantryError('config.invalid', 'no such connection'))).toBe(false);
    expect(mayHaveHappened(new TenantryError('internal.bug', 'a bug'))).toBe(true);
  });

  it('takes the retry from what may have happened, and from nothing else', () => {
    expect(withHonestRetry(possible)).toMatchObject({ code: 'connector.timeout', retry: 'never', detail: 'why' });
    expect(withHonestRetry(none)).toBe(none);
    const other = new Error('x');
    expect(withHonestRetry(other)).toBe(other);
  });
});
