import { problemSchema, TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../connectors/kit/index.ts';
import { problemIn, testPerson, testServer } from './testing/test-server.ts';

const KEY = 'tnt_any';
const headers = { authorization: `Bearer ${KEY}` };
const bodySchema = z.strictObject({
  name: z.string(),
  contacts: z.array(z.strictObject({ email: z.email() })).default([]),
});

async function failing(error?: unknown) {
  const { server, log } = await testServer({ keys: { [KEY]: testPerson('p1', ['runs:write']) } });
  const config = { scope: 'runs:write', notIdempotent: 'a test' } as const;
  server.post(
    '/api/v1/things',
    { config, schema: { body: bodySchema, querystring: z.strictObject({ limit: z.coerce.number().optional() }) } },
    async (_request, reply) => {
      if (error !== undefined) throw error;
      return reply.code(204).send();
    },
  );
  server.get(
    '/api/v1/broken',
    { config: { scope: 'runs:write' }, schema: { response: { 200: z.object({ count: z.number() }) } } },
    async () => JSON.parse('{"count":"many"}'),
  );
  return { server, log };
}

const post = (server: Awaited<ReturnType<typeof failing>>['server'], payload: string, more: object = {}) =>
  server.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { ...headers, 'content-type': 'application/json', ...more },
    payload,
  });

describe('400', () => {
  it('names every field at fault, in words, each with its own message', async () => {
    const { server } = await failing();
    const response = await server.inject({
      method: 'POST',
      url: '/api/v1/things',
      headers,
      payload: { contacts: [{ email: 'ada@vendor.example' }, { email: 'nobody', mail: 1 }], nmae: 'x', 'a/b': 1 },
    });
    expect(response.statusCode).toBe(400);
    const problem = problemSchema.parse(problemIn(response));
    expect(problem.code).toBe('request.invalid');
    expect(problem.type).toBe('https://tenantry.example/errors/request.invalid');
    expect(problem.faults.map((fault) => fault.path).sort()).toEqual([
      'body.a/b',
      'body.contacts[1].email',
      'body.contacts[1].mail',
      'body.name',
      'body.nmae',
    ]);
    expect(problem.request_id).toBe(response.headers['x-request-id']);
  });

  it('names the part of the request that a field stands in', async () => {
    const { server } = await failing();
    const response = await server.inject({
      method: 'POST',
      url: '/api/v1/things?limit=many',
      headers,
      payload: { name: 'x' },
    });
    expect(problemIn(response).faults).toMatchObject([{ path: 'query.limit' }]);
  });

  it.each([
    ['a torn document', '{"name":', 'application/json', 'body'],
    ['an empty body', '', 'application/json', 'body'],
    ['a key that would change prototypes', '{"__proto__":{"admin":true}}', 'application/json', 'body'],
    ['another content type', 'name: x', 'application/yaml', 'header Content-Type'],
    ['plain text', 'name', 'text/plain', 'header Content-Type'],
  ])('answers %s', async (_what, payload, type, path) => {
    const { server } = await failing();
    const response = await post(server, payload, { 'content-type': type });
    expect(response.statusCode).toBe(400);
    expect(problemIn(response)).toMatchObject({ code: 'request.invalid', faults: [{ path }] });
  });

  it('answers an address that is no address', async () => {
    const { server } = await failing();
    const response = await server.inject({ url: '/%c0%80', headers });
    expect(response.statusCode).toBe(400);
    expect(problemIn(response)).toMatchObject({ code: 'request.invalid', faults: [{ path: 'address' }] });
  });
});

describe('404', () => {
  it('answers an unknown address without repeating its query', async () => {
    const { server } = await failing();
    const response = await server.inject({ url: '/api/v1/nothing?token=abc' });
    expect(response.statusCode).toBe(404);
    expect(problemIn(response)).toMatchObject({ code: 'request.not_found' });
    expect(response.body).not.toContain('abc');
  });
});

describe('413', () => {
  it('answers a body past the limit', async () => {
    const { server } = await failing();
    const response = await post(server, JSON.stringify({ name: 'x'.repeat(5_000) }));
    expect(response.statusCode).toBe(413);
    expect(problemIn(response).code).toBe('request.too_large');
  });
});

describe('a refusal', () => {
  it('is answered with its status, code, facts and delay, and leaves its detail out', async () => {
    const { server, log } = await failing(
      new TenantryError('connector.throttled', 'Slack asks us to wait.', {
        detail: 'provider body',
        cause: new Error('socket text'),
        facts: { system: 'slack' },
        retry: { afterMs: 1_500 },
        next: 'Wait.',
      }),
    );
    const response = await post(server, '{"name":"x"}');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('2');
    expect(problemIn(response)).toMatchObject({
      code: 'connector.throttled',
      facts: { system: 'slack' },
      next: 'Wait.',
    });
    expect(response.body).not.toMatch(/provider body|socket text/);
    expect(log()).toContain('provider body');
  });
});

describe('500', () => {
  it('says that a bug is a bug, keeps its text to the log, and serves the next request', async () => {
    const { server, log } = await failing(new TypeError('cannot read tnt_abcdefgh_verysecret of undefined'));
    const response = await post(server, '{"name":"x"}');
    expect(response.statusCode).toBe(500);
    expect(problemIn(response)).toMatchObject({ code: 'internal.bug', faults: [] });
    expect(response.body).not.toContain('undefined');
    expect(log()).toContain('of undefined');
    expect(log()).not.toContain('verysecret');
    expect((await server.inject({ url: '/api/v1/nothing' })).statusCode).toBe(404);
  });

  it('hides an answer that does not fit its own schema', async () => {
    const { server } = await failing();
    const response = await server.inject({ url: '/api/v1/broken', headers });
    expect(response.statusCode).toBe(500);
    expect(problemIn(response).code).toBe('internal.bug');
    expect(response.body).not.toContain('many');
  });

  it('prints no secret that stands in the facts of an error', async () => {
    const { server, log } = await failing(
      new TenantryError('internal.bug', 'Odd.', { facts: { password: 'hunter2', held: new Secret('hunter2') } }),
    );
    const response = await post(server, '{"name":"x"}');
    expect(log()).not.toContain('hunter2');
    expect(problemIn(response).facts).toMatchObject({ held: '[redacted]' });
  });
});
