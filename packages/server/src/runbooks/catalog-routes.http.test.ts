import { type Catalog, emptyCatalog } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCheck, defineConnector } from '../connectors/kit/index.ts';
import { problemIn, testPerson, testServer } from '../http/testing/test-server.ts';
import { catalogRoutes } from './catalog-routes.ts';
import { openRegistry } from './index.ts';

const probe = defineCheck({
  name: 'dns.lookup',
  version: 1,
  summary: 'Looks a name up',
  input: z.strictObject({ name: z.string() }),
  output: z.strictObject({ found: z.boolean() }),
  run: async () => ({ found: true }),
});

const signature = {
  name: 'dns.record',
  version: 2,
  summary: 'Makes a record',
  delivery: 'readback',
  undo: 'reversible',
  input: { type: 'object', properties: { name: { 'x-secret': true } } },
  output: {},
  simulated: true,
} as const;
const catalog: Catalog = {
  ...emptyCatalog,
  actions: { 'dns.record': signature },
  checks: openRegistry([defineConnector({ name: 'dns', actions: [], checks: [probe] })]).catalog.checks,
  events: { 'mail.bounced': { type: 'object' } },
  runbooks: { offboarding: { intake: { type: 'object' }, outputs: ['certificate'] } },
};

const keys = { tnt_reader: testPerson('reader', ['runbooks:read']), tnt_bare: testPerson('bare', ['runs:read']) };

const get = async (key: keyof typeof keys) => {
  const { server } = await testServer({ keys });
  catalogRoutes(server, catalog);
  return server.inject({ url: '/api/v1/catalog', headers: { authorization: `Bearer ${key}` } });
};

describe('200', () => {
  it('gives the catalog whole, so that lint elsewhere finds what lint here finds', async () => {
    const response = await get('tnt_reader');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(catalog);
    expect(response.json().checks['dns.lookup'].input.required).toEqual(['name']);
  });
});

describe('403', () => {
  it('refuses a key without the scope runbooks:read', async () => {
    const response = await get('tnt_bare');
    expect([response.statusCode, problemIn(response).facts]).toEqual([403, { scope: 'runbooks:read' }]);
  });
});
