/**
 * `GET /api/admin/export` (OFF-28): the administrator of a tenant takes everything of it along (OFF-29).
 * `GET /api/account/personal-data` (OFF-24): everybody sees what is held about them.
 */

import type { Readable } from 'node:stream';
import {
  exportFormatSchema,
  personalDataSchema,
  type TenantExportView,
  tenantExportSchema,
  tenantExportsSchema,
} from '@tenantry/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor, Ctx } from '../access/index.ts';
import type { HttpServer } from '../http/index.ts';
import { asAdmin, asUser } from './account-request.ts';
import type { TokenDeps } from './token-sessions.ts';

const querystring = z.object({ format: exportFormatSchema });

export type TakeExport = (
  actor: Actor,
  input: { readonly tenant: string; readonly format: 'json' | 'csv' },
) => Promise<
  { readonly archive: { readonly fileName: string; readonly stream: Readable } } | { readonly job: TenantExportView }
>;

export type TakePersonalData = (
  actor: Actor,
  input: { readonly tenant: string; readonly userId: string },
) => Promise<z.input<typeof personalDataSchema>>;

type OneExport = (ctx: Ctx, name: { readonly tenant: string; readonly exportId: string }) => Promise<TenantExportView>;

export interface ExportTakers {
  readonly tenant: TakeExport;
  readonly person: TakePersonalData;
  readonly list: (ctx: Ctx, tenant: string) => Promise<readonly TenantExportView[]>;
  readonly read: OneExport;
  readonly cancel: OneExport;
  readonly withdraw: OneExport;
}

export function userExportRoutes(server: HttpServer, deps: TokenDeps, take: ExportTakers): void {
  adminExportRoute(server, deps, take.tenant);
  adminExportsRoutes(server, deps, take);
  server.get(
    '/api/account/personal-data',
    {
      config: { public: true },
      schema: {
        summary: 'Everything the tenant holds about the user of this access token',
        tags: ['account'],
        response: { 200: personalDataSchema },
      },
    },
    async (request) => {
      const asked = await asUser(deps, request, async ({ actor }, { user }) => ({ actor, user }));
      return take.person(asked.actor, { tenant: asked.user.tenantId, userId: asked.user.id });
    },
  );
}

function adminExportRoute(server: HttpServer, deps: TokenDeps, take: TakeExport): void {
  server.get(
    '/api/admin/export',
    {
      config: { public: true },
      schema: {
        summary: 'Everything of the tenant of this access token, for its administrators: a ZIP, or 202 of a large one',
        tags: ['account'],
        querystring,
        response: { 200: z.unknown(), 202: tenantExportSchema },
      },
    },
    async (request, reply) => {
      const asked = await asAdmin(deps, request, 'users:read', async ({ actor }, tenant) => ({ actor, tenant }));
      const taken = await take(asked.actor, { tenant: asked.tenant, format: request.query.format });
      if ('job' in taken) {
        const location = `/api/admin/exports/${taken.job.id}`;
        return reply.code(202).headers({ location, 'retry-after': '1' }).send(taken.job);
      }
      const { fileName, stream } = taken.archive;
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${fileName}"`)
        .header('cache-control', 'no-store')
        .send(stream);
    },
  );
}

const exportParams = z.object({ export: z.string().max(100) });

function adminExportsRoutes(server: HttpServer, deps: TokenDeps, take: ExportTakers): void {
  const config = { public: true } as const;
  const one = (request: FastifyRequest<{ Params: { export: string } }>, work: OneExport): Promise<TenantExportView> =>
    asAdmin(deps, request, 'users:read', (ctx, tenant) => work(ctx, { tenant, exportId: request.params.export }));
  server.get(
    '/api/admin/exports',
    {
      config,
      schema: {
        summary: 'Large exports of the tenant of this access token, newest first',
        tags: ['account'],
        response: { 200: tenantExportsSchema },
      },
    },
    (request) =>
      asAdmin(deps, request, 'users:read', async (ctx, tenant) => ({ items: [...(await take.list(ctx, tenant))] })),
  );
  const schema = (summary: string) => ({
    summary,
    tags: ['account'],
    params: exportParams,
    response: { 200: tenantExportSchema },
  });
  server.get(
    '/api/admin/exports/:export',
    { config, schema: schema('How far an export is; with a signed link once it is ready') },
    (request) => one(request, take.read),
  );
  server.delete(
    '/api/admin/exports/:export',
    { config, schema: schema('Call an export off, or remove its archive and all links to it') },
    (request) => one(request, take.cancel),
  );
  server.post(
    '/api/admin/exports/:export/withdraw-links',
    { config, schema: schema('Withdraw every link given until now; the archive stays') },
    (request) => one(request, take.withdraw),
  );
}
