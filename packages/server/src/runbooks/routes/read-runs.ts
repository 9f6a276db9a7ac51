/** Reading runs: lists, views, evidence, ledger, artifacts, and the live stream. */
import {
  evidenceSchema,
  pageQuerySchema,
  pageSchema,
  type RunSummaryView,
  resourceSchema,
  runStatusSchema,
  runSummarySchema,
  runViewSchema,
  toWireId,
} from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../../access/index.ts';
import { decodeCursor, type HttpServer, pageOf, personOf, read, streamEvents } from '../../http/index.ts';
import {
  listEvidence,
  listResources,
  listRuns,
  type RunSummary,
  reachRun,
  readArtifact,
  readRun,
} from '../runs/index.ts';
import { followRun } from './follow-run.ts';
import { type RunRoutesDeps, runIdOf, runParams } from './run-params.ts';

export function readRoutes(server: HttpServer, { watch }: RunRoutesDeps): void {
  const config = { scope: 'runs:read' } as const;
  server.get(
    '/api/v1/runs',
    {
      config,
      schema: {
        summary: 'Runs, newest first',
        tags: ['runs'],
        querystring: pageQuerySchema.extend({ status: runStatusSchema.optional(), tenant: z.string().optional() }),
        response: { 200: pageSchema(runSummarySchema) },
      },
    },
    read(async (ctx, { query: { limit, cursor, status, tenant } }) => {
      const after = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
      const rows = await listRuns(ctx, {
        limit: limit + 1,
        ...(after && { after: { createdAt: after[0], id: after[1] } }),
        ...(status && { status }),
        ...(tenant && { tenantId: tenant }),
      });
      const page = pageOf(rows, limit, (run) => [run.createdAt, run.id]);
      return { items: page.items.map(viewSummary), next_cursor: page.next_cursor };
    }),
  );
  server.get(
    '/api/v1/runs/:run',
    { config, schema: { summary: 'One run', tags: ['runs'], params: runParams, response: { 200: runViewSchema } } },
    read((ctx, { params }) => readRun(ctx, runIdOf(params.run))),
  );
  server.get(
    '/api/v1/runs/:run/evidence',
    {
      config,
      schema: {
        summary: 'Evidence rows of a run',
        tags: ['runs'],
        params: runParams,
        response: { 200: z.object({ items: z.array(evidenceSchema) }) },
      },
    },
    read(async (ctx, { params }) => ({ items: await listEvidence(ctx, runIdOf(params.run)) })),
  );
  server.get(
    '/api/v1/runs/:run/resources',
    {
      config,
      schema: {
        summary: 'The ledger of a run',
        tags: ['runs'],
        params: runParams,
        response: { 200: z.object({ items: z.array(resourceSchema) }) },
      },
    },
    read(async (ctx, { params }) => ({ items: await listResources(ctx, runIdOf(params.run)) })),
  );
  server.get(
    '/api/v1/runs/:run/artifacts/:artifact',
    {
      config,
      schema: {
        summary: 'A document or file of a run',
        tags: ['runs'],
        params: runParams.extend({ artifact: z.uuid() }),
      },
    },
    async (request, reply) => {
      const { database, now } = server.services;
      const file = await database.transaction('operator', (tx) =>
        readArtifact(
          { tx, actor: personOf(request), now: now() },
          runIdOf(request.params.run),
          request.params.artifact,
        ),
      );
      return reply
        .type(file.mediaType)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
        .header('etag', `"${file.sha256}"`)
        .send(Buffer.from(file.bytes));
    },
  );
  server.get(
    '/api/v1/runs/:run/events',
    {
      config,
      schema: {
        summary: 'Live events of a run (text/event-stream)',
        tags: ['runs'],
        params: runParams,
        querystring: z.object({
          after: z.coerce
            .number()
            .int()
            .nonnegative()
            .default(0)
            .describe('A revision the reader knows; Last-Event-ID of a reader who comes back wins'),
        }),
      },
    },
    async (request, reply) => {
      const id = runIdOf(request.params.run);
      const actor = personOf(request);
      const { database, now } = server.services;
      const inTx = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
        database.transaction('operator', (tx) => fn({ tx, actor, now: now() }));
      await inTx((ctx) => reachRun(ctx, id));
      return streamEvents(request, reply, ({ lastEventId, signal }) =>
        followRun({ watch, inTx }, id, Number(lastEventId ?? request.query.after), signal),
      );
    },
  );
}

const viewSummary = (run: RunSummary): RunSummaryView => ({
  id: toWireId('run', run.id),
  title: run.title,
  runbook: run.runbook,
  version: run.version,
  status: run.status,
  tenant_id: run.tenantId,
  tenant_slug: run.tenantSlug,
  started_by: run.startedBy,
  created_at: run.createdAt.toISOString(),
  updated_at: run.updatedAt.toISOString(),
});
