import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify, { type FastifyRequest } from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import type { Guard } from '../create-guard.ts';
import { guardKnowing } from '../testing/fixed-guard.ts';
import { guardRequests } from './express.ts';
import { guardRoutes } from './fastify.ts';

const guard: Guard = await guardKnowing({
  open: {},
  reading: { status: 'suspended', access_mode: 'read-only' },
  shut: { status: 'suspended', access_mode: 'blocked' },
  fresh: { status: 'onboarding' },
  few: { limits: { api_calls_per_15min: 1 } },
});
const closers: (() => unknown)[] = [() => guard.close()];
afterAll(async () => {
  for (const close of closers) await close();
});

async function onFastify(): Promise<string> {
  const app = fastify();
  guardRoutes(app, guard, {
    tenantOf: ({ headers }: FastifyRequest) => headers['x-tenant']?.toString(),
    pilotOf: ({ headers }) => headers['x-pilot'] === 'yes',
    rate: {},
  });
  app.get('/things', async () => ({ there: true }));
  app.post('/things', async () => ({ made: true }));
  app.post('/search', { config: { guard: 'read' } }, async () => ({ found: true }));
  app.get('/health', { config: { guard: { none: 'asked by load balancers' } } }, async () => 'fine');
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => app.close());
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

async function onExpress(): Promise<string> {
  const app = express();
  app.get('/health', (_request, response) => void response.send('fine'));
  app.use(
    guardRequests<express.Request, express.Response>(guard, {
      tenantOf: (request) => request.get('x-tenant'),
      pilotOf: (request) => request.get('x-pilot') === 'yes',
      rate: {},
      needOf: ({ method, path }) => (method === 'GET' || path === '/search' ? 'read' : 'write'),
    }),
  );
  for (const path of ['/things', '/search']) app.all(path, (_request, response) => void response.send({ there: true }));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const places = { fastify: await onFastify(), express: await onExpress() };

describe.each(Object.entries(places))('on %s', (_name, base) => {
  const ask = async (path: string, tenant?: string, method = 'GET', headers: Record<string, string> = {}) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { ...(tenant && { 'x-tenant': tenant }), ...headers },
    });
    const text = await answer.text();
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : text;
    return { status: answer.status, headers: answer.headers, body };
  };

  it.each([
    ['open', 'GET', '/things', 200],
    ['open', 'POST', '/things', 200],
    ['reading', 'GET', '/things', 200],
    ['reading', 'POST', '/things', 403],
    ['reading', 'POST', '/search', 200],
    ['shut', 'GET', '/things', 403],
    ['fresh', 'GET', '/things', 403],
    ['nobody', 'GET', '/things', 403],
    [undefined, 'GET', '/things', 403],
    [undefined, 'GET', '/health', 200],
  ])('LIFE-05, LIFE-07: the tenant %s asks %s %s and is answered %s', async (tenant, method, path, status) => {
    expect((await ask(path, tenant, method)).status).toBe(status);
  });

  it('answers a refusal as a problem that names the code', async () => {
    const { headers, body } = await ask('/things', 'shut');
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ status: 403, code: 'tenant_suspended' });
  });

  it('LIFE-33: lets a pilot user in before go-live', async () => {
    expect((await ask('/things', 'fresh', 'GET', { 'x-pilot': 'yes' })).status).toBe(200);
  });

  it('PLAN-05: answers the call past the limit with 429 and when to come back', async () => {
    // Both adapters count in the one guard of this file.
    await ask('/things', 'few');
    const { status, headers } = await ask('/things', 'few');
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(800);
    expect(headers.get('ratelimit-remaining')).toBe('0');
    expect((await ask('/things', 'open')).headers.get('ratelimit-limit')).toBe('100');
  });
});

describe('guardRoutes', () => {
  it('LIFE-07: lists every route with what guards it, and refuses a declaration that is none', () => {
    const app = fastify({ exposeHeadRoutes: false });
    const routes = guardRoutes(app, guard, { tenantOf: () => undefined });
    app.get('/a', async () => '');
    app.route({ method: ['PUT', 'DELETE'], url: '/b', handler: async () => '' });
    app.get('/c', { config: { guard: { none: 'public' } } }, async () => '');
    expect(routes().map(({ method, url, guard: guarded }) => `${method} ${url} ${guarded}`)).toEqual([
      'GET /a read',
      'PUT /b write',
      'DELETE /b write',
      'GET /c none',
    ]);
    for (const wrong of ['reed', false, null, {}, { none: ' ' }]) {
      expect(() => app.get('/d', { config: { guard: wrong } } as object, async () => '')).toThrow(TypeError);
    }
  });

  it('answers 404 for what is not there, without a tenant', async () => {
    const answer = await fetch(`${places.fastify}/nothing`);
    expect(answer.status).toBe(404);
  });
});
