import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listRoutes, read, write } from './index.ts';
import { problemIn, routesOpenWithoutKey, testPerson, testServer } from './testing/test-server.ts';
import { FAILURES_PER_MINUTE } from './throttle.ts';

const READER = 'tnt_reader';
const WRITER = 'tnt_writer';
const BARE = 'tnt_bare';
const keys = {
  [BARE]: testPerson('p3', []),
  [READER]: testPerson('p1', ['runs:read']),
  [WRITER]: testPerson('p2', ['runs:read', 'runs:write']),
};
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function guarded(config: { rateLimitPerMinute?: number } = {}) {
  const { server, log } = await testServer({ keys, config });
  const schema = { response: { 200: z.object({ who: z.string() }) } };
  server.get('/api/v1/runs', { config: { scope: 'runs:read' }, schema }, async (request) => ({
    who: request.person?.id ?? 'nobody',
  }));
  server.get('/api/v1/me', { config: { anyKey: true }, schema }, async (request) => ({
    who: request.person?.id ?? 'nobody',
  }));
  server.delete(
    '/api/v1/runs/:id',
    { config: { scope: 'runs:write' } },
    write(async () => ({ status: 204 })),
  );
  return { server, log };
}

describe('every route', () => {
  it('answers 401 without a key, but for the public ones named here', async () => {
    const { server } = await guarded();
    expect(await routesOpenWithoutKey(server)).toEqual(
      [
        'GET /api/v1/health',
        'HEAD /api/v1/health',
        'GET /api/v1/openapi.json',
        'HEAD /api/v1/openapi.json',
        'GET /errors/:code',
        'HEAD /errors/:code',
        'GET /docs/:folder/:page',
        'HEAD /docs/:folder/:page',
        // The page with a slash at its end is the same route to GET.
        'HEAD /api/docs/',
        ...['', '/json', '/yaml', '/static/*', '/static/index.html', '/static/swagger-initializer.js'].flatMap(
          (page) => [`GET /api/docs${page}`, `HEAD /api/docs${page}`],
        ),
      ].sort(),
    );
    expect(listRoutes(server).filter((route) => !route.public)).toEqual([
      { method: 'GET', url: '/api/v1/runs', public: false, scope: 'runs:read' },
      { method: 'HEAD', url: '/api/v1/runs', public: false, scope: 'runs:read' },
      { method: 'GET', url: '/api/v1/me', public: false, scope: undefined },
      { method: 'HEAD', url: '/api/v1/me', public: false, scope: undefined },
      { method: 'DELETE', url: '/api/v1/runs/:id', public: false, scope: 'runs:write' },
    ]);
  });

  it('cannot be registered without a scope, with a scope while public, or as a write that ignores Idempotency-Key', async () => {
    const { server } = await testServer();
    const handler = async () => 'x';
    expect(() => server.get('/a', handler)).toThrow('GET /a says neither config.scope nor config.public');
    expect(() => server.get('/b', { config: { scope: 'runs:read', public: true } }, handler)).toThrow(
      'GET /b is public and asks for a scope',
    );
    expect(() => server.get('/b', { config: { anyKey: true, public: true } }, handler)).toThrow(
      'GET /b is public and asks for a key',
    );
    expect(() => server.get('/b', { config: { anyKey: true, scope: 'runs:read' } }, handler)).toThrow(
      'GET /b takes any key and asks for a scope',
    );
    expect(() => server.post('/c', { config: { anyKey: true } }, handler)).toThrow('POST /c writes without write()');
    expect(() => server.post('/c', { config: { scope: 'runs:write' } }, handler)).toThrow(
      'POST /c writes without write()',
    );
    server.post('/d', { config: { scope: 'runs:write', notIdempotent: 'streams' } }, handler);
    server.get('/e', { config: { scope: 'runs:read' } }, read(handler));
  });
});

describe('200', () => {
  it('tells the handler who asks', async () => {
    const { server } = await guarded();
    const response = await server.inject({ url: '/api/v1/runs', headers: bearer(READER) });
    expect(response.json()).toEqual({ who: 'p1' });
    expect(response.headers).toMatchObject({ 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '999' });
  });
});

describe('200 for any key', () => {
  it('answers a key without a scope where a route says so, and nobody without a key', async () => {
    const { server } = await guarded();
    const ask = (headers: Record<string, string>) => server.inject({ url: '/api/v1/me', headers });
    expect((await ask(bearer(BARE))).json()).toEqual({ who: 'p3' });
    expect((await ask({})).statusCode).toBe(401);
    expect((await ask(bearer('tnt_unknown'))).statusCode).toBe(401);
  });
});

describe('401', () => {
  it.each([
    ['no header', {}],
    ['another scheme', { authorization: `Basic ${READER}` }],
    ['an unknown key', bearer('tnt_unknown')],
    ['an empty key', { authorization: 'Bearer ' }],
    ['the key in the query', { 'x-api-key': READER }],
  ])('answers %s with the way to authenticate, and says nothing of what is there', async (_what, headers) => {
    const { server } = await guarded();
    const response = await server.inject({ url: `/api/v1/runs?key=${READER}`, headers });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="tenantry"');
    expect(problemIn(response)).toMatchObject({ code: 'access.unauthenticated', facts: {} });
  });

  it('comes before the body is read', async () => {
    const { server } = await guarded();
    const response = await server.inject({
      method: 'DELETE',
      url: '/api/v1/runs/1',
      headers: { 'content-type': 'application/json' },
      payload: '{not json',
    });
    expect(response.statusCode).toBe(401);
  });
});

describe('403', () => {
  it('answers a key that lacks the scope of the route', async () => {
    const { server } = await guarded();
    const response = await server.inject({ method: 'DELETE', url: '/api/v1/runs/1', headers: bearer(READER) });
    expect(response.statusCode).toBe(403);
    expect(problemIn(response)).toMatchObject({ code: 'access.forbidden', facts: { scope: 'runs:write' } });
  });
});

describe('429', () => {
  it('limits each key by itself and says when to come back', async () => {
    const { server } = await guarded({ rateLimitPerMinute: 2 });
    const ask = (key: string) => server.inject({ url: '/api/v1/runs', headers: bearer(key) });
    await ask(READER);
    await ask(READER);
    const refused = await ask(READER);

    expect(refused.statusCode).toBe(429);
    expect(problemIn(refused).code).toBe('request.throttled');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await ask(WRITER)).statusCode).toBe(200);
  });

  it('limits public routes and addresses where nothing is, by the address of the caller', async () => {
    const { server } = await guarded({ rateLimitPerMinute: 2 });
    const ask = (url: string, remoteAddress: string) => server.inject({ url, remoteAddress });
    await ask('/api/v1/openapi.json', '10.0.0.1');
    await ask('/nothing', '10.0.0.1');
    expect((await ask('/nothing', '10.0.0.1')).statusCode).toBe(429);
    expect((await ask('/nothing', '10.0.0.2')).statusCode).toBe(404);
  });

  it('stops looking at keys from an address that sent too many wrong ones', async () => {
    const { server } = await guarded();
    const ask = (key: string, remoteAddress: string) =>
      server.inject({ url: '/api/v1/runs', headers: bearer(key), remoteAddress });
    for (let count = 0; count < FAILURES_PER_MINUTE; count += 1) {
      expect((await ask('tnt_wrong', '10.0.0.1')).statusCode).toBe(401);
    }
    expect((await ask('tnt_wrong', '10.0.0.1')).statusCode).toBe(429);
    expect((await ask(READER, '10.0.0.1')).statusCode).toBe(429);
    expect((await ask(READER, '10.0.0.2')).statusCode).toBe(200);
  });

  it('never counts valid requests as wrong keys', async () => {
    const { server } = await guarded();
    for (let count = 0; count <= FAILURES_PER_MINUTE; count += 1) {
      expect((await server.inject({ url: '/api/v1/runs', headers: bearer(READER) })).statusCode).toBe(200);
    }
  });
});

describe('the log', () => {
  it('has a line for each request with who, what and how it went, and no key', async () => {
    const { server, log } = await guarded();
    await server.inject({ url: '/api/v1/runs', headers: bearer(READER) });
    await server.inject({ url: '/errors/secret-in-address' });
    const lines = log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { method: 'GET', route: '/api/v1/runs', status: 200, personId: 'p1', keyId: 'key-of-p1' },
      { method: 'GET', route: '/errors/:code', status: 404, code: 'request.not_found' },
    ]);
    expect(lines[0]?.requestId).toMatch(/^req_/);
    expect(lines[0]?.requestId).not.toBe(lines[1]?.requestId);
    expect(log()).not.toContain(READER);
    expect(log()).not.toContain('secret-in-address');
  });
});
