/** `/api/v1/support-access` and that of one tenant, which the client's own admin reads: parse, call the verb, answer. */
import {
  fromWireId,
  openSupportAccessSchema,
  pageQuerySchema,
  pageSchema,
  reasonSchema,
  type SupportAccessView,
  supportAccessSchema,
  supportPolicySchema,
  TenantryError,
  toWireId,
} from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import { type Answer, decodeCursor, type HttpServer, pageOf, read, write } from '../http/index.ts';
import {
  endSupport,
  grantSupport,
  listSupport,
  openSupport,
  readSupportPolicy,
  type SupportRow,
  setSupportPolicy,
  statusOf,
} from './support/index.ts';

const tags = ['support'];
const tenantParams = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const accessParams = z.object({ access: z.string().max(100) });
const listQuery = pageQuerySchema.extend({
  open: z.stringbool().optional().describe('Only what is live or waits for an answer'),
});

export function supportRoutes(server: HttpServer): void {
  listRoutes(server);
  policyRoutes(server);
  changeRoutes(server);
}

type ListQuery = z.output<typeof listQuery>;

async function listPage(ctx: Ctx, { limit, cursor, open }: ListQuery, tenant?: string) {
  const after = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
  const rows = await listSupport(ctx, {
    limit: limit + 1,
    open,
    tenant,
    ...(after && { after: { askedAt: after[0], id: after[1] } }),
  });
  const page = pageOf(rows, limit, (row) => [row.askedAt, row.id]);
  return { items: page.items.map((row) => viewSupport(row, ctx.now)), next_cursor: page.next_cursor };
}

function listRoutes(server: HttpServer): void {
  const config = { scope: 'support:read' } as const;
  const response = { 200: pageSchema(supportAccessSchema) };
  server.get(
    '/api/v1/support-access',
    {
      config,
      schema: { summary: 'Who has or had support access, newest first', tags, querystring: listQuery, response },
    },
    read((ctx, { query }) => listPage(ctx, query)),
  );
  server.get(
    '/api/v1/tenants/:tenant/support-access',
    {
      config,
      schema: {
        summary: 'Who of the vendor has or had access to one tenant, and why',
        tags,
        params: tenantParams,
        querystring: listQuery,
        response,
      },
    },
    read((ctx, { params, query }) => listPage(ctx, query, params.tenant)),
  );
}

function policyRoutes(server: HttpServer): void {
  const one = { tags, params: tenantParams, response: { 200: supportPolicySchema } };
  server.get(
    '/api/v1/tenants/:tenant/support-policy',
    { config: { scope: 'support:read' }, schema: { summary: 'Who lets support into the tenant', ...one } },
    read(async (ctx, { params }) => ({ granted_by: await readSupportPolicy(ctx, params.tenant) })),
  );
  server.post(
    '/api/v1/tenants/:tenant/support-policy',
    {
      config: { scope: 'support:grant' },
      schema: { summary: 'Say who lets support into the tenant', ...one, body: supportPolicySchema },
    },
    write(async (ctx, { params, body }) => {
      await setSupportPolicy(ctx, { tenant: params.tenant, grantedBy: body.granted_by });
      return { body };
    }),
  );
}

function changeRoutes(server: HttpServer): void {
  const answer = (ctx: Ctx, row: SupportRow, status = 200): Answer => ({ status, body: viewSupport(row, ctx.now) });
  server.post(
    '/api/v1/tenants/:tenant/support-access',
    {
      // For another person it takes support:grant, which the verb asks for.
      config: { scope: 'support:request' },
      schema: {
        summary: 'Ask for support access to a tenant, or give it to somebody',
        tags,
        params: tenantParams,
        body: openSupportAccessSchema,
        response: { 201: supportAccessSchema },
      },
    },
    write(async (ctx, { params, body }) => {
      const { reason, hours, person } = body;
      const wish = { tenant: params.tenant, reason, hours };
      return answer(
        ctx,
        await openSupport(ctx, person === undefined ? wish : { ...wish, personId: personIdOf(person) }),
        201,
      );
    }),
  );
  server.post(
    '/api/v1/support-access/:access/grant',
    {
      config: { scope: 'support:grant' },
      schema: {
        summary: 'Let the person in who asked',
        tags,
        params: accessParams,
        response: { 200: supportAccessSchema },
      },
    },
    write(async (ctx, { params }) => answer(ctx, await grantSupport(ctx, accessIdOf(params.access)))),
  );
  server.post(
    '/api/v1/support-access/:access/end',
    {
      config: { scope: 'support:read' },
      schema: {
        summary: 'End support access, or answer a request with no; one’s own, or with the scope support:grant',
        tags,
        params: accessParams,
        body: reasonSchema,
        response: { 200: supportAccessSchema },
      },
    },
    write(async (ctx, { params, body }) =>
      answer(ctx, await endSupport(ctx, { id: accessIdOf(params.access), reason: body.reason })),
    ),
  );
}

/** @throws access.person_not_found */
function personIdOf(text: string): string {
  const id = fromWireId('person', text);
  if (id !== undefined) return id;
  throw new TenantryError('access.person_not_found', `"${text}" is not the id of a person.`, {
    next: 'GET /api/v1/operators has the ids.',
  });
}

/** @throws access.support_not_found */
function accessIdOf(text: string): string {
  const id = fromWireId('support', text);
  if (id !== undefined) return id;
  throw new TenantryError('access.support_not_found', `"${text}" is not the id of a support access.`, {
    next: 'GET /api/v1/support-access has the ids.',
  });
}

const viewSupport = (row: SupportRow, now: Date): SupportAccessView => ({
  id: toWireId('support', row.id),
  tenant_id: row.tenantId,
  tenant_slug: row.tenantSlug,
  person_id: toWireId('person', row.personId),
  person: row.person,
  reason: row.reason,
  hours: row.hours,
  status: statusOf(row, now),
  asked_at: row.askedAt.toISOString(),
  granted_by: row.grantedBy,
  from: row.fromAt?.toISOString() ?? null,
  until: row.untilAt?.toISOString() ?? null,
  ended_at: row.endedAt?.toISOString() ?? null,
  ended_by: row.endedBy,
  ended_reason: row.endedReason,
});
