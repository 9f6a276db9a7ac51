import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyWebhook } from './verify-webhook.ts';

// The example of the standard's own specification and libraries.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"test": 2432232314}';
const HEADERS = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const now = new Date(1_614_265_330_000);
const code = (headers: Parameters<typeof verifyWebhook>[0], body: string | Uint8Array = BODY, at = now): string =>
  verifyWebhook(headers, body, SECRET, { now: at }).code;

describe('verifyWebhook', () => {
  it('accepts the example of the standard, as text, as bytes, and with the headers of fetch', () => {
    expect(verifyWebhook(HEADERS, BODY, SECRET, { now })).toEqual({
      ok: true,
      code: 'ok',
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      sentAt: now,
    });
    expect(code(HEADERS, new TextEncoder().encode(BODY))).toBe('ok');
    expect(code(new Headers(HEADERS))).toBe('ok');
  });

  it.each([
    ['another body', HEADERS, `${BODY} `],
    ['another id', { ...HEADERS, 'webhook-id': 'msg_other' }, BODY],
    ['another time', { ...HEADERS, 'webhook-timestamp': '1614265331' }, BODY],
    ['another version', { ...HEADERS, 'webhook-signature': HEADERS['webhook-signature'].replace('v1', 'v1a') }, BODY],
    ['an empty signature', { ...HEADERS, 'webhook-signature': 'v1,' }, BODY],
    ['a cut one', { ...HEADERS, 'webhook-signature': 'v1,g0hM9SsE' }, BODY],
  ])('refuses %s', (_what, headers, body) => {
    expect(code(headers, body)).toBe('wrong_signature');
  });

  it('accepts any right one among several signatures, and either of two secrets', () => {
    const several = `v1,${Buffer.alloc(32).toString('base64')} ${HEADERS['webhook-signature']}`;
    expect(code({ ...HEADERS, 'webhook-signature': several })).toBe('ok');
    const other = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    expect(verifyWebhook(HEADERS, BODY, [other, SECRET], { now }).ok).toBe(true);
    expect(verifyWebhook(HEADERS, BODY, other, { now }).ok).toBe(false);
  });

  it.each([
    [300, 'ok'],
    [301, 'expired'],
    [-300, 'ok'],
    [-301, 'expired'],
  ])('of %i seconds ago it is %s: what is replayed later is refused', (seconds, expected) => {
    expect(code(HEADERS, BODY, new Date(now.getTime() + seconds * 1_000))).toBe(expected);
  });

  it.each(['', 'now', '-1', '1e9', '16142653300000'])('refuses the time "%s", also when it is signed', (timestamp) => {
    const signature = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64'))
      .update(`${HEADERS['webhook-id']}.${timestamp}.${BODY}`)
      .digest('base64');
    expect(code({ ...HEADERS, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` })).toBe(
      'malformed',
    );
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('refuses a message without %s', (name) => {
    expect(code({ ...HEADERS, [name]: undefined })).toBe('malformed');
  });

  it.each(['', 'whsec_', 'whsec_!!', 'short'])('throws at the secret "%s": nobody must go on without one', (secret) => {
    expect(() => verifyWebhook(HEADERS, BODY, secret, { now })).toThrow(TypeError);
    expect(() => verifyWebhook(HEADERS, BODY, [], { now })).toThrow(TypeError);
  });
});
