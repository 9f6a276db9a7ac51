/** `/api/v1/catalog`: what runbooks may use here, for lint and editors. */
import type { Catalog, JsonObject } from '@tenantry/runbook';
import { z } from 'zod';
import type { HttpServer } from '../http/index.ts';

const jsonSchema: z.ZodType<JsonObject> = z.record(z.string(), z.json()).describe('A JSON Schema');

const checkSignature = z.object({
  name: z.string(),
  version: z.int(),
  summary: z.string(),
  input: jsonSchema,
  output: jsonSchema,
});

const actionSignature = checkSignature.extend({
  delivery: z.enum(['idempotent', 'readback', 'unknown']).describe('How a crash between call and answer is resolved'),
  undo: z.enum(['reversible', 'compensates', 'irreversible', 'none']),
  simulated: z.boolean().optional().describe('A stand-in answers for the outside system'),
});

const catalogSchema = z.object({
  actions: z.record(z.string(), actionSignature),
  checks: z.record(z.string(), checkSignature),
  events: z.record(z.string(), jsonSchema),
  product: jsonSchema,
  runbooks: z.record(z.string(), z.object({ intake: jsonSchema, outputs: z.array(z.string()).readonly() })),
});

export function catalogRoutes(server: HttpServer, catalog: Catalog): void {
  server.get(
    '/api/v1/catalog',
    {
      config: { scope: 'runbooks:read' },
      schema: {
        summary: 'The actions, probes, events and runbooks that a runbook may use here',
        tags: ['runbooks'],
        response: { 200: catalogSchema },
      },
    },
    async () => catalog,
  );
}
