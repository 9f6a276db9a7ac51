/** `/api/v1/runbooks`: publish, approve, list. */
import { bug } from '@tenantry/contract';
import { emptyCatalog } from '@tenantry/runbook';
import { z } from 'zod';
import { type HttpServer, read, write } from '../../http/index.ts';
import { approveRunbook, listRunbooks, publishRunbook, type RunbookSummary, readVersion } from '../library/index.ts';
import type { RunRoutesDeps } from './run-params.ts';

const runbookSummarySchema = z.object({
  id: z.string(),
  version: z.string(),
  title: z.string(),
  hash: z.string(),
  published_at: z.iso.datetime(),
  approvals: z.array(z.object({ role: z.string(), name: z.string(), at: z.string(), development: z.boolean() })),
  missing: z.array(z.string()),
});

const runbookVersionSchema = runbookSummarySchema.extend({
  schema: z.literal('tenantry.runbook_version/1'),
  source: z.string().describe('The file as it was published'),
  files: z.array(z.string()).describe('Paths of the files it was published with'),
  definition: z.record(z.string(), z.unknown()).describe('As parsed, every default written out'),
  graph: z.object({
    nodes: z.array(
      z.object({
        id: z.string(),
        type: z.enum(['phase', 'step']),
        title: z.string(),
        kind: z.string().optional(),
        phase: z.string().optional(),
        if: z.string().optional(),
      }),
    ),
    edges: z.array(z.object({ from: z.string(), to: z.string(), type: z.enum(['needs', 'contains']) })),
  }),
  faults: z
    .array(
      z.object({
        rule: z.string(),
        severity: z.enum(['error', 'warning']),
        message: z.string(),
        fix: z.string().optional(),
        line: z.int().optional(),
        column: z.int().optional(),
      }),
    )
    .describe('What lint finds in it today, against the actions there are now'),
});

const publishSchema = z.strictObject({
  file: z.string().max(255).describe('Name of the runbook file, for messages'),
  source: z.string().max(1_000_000),
  files: z.record(z.string().max(500), z.string().max(1_000_000)).default({}).describe('Files it may name, by path'),
});
const publicationSchema = z.object({ id: z.string(), version: z.string(), hash: z.string(), is_new: z.boolean() });
const versionParams = z.object({ runbook: z.string(), version: z.string() });

export function runbookRoutes(server: HttpServer, { registry, mode }: RunRoutesDeps): void {
  const catalog = { ...emptyCatalog, ...registry.catalog };
  server.post(
    '/api/v1/runbooks',
    {
      config: { scope: 'runbooks:write' },
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        summary: 'Publish a version of a runbook; a published version never changes',
        tags: ['runbooks'],
        body: publishSchema,
        response: { 200: publicationSchema },
      },
    },
    write(async (ctx, request) => {
      const { runbook, hash, isNew } = await publishRunbook(ctx, request.body, catalog);
      return { body: { id: runbook.id, version: runbook.version, hash, is_new: isNew } };
    }),
  );
  server.post(
    '/api/v1/runbooks/:runbook/versions/:version/approve',
    {
      config: { scope: 'runbooks:write' },
      schema: {
        summary: 'Approve a version in one role; bound to its hash',
        tags: ['runbooks'],
        params: versionParams,
        body: z.strictObject({ role: z.string() }),
        response: { 200: runbookSummarySchema },
      },
    },
    write(async (ctx, { params, body }) => {
      await approveRunbook(ctx, { id: params.runbook, version: params.version, role: body.role });
      const approved = (await listRunbooks(ctx.tx, mode)).find(
        ({ id, version }) => id === params.runbook && version === params.version,
      );
      if (approved === undefined) throw bug('an approved runbook is not listed');
      return { body: viewRunbook(approved) };
    }),
  );
  server.get(
    '/api/v1/runbooks/:runbook/versions/:version',
    {
      config: { scope: 'runbooks:read' },
      schema: {
        summary: 'One version: its source, its graph and what lint finds in it today',
        tags: ['runbooks'],
        params: versionParams,
        response: { 200: runbookVersionSchema },
      },
    },
    read(async (ctx, { params }) => {
      const { summary, published, files, graph, faults } = await readVersion(ctx, params, { catalog, mode });
      return {
        schema: 'tenantry.runbook_version/1',
        ...viewRunbook(summary),
        source: published.source,
        definition: { ...published.definition },
        files: [...files],
        graph: { nodes: [...graph.nodes], edges: [...graph.edges] },
        faults: [...faults],
      };
    }),
  );
  server.get(
    '/api/v1/runbooks',
    {
      config: { scope: 'runbooks:read' },
      schema: {
        summary: 'Published runbooks and their approvals',
        tags: ['runbooks'],
        response: { 200: z.object({ items: z.array(runbookSummarySchema) }) },
      },
    },
    read(async (ctx) => ({ items: (await listRunbooks(ctx.tx, mode)).map(viewRunbook) })),
  );
}

const viewRunbook = ({
  publishedAt,
  approvals,
  missing,
  ...runbook
}: RunbookSummary): z.input<typeof runbookSummarySchema> => ({
  ...runbook,
  approvals: [...approvals],
  missing: [...missing],
  published_at: publishedAt.toISOString(),
});
