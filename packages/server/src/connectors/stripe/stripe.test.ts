import { describe, expect, it } from 'vitest';
import { webServer } from '../http/testing/web-servers.ts';
import { Secret } from '../kit/index.ts';
import { closedPort } from '../kit/testing/faulty-server.ts';
import { readObject, verifyEvent } from './index.ts';
import { invoice, signedBy, signedText, stripeEvent, subscription } from './testing/objects.ts';

const NOW = new Date('2026-11-20T09:00:00Z');
const [OLD, NEW] = ['whsec_old_old_old', 'whsec_new_new_new'];
const secrets = [new Secret(OLD), new Secret(NEW)];
const event = stripeEvent('invoice.paid', invoice({}), { at: NOW });
const check = (body: Buffer, signature: string | undefined, now = NOW) =>
  verifyEvent({ body, signature, secrets, now });

describe('a signed event', () => {
  it('INTG-20: is taken under any of the secrets that hold, whichever signed it', () => {
    for (const secret of [OLD, NEW]) {
      const { body, signature } = signedBy(secret, event, NOW);
      expect(check(body, signature)).toEqual({ ok: true, event });
    }
  });

  it('INTG-20: is taken when one of several signatures fits, as Stripe sends them during a rotation', () => {
    const { body, signature } = signedBy(NEW, event, NOW);
    const other = signedBy('whsec_somebody_else', event, NOW).signature.split(',')[1];
    expect(check(body, `${signature},${other}`)).toMatchObject({ ok: true });
  });

  it.each([
    ['forged', signedBy('whsec_somebody_else', event, NOW), NOW],
    ['too old', signedBy(NEW, event, new Date(NOW.getTime() - 301_000)), NOW],
    ['unsigned', { body: Buffer.from('{}'), signature: undefined }, NOW],
    ['forged', { body: Buffer.from('{}'), signature: 'nonsense' }, NOW],
  ])('is refused as %s', (why, { body, signature }, now) => {
    expect(check(body, signature, now)).toEqual({ ok: false, why });
  });

  it('is refused when one byte of it is another', () => {
    const { body, signature } = signedBy(NEW, event, NOW);
    const altered = Buffer.from(body.toString().replace('invoice.paid', 'invoice.piad'));
    expect(check(altered, signature)).toEqual({ ok: false, why: 'forged' });
  });

  it('is told unreadable when what is signed is no JSON', () => {
    const { body, signature } = signedText(NEW, 'not json', NOW);
    expect(check(body, signature)).toEqual({ ok: false, why: 'unreadable' });
  });
});

describe('an object', () => {
  const apiKey = new Secret('rk_test_canary_9c41ab77');
  const ask = async (status: number, body: object, kind: 'invoice' | 'subscription' = 'invoice') => {
    const seen: string[] = [];
    await using server = await webServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    const address = { host: '127.0.0.1', port: server.port, protocol: 'http' } as const;
    const outcome = await readObject({ apiKey, kind, id: 'x_1' }, address).catch((error: unknown) => error);
    return { seen, outcome };
  };

  it('INTG-20: is read as it is now, with the key and nothing else', async () => {
    const { seen, outcome } = await ask(200, invoice({ id: 'in_1', status: 'paid' }));
    expect(outcome).toMatchObject({ id: 'in_1', status: 'paid' });
    expect(seen).toEqual([`GET /v1/invoices/x_1 Bearer ${apiKey.reveal()}`]);
    const other = await ask(200, subscription({ id: 'sub_1' }), 'subscription');
    expect(other.seen).toEqual([`GET /v1/subscriptions/x_1 Bearer ${apiKey.reveal()}`]);
  });

  it.each([
    [401, 'connector.unauthorized'],
    [403, 'connector.unauthorized'],
    [404, 'connector.not_found'],
    [400, 'connector.refused'],
    [429, 'connector.throttled'],
  ])('a status of %i is %s, and says nothing of the key', async (status, code) => {
    const { outcome } = await ask(status, {
      error: { type: 'invalid_request_error', message: `with ${apiKey.reveal()}` },
    });
    expect(outcome).toMatchObject({ code });
    expect(JSON.stringify(outcome)).not.toContain('canary');
    expect(String((outcome as { detail?: string }).detail)).not.toContain('canary');
  });

  it('a Stripe that is away is unreachable, and worth another try', async () => {
    const address = { host: '127.0.0.1', port: await closedPort(), protocol: 'http' } as const;
    await expect(readObject({ apiKey, kind: 'invoice', id: 'in_1' }, address)).rejects.toMatchObject({
      code: 'connector.unreachable',
      retry: { afterMs: expect.any(Number) },
    });
  });
});
