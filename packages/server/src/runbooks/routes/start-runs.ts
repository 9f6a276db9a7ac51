/** Planning and starting runs from a client file. */
import { planSchema, runViewSchema, startRunSchema } from '@tenantry/contract';
import { type Answer, type HttpServer, read, write } from '../../http/index.ts';
import { readClientFile } from '../client-file.ts';
import { planRun, viewPlan } from '../execution/index.ts';
import { readRun, startRun } from '../runs/index.ts';
import type { RunRoutesDeps } from './run-params.ts';

export function startRoutes(server: HttpServer, { registry, keyring, mode }: RunRoutesDeps): void {
  server.post(
    '/api/v1/runs',
    {
      config: { scope: 'runs:write' },
      schema: {
        summary: 'Start a run from a client file',
        tags: ['runs'],
        body: startRunSchema,
        response: { 201: runViewSchema },
      },
    },
    write(async (ctx, request): Promise<Answer> => {
      const record = await startRun(ctx, readClientFile(request.body), { keyring, mode });
      const body = await readRun(ctx, record.id);
      return { status: 201, body, headers: { location: `/api/v1/runs/${body.id}` } };
    }),
  );
  server.post(
    '/api/v1/plans',
    {
      config: { scope: 'runs:read', notIdempotent: 'plans write nothing' },
      schema: {
        summary: 'What a run would create, change and ask; writes nothing',
        tags: ['runs'],
        body: startRunSchema,
        response: { 200: planSchema },
      },
    },
    read(async (ctx, request) => {
      return viewPlan(
        await planRun(ctx, readClientFile(request.body), { registry, mode, signal: AbortSignal.timeout(60_000) }),
      );
    }),
  );
}
