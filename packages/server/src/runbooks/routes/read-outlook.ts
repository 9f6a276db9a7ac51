/** What people look at beside the state of a run, and what waits for them over all runs. */
import { attemptSchema, attentionSchema, runOutlookSchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read } from '../../http/index.ts';
import { listAttempts, readAttention, readOutlook } from '../outlook/index.ts';
import { runIdOf, runParams } from './run-params.ts';

export function outlookRoutes(server: HttpServer): void {
  const config = { scope: 'runs:read' } as const;
  server.get(
    '/api/v1/attention',
    {
      config,
      schema: {
        summary: 'What needs somebody now: tasks, approvals, halted runs, gates at risk, contracts that end',
        tags: ['runs'],
        response: { 200: attentionSchema },
      },
    },
    read((ctx) => readAttention(ctx)),
  );
  server.get(
    '/api/v1/runs/:run/outlook',
    {
      config,
      schema: {
        summary: 'How a run stands in time, what holds its gates, how its steps depend on each other',
        tags: ['runs'],
        params: runParams,
        response: { 200: runOutlookSchema },
      },
    },
    read((ctx, { params }) => readOutlook(ctx, runIdOf(params.run))),
  );
  server.get(
    '/api/v1/runs/:run/attempts',
    {
      config,
      schema: {
        summary: 'Every try of every step',
        tags: ['runs'],
        params: runParams,
        response: { 200: z.object({ items: z.array(attemptSchema) }) },
      },
    },
    read(async (ctx, { params }) => ({ items: await listAttempts(ctx, runIdOf(params.run)) })),
  );
}
