import { pageQuerySchema, pageSchema } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { read, write } from './index.ts';
import { testServer } from './testing/test-server.ts';

async function described() {
  const { server } = await testServer();
  const client = z.object({ id: z.string(), name: z.string() });
  server.get(
    '/api/v1/clients',
    {
      config: { scope: 'tenants:read' },
      schema: { querystring: pageQuerySchema, response: { 200: pageSchema(client) } },
    },
    read(async () => ({ items: [], next_cursor: null })),
  );
  server.post(
    '/api/v1/clients',
    { config: { scope: 'tenants:write' }, schema: { body: client, response: { 201: client } } },
    write(async () => ({ status: 201, body: {} })),
  );
  return server;
}

describe('200', () => {
  it('describes every route of the API in OpenAPI 3.1: its key and scope, its schemas, its problems', async () => {
    const server = await described();
    const response = await server.inject('/api/v1/openapi.json');
    expect(response.headers['content-type']).toContain('application/json');
    const document = response.json();
    expect(document.openapi).toBe('3.1.0');
    expect(document.servers).toEqual([{ url: 'https://tenantry.example' }]);
    expect(Object.keys(document.paths)).toEqual(['/api/v1/health', '/api/v1/clients']);
    expect(document.components.securitySchemes.key).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(document.components.schemas.Problem.properties).toHaveProperty('request_id');

    const { get, post } = document.paths['/api/v1/clients'];
    expect(get.security).toEqual([{ key: ['tenants:read'] }]);
    expect(document.paths['/api/v1/health'].get.security).toEqual([]);
    expect(get.parameters.map((parameter: { name: string }) => parameter.name)).toEqual(['limit', 'cursor']);
    expect(post.parameters).toMatchObject([{ name: 'idempotency-key', in: 'header' }]);
    expect(post.responses['201'].content['application/json'].schema.required).toEqual(['id', 'name']);
    for (const operation of [get, post]) {
      expect(operation.responses.default.content['application/problem+json'].schema).toEqual({
        $ref: '#/components/schemas/Problem',
      });
    }
  });

  it('has a page to browse it that loads nothing from elsewhere', async () => {
    const server = await described();
    const page = await server.inject('/api/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(page.body).not.toMatch(/<script>|(?:src|href)="(?:https?:)?\/\//);
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const url = new URL(file, 'http://x/api/docs').pathname;
      expect([url, (await server.inject(url)).statusCode]).toEqual([url, 200]);
    }
  });
});
