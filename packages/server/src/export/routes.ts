/** `/api/v1/tenants/:tenant/export` and `…/exports`, for people of the vendor. */
import {
  exportFormatSchema,
  fromWireId,
  newExportSchema,
  personalDataSchema,
  tenantExportSchema,
  tenantExportsSchema,
} from '@tenantry/contract';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import { type HttpServer, personOf, read, write } from '../http/index.ts';
import { linkTo } from './download-export.ts';
import { downloadRoute } from './download-routes.ts';
import { exportPerson, viewPersonalData } from './export-person.ts';
import type { TenantExport } from './export-tenant.ts';
import { cancelExport, listExports, readExport, requestExport, takeExport, withdrawLinks } from './request-export.ts';
import type { ExportDeps } from './sources.ts';
import type { ExportJob } from './tables.ts';
import { viewExport } from './view-export.ts';

const params = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const jobParams = params.extend({ export: z.string().max(100) });
const querystring = z.object({ format: exportFormatSchema });

export function exportRoutes(server: HttpServer, deps: ExportDeps): void {
  takeRoutes(server, deps);
  jobRoutes(server, deps);
  changeRoutes(server, deps);
  downloadRoute(server, deps);
}

const sendArchive = (reply: FastifyReply, { fileName, stream }: TenantExport): FastifyReply =>
  reply
    .type('application/zip')
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .header('cache-control', 'no-store')
    .send(stream);

const addressOf = (tenantId: string, { id }: { readonly id: string }): string =>
  `/api/v1/tenants/${tenantId}/exports/${id}`;

const accepted = (job: ExportJob) => {
  const body = viewExport(job);
  return { status: 202, body, headers: { location: addressOf(job.tenantId, body), 'retry-after': '1' } };
};

function takeRoutes(server: HttpServer, deps: ExportDeps): void {
  server.get(
    '/api/v1/tenants/:tenant/export',
    {
      config: { scope: 'tenants:write' },
      schema: {
        summary: 'Everything of a tenant as a ZIP archive; of a large one 202 and where its export is to be seen',
        tags: ['export'],
        params,
        querystring,
        response: { 200: z.unknown(), 202: tenantExportSchema },
      },
    },
    async (request, reply) => {
      const { tenant } = request.params;
      const taken = await takeExport(deps, personOf(request), { tenant, format: request.query.format });
      if ('archive' in taken) return sendArchive(reply, taken.archive);
      const { headers, body } = accepted(taken.job);
      return reply.code(202).headers(headers).send(body);
    },
  );
  server.get(
    '/api/v1/tenants/:tenant/users/:user/personal-data',
    {
      config: { scope: 'tenants:write' },
      schema: {
        summary: 'Everything a tenant holds about one person',
        tags: ['export'],
        params: params.extend({ user: z.string().max(100) }),
        response: { 200: personalDataSchema },
      },
    },
    async (request) => {
      const { tenant, user } = request.params;
      const userId = fromWireId('user', user) ?? user;
      return viewPersonalData(await exportPerson(deps, personOf(request), { tenant, userId }));
    },
  );
}

const withLink = async (ctx: Ctx, deps: ExportDeps, job: ExportJob) => viewExport(job, await linkTo(ctx, deps, job));

function jobRoutes(server: HttpServer, deps: ExportDeps): void {
  const config = { scope: 'tenants:write' } as const;
  server.get(
    '/api/v1/tenants/:tenant/exports',
    {
      config,
      schema: {
        summary: 'Exports of a tenant that workers wrote or write, newest first',
        tags: ['export'],
        params,
        response: { 200: tenantExportsSchema },
      },
    },
    read(async (ctx, request) => ({
      items: (await listExports(ctx, deps, request.params.tenant)).map((job) => viewExport(job)),
    })),
  );
  server.post(
    '/api/v1/tenants/:tenant/exports',
    {
      config,
      schema: {
        summary: 'Have a worker write an export, whatever its size; the one under way is answered again',
        tags: ['export'],
        params,
        body: newExportSchema,
        response: { 202: tenantExportSchema },
      },
    },
    write(async (ctx, { params: { tenant }, body: { format } }) =>
      accepted(await requestExport(ctx, deps, { tenant, format })),
    ),
  );
  server.get(
    '/api/v1/tenants/:tenant/exports/:export',
    {
      config,
      schema: {
        summary: 'How far an export is; with a signed link once it is ready',
        tags: ['export'],
        params: jobParams,
        response: { 200: tenantExportSchema },
      },
    },
    read(async (ctx, { params: { tenant, export: exportId } }) =>
      withLink(ctx, deps, await readExport(ctx, deps, { tenant, exportId })),
    ),
  );
}

function changeRoutes(server: HttpServer, deps: ExportDeps): void {
  const config = { scope: 'tenants:write' } as const;
  server.delete(
    '/api/v1/tenants/:tenant/exports/:export',
    {
      config,
      schema: {
        summary: 'Call an export off, or remove its archive and all links to it',
        tags: ['export'],
        params: jobParams,
        response: { 200: tenantExportSchema },
      },
    },
    write(async (ctx, { params: { tenant, export: exportId } }) => ({
      body: viewExport(await cancelExport(ctx, deps, { tenant, exportId })),
    })),
  );
  server.post(
    '/api/v1/tenants/:tenant/exports/:export/withdraw-links',
    {
      config,
      schema: {
        summary: 'Withdraw every link given until now; the archive stays, and asking for it gives a new link',
        tags: ['export'],
        params: jobParams,
        response: { 200: tenantExportSchema },
      },
    },
    write(async (ctx, { params: { tenant, export: exportId } }) => ({
      body: viewExport(await withdrawLinks(ctx, deps, { tenant, exportId })),
    })),
  );
}
