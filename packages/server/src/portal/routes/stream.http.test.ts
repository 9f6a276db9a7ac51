import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { openPortalWorld, type PortalBrowser } from '../testing/portal-world.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
let url = '';
beforeAll(async () => {
  url = await world.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => world.close());

/** A stream as a browser opens it; `next` waits for one more `moved`, or says that it ended. */
async function openStream(visitor: PortalBrowser) {
  const leave = new AbortController();
  const response = await fetch(`${url}/portal/api/events`, {
    headers: { cookie: visitor.cookie, 'sec-fetch-site': 'same-origin' },
    signal: leave.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const next = async (): Promise<'moved' | 'ended'> => {
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return 'ended';
      if (value?.includes('event: moved') === true) return 'moved';
    }
  };
  return { status: response.status, next, leave: () => leave.abort() };
}

describe('GET /portal/api/events', () => {
  it('says that a run or a question of the tenant moved, and nothing of what it is', async () => {
    const acme = await world.start('acme');
    const nora = await world.enter(acme);
    const stream = await openStream(nora);
    expect(await stream.next()).toBe('moved');
    const moved = stream.next();
    await nora.ask('POST', '/questions', { id: randomUUID(), text: 'When do we start?' });
    expect(await moved).toBe('moved');
    const again = stream.next();
    await world.operate('POST', `/runs/${acme.run}/steps/contract_review/complete`, {});
    expect(await again).toBe('moved');
    stream.leave();
  });

  it('is silent about another tenant', async () => {
    const [mine, other] = [await world.start('mine'), await world.start('other')];
    const stream = await openStream(await world.enter(mine));
    expect(await stream.next()).toBe('moved');
    const stranger = await world.enter(other);
    const moved = stream.next();
    await stranger.ask('POST', '/questions', { id: randomUUID(), text: 'Not for them' });
    const silent = new Promise((resolve) => setTimeout(resolve, 500, 'silent'));
    expect(await Promise.race([moved, silent])).toBe('silent');
    stream.leave();
    await moved.catch(() => undefined);
  });

  it('ends at once when the link is revoked, and does not open again', async () => {
    const beta = await world.start('beta');
    const visitor = world.browser();
    const link = await world.linkOf(beta);
    await visitor.ask('POST', '/open', { token: link.token });
    const stream = await openStream(visitor);
    expect(await stream.next()).toBe('moved');
    const ended = stream.next();
    await world.operate('POST', `/runs/${beta.run}/portal-links/${link.id}/revoke`, { reason: 'left the company' });
    expect(await ended).toBe('ended');
    expect((await openStream(visitor)).status).toBe(401);
  });

  it('ends when the session expires, though nothing moves', async () => {
    const gamma = await world.start('gamma');
    const stream = await openStream(await world.enter(gamma, { days: 1 }));
    expect(await stream.next()).toBe('moved');
    world.later(25 * 60);
    expect(await stream.next()).toBe('ended');
  });
});
