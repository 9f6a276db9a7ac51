import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisRateStore, type SendCommand } from './redis.ts';
import { hasRedis, startRedis } from './testing/redis-server.ts';

const why = hasRedis ? '' : ' (redis-server is not installed: apt-get install redis-server)';

describe.skipIf(!hasRedis)(`redisRateStore on a real Redis${why}`, () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  const clients: { destroy(): void }[] = [];
  const sends: SendCommand[] = [];
  beforeAll(async () => {
    server = await startRedis();
    for (const _ of ['one process', 'another']) {
      const client = createClient({ socket: { host: '127.0.0.1', port: server.port, reconnectStrategy: false } });
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      sends.push((...args) => client.sendCommand(args));
    }
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await server.stop();
  });

  const send: SendCommand = (...args) => (sends[0] ?? expect.fail())(...args);
  let request: Parameters<ReturnType<typeof redisRateStore>['take']>[0];
  beforeEach(() => {
    request = { tenantId: randomUUID(), name: 'calls', limit: 5, windowMs: 60_000, cost: 1 };
  });

  it('PLAN-05, PLAN-22: counts together for all processes, each tenant and window by itself', async () => {
    const stores = sends.map((each) => redisRateStore(each));
    const taken = await Promise.all(
      Array.from({ length: 12 }, (_, at) => stores[at % 2]?.take(request) ?? expect.fail()),
    );
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5);
    const after = await stores[0]?.take(request);
    expect(after).toMatchObject({ used: 5, allowed: false });
    expect(after?.resetMs).toBeGreaterThan(30_000);
    expect(after?.resetMs).toBeLessThanOrEqual(60_000);
    expect((await stores[0]?.take({ ...request, tenantId: randomUUID() }))?.allowed).toBe(true);
    expect((await stores[0]?.take({ ...request, name: 'other' }))?.used).toBe(1);
  });

  it('PLAN-05: a window that is over starts anew, and what did not fit was not counted', async () => {
    const store = redisRateStore(send);
    const brief = { ...request, limit: 1, windowMs: 1 };
    expect((await store.take(brief)).allowed).toBe(true);
    await expect.poll(async () => (await store.take(brief)).allowed).toBe(true);
    const big = { ...request, name: 'big' };
    expect(await store.take({ ...big, cost: 6 })).toMatchObject({ used: 0, allowed: false });
    expect(await store.take({ ...big, cost: 0.25 })).toMatchObject({ used: 0.25, allowed: true });
    expect(await store.take({ ...big, cost: 4.75 })).toMatchObject({ used: 5, allowed: true });
    expect(await store.take({ ...big, cost: 0.25 })).toMatchObject({ used: 5, allowed: false });
  });

  it('PLAN-04: a limit of zero lets nobody in', async () => {
    expect(await redisRateStore(send).take({ ...request, limit: 0 })).toMatchObject({ used: 0, allowed: false });
  });

  it('goes on with a Redis that has forgotten its scripts', async () => {
    const store = redisRateStore(send);
    await store.take(request);
    await send('SCRIPT', 'FLUSH');
    expect(await store.take(request)).toMatchObject({ used: 2, allowed: true });
  });

  it('fails a call that Redis does not answer in time, and works again when it does', async () => {
    const store = redisRateStore(send, { timeoutMs: 50 });
    server.freeze();
    await expect(store.take(request)).rejects.toThrow('50 ms');
    server.thaw();
    await expect.poll(async () => (await store.take(request).catch(() => undefined))?.allowed).toBe(true);
  });

  it('keeps keys of other programs alone, and its own no longer than their window', async () => {
    await redisRateStore(send, { prefix: 'shop:' }).take(request);
    const key = `shop:{${request.tenantId}}:calls`;
    expect(await send('GET', key)).toBe('1');
    expect(Number(await send('PTTL', key))).toBeGreaterThan(0);
  });
});
