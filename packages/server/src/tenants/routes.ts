/** `/api/v1/tenants` and `/api/v1/clients`: parse, call the verb, answer. */
import {
  clientQuerySchema,
  clientViewSchema,
  editTenantSchema,
  fromWireId,
  pageQuerySchema,
  pageSchema,
  TenantryError,
  tenantHistorySchema,
  tenantQuerySchema,
  tenantSummarySchema,
  tenantViewSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import { permit } from '../access/index.ts';
import { decodeCursor, etagOf, type HttpServer, pageOf, personOf, read, requireIfMatch, write } from '../http/index.ts';
import { listClients, readClient } from './clients.ts';
import { editTenant } from './edit-tenant.ts';
import { listHistory } from './history.ts';
import { listTenants } from './list-tenants.ts';
import { lockTenant, readTenant, type Tenant } from './load.ts';
import { viewClient, viewHistory, viewSummary, viewTenant } from './view-tenant.ts';

const config = { scope: 'tenants:read' } as const;
const tenantParams = z.object({ tenant: z.string().max(100).describe('Id or slug') });

/**
 * Stands for the tenant's own row at its version: that is what a change made on sight of it must not overwrite.
 * Contacts and history have lives of their own, and the product's plan table too.
 */
const tenantEtag = ({ id, version }: Tenant): string => etagOf({ id, version });

export function tenantRoutes(server: HttpServer): void {
  oneTenantRoutes(server);
  server.get(
    '/api/v1/tenants',
    {
      config,
      schema: {
        summary: 'Tenants by slug',
        tags: ['tenants'],
        querystring: tenantQuerySchema,
        response: { 200: pageSchema(tenantSummarySchema) },
      },
    },
    read(async (ctx, { query: { client, product, cursor, ...filter } }) => {
      const clientId = client === undefined ? undefined : clientIdOf(client);
      const page = await listTenants(ctx, { ...filter, cursor, clientId, productId: product });
      return { items: page.tenants.map(viewSummary), next_cursor: page.cursor ?? null };
    }),
  );
  clientRoutes(server);
}

function oneTenantRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant',
    {
      config,
      schema: {
        summary: 'One tenant: plan, status, settings, what is in force, contacts, history',
        tags: ['tenants'],
        params: tenantParams,
        response: { 200: tenantViewSchema },
      },
    },
    async (request, reply) => {
      const { tenant, view } = await server.services.database.transaction('operator', async (tx) => {
        const found = await readTenant({ tx, actor: personOf(request) }, request.params.tenant);
        return { tenant: found, view: await viewTenant(tx, found) };
      });
      return reply.header('etag', tenantEtag(tenant)).send(view);
    },
  );
  editRoute(server);
  server.get(
    '/api/v1/tenants/:tenant/history',
    {
      config,
      schema: {
        summary: 'The history of a tenant, newest first',
        tags: ['tenants'],
        params: tenantParams,
        querystring: pageQuerySchema,
        response: { 200: pageSchema(tenantHistorySchema) },
      },
    },
    read(async (ctx, { params, query: { limit, cursor } }) => {
      const before = decodeCursor(cursor, z.tuple([z.int().positive()]))?.[0];
      const { id } = await readTenant(ctx, params.tenant);
      const rows = await listHistory(ctx.tx, id, { limit: limit + 1, ...(before !== undefined && { before }) });
      const page = pageOf(rows, limit, (entry) => [entry.id]);
      return { items: page.items.map(viewHistory), next_cursor: page.next_cursor };
    }),
  );
}

function editRoute(server: HttpServer): void {
  server.patch(
    '/api/v1/tenants/:tenant',
    {
      config: { scope: 'tenants:write' },
      schema: {
        summary: 'Set something right about a tenant, on sight of one version of it (If-Match)',
        tags: ['tenants'],
        params: tenantParams,
        body: editTenantSchema,
        response: { 200: tenantViewSchema },
      },
    },
    write(async (ctx, request) => {
      permit(ctx.actor, 'tenants:write');
      const { grandfathered_by: grandfatheredBy, support_tier: supportTier, ...body } = request.body;
      const { id } = await readTenant(ctx, request.params.tenant);
      // Held from here on: nobody comes between the look at the version and the change.
      requireIfMatch(request, tenantEtag(await lockTenant(ctx, id)));
      const { feature_approvals: approvals, ...rest } = body;
      const edited = await editTenant(ctx, { tenantId: id, grandfatheredBy, supportTier, approvals, ...rest });
      return { body: await viewTenant(ctx.tx, edited), headers: { etag: tenantEtag(edited) } };
    }),
  );
}

function clientRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/clients',
    {
      config,
      schema: {
        summary: 'Clients by reference',
        tags: ['clients'],
        querystring: clientQuerySchema,
        response: { 200: pageSchema(clientViewSchema) },
      },
    },
    read(async (ctx, { query: { limit, cursor, search } }) => {
      const after = decodeCursor(cursor, z.tuple([z.string().max(100)]))?.[0];
      const page = pageOf(await listClients(ctx, { after, limit: limit + 1, search }), limit, (client) => [
        client.reference,
      ]);
      return { items: page.items.map(viewClient), next_cursor: page.next_cursor };
    }),
  );
  server.get(
    '/api/v1/clients/:client',
    {
      config,
      schema: {
        summary: 'One client',
        tags: ['clients'],
        params: z.object({ client: z.string().max(100) }),
        response: { 200: clientViewSchema },
      },
    },
    read(async (ctx, { params }) => viewClient(await readClient(ctx, clientIdOf(params.client)))),
  );
}

/** @throws client.not_found for a text that is no client id */
function clientIdOf(text: string): string {
  const id = fromWireId('client', text);
  if (id !== undefined) return id;
  throw new TenantryError('client.not_found', `"${text}" is not the id of a client.`, {
    next: 'GET /api/v1/clients has the ids.',
  });
}
