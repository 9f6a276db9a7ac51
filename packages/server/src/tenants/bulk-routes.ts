/** `/api/v1/tenant-operations`: one act on many tenants, and how far it is. */
import {
  bulkItemPageSchema,
  bulkItemQuerySchema,
  bulkListSchema,
  bulkOperationSchema,
  bulkStartedSchema,
  bulkStopSchema,
  isUuid,
  startBulkSchema,
  TenantryError,
} from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read, write } from '../http/index.ts';
import {
  type BulkAct,
  type BulkOperation,
  chooseTenants,
  listBulk,
  listBulkItems,
  loadBulk,
  startBulk,
  stopBulk,
} from './lifecycle/bulk.ts';

const config = { scope: 'tenants:write' } as const;
const tags = ['lifecycle'];
const params = z.object({ operation_id: z.string().max(100) });
const PATH = '/api/v1/tenant-operations';

export function bulkRoutes(server: HttpServer): void {
  server.post(
    PATH,
    {
      config,
      schema: {
        summary: 'Suspend or reinstate many tenants; with dry_run, say how many they are',
        tags,
        body: startBulkSchema,
        response: { 200: bulkStartedSchema, 202: bulkStartedSchema },
      },
    },
    write(async (ctx, { body }) => {
      const input = {
        act: actOf(body),
        tenants: body.tenants,
        productId: body.product,
        plan: body.plan,
        expect: body.expect,
      };
      if (body.dry_run) return { body: { tenants: (await chooseTenants(ctx, input)).length, operation: null } };
      const operation = await startBulk(ctx, input);
      return { status: 202, body: { tenants: operation.counts.waiting, operation: viewBulk(operation) } };
    }),
  );
  readRoutes(server);
  server.post(
    `${PATH}/:operation_id/stop`,
    {
      config,
      schema: {
        summary: 'Leave everybody as they are who has not been reached yet',
        tags,
        params,
        body: bulkStopSchema,
        response: { 200: bulkOperationSchema },
      },
    },
    write(async (ctx, request) => ({
      body: viewBulk(await stopBulk(ctx, request.params.operation_id, request.body.reason)),
    })),
  );
}

function readRoutes(server: HttpServer): void {
  server.get(
    PATH,
    {
      config,
      schema: { summary: 'Work on many tenants, newest first', tags, response: { 200: bulkListSchema } },
    },
    read(async (ctx) => ({ items: (await listBulk(ctx)).map(viewBulk) })),
  );
  server.get(
    `${PATH}/:operation_id`,
    { config, schema: { summary: 'How far it is', tags, params, response: { 200: bulkOperationSchema } } },
    read(async (ctx, request) => viewBulk(await loadBulk(ctx, request.params.operation_id))),
  );
  server.get(
    `${PATH}/:operation_id/tenants`,
    {
      config,
      schema: {
        summary: 'What became of each tenant',
        tags,
        params,
        querystring: bulkItemQuerySchema,
        response: { 200: bulkItemPageSchema },
      },
    },
    read(async (ctx, request) => {
      const { state, cursor, limit } = request.query;
      if (cursor !== undefined && !isUuid(cursor)) {
        throw new TenantryError('request.invalid', 'The cursor is not one of ours.', {
          faults: [{ path: 'cursor', message: 'not a cursor' }],
        });
      }
      const rows = await listBulkItems(ctx, request.params.operation_id, { state, after: cursor, limit: limit + 1 });
      const page = rows.slice(0, limit);
      return {
        items: page.map((item) => ({ tenant_id: item.id, slug: item.slug, state: item.state, error: item.error })),
        next_cursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    }),
  );
}

function actOf({ kind, cause, reason, access_mode: accessMode, authority }: z.infer<typeof startBulkSchema>): BulkAct {
  return kind === 'suspend'
    ? { kind, cause, reason, accessMode, authority }
    : { kind, cause, resolution: reason, authority };
}

const viewBulk = ({ id, kind, request, askedBy, askedAt, endedAt, stoppedBy, counts }: BulkOperation) => ({
  id,
  kind,
  cause: request.cause,
  reason: request.kind === 'suspend' ? request.reason : request.resolution,
  asked_by: askedBy,
  asked_at: askedAt.toISOString(),
  ended_at: endedAt?.toISOString() ?? null,
  stopped_by: stoppedBy,
  counts,
});
