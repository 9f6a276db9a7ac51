/**
 * `GET /api/admin/export` (OFF-28): the administrator of a tenant takes everything of it along (OFF-29).
 * `GET /api/account/personal-data` (OFF-24): everybody sees what is held about them.
 */

import type { Readable } from 'node:stream';
import { personalDataSchema } from '@tenantry/contract';
import { z } from 'zod';
import type { Actor } from '../access/index.ts';
import type { HttpServer } from '../http/index.ts';
import { asAdmin, asUser } from './account-request.ts';
import type { TokenDeps } from './token-sessions.ts';

const querystring = z.object({ format: z.enum(['json', 'csv']).default('json') });

export type TakeExport = (
  actor: Actor,
  input: { readonly tenant: string; readonly format: 'json' | 'csv' },
) => Promise<{ readonly fileName: string; readonly stream: Readable }>;

export type TakePersonalData = (
  actor: Actor,
  input: { readonly tenant: string; readonly userId: string },
) => Promise<z.input<typeof personalDataSchema>>;

export interface ExportTakers {
  readonly tenant: TakeExport;
  readonly person: TakePersonalData;
}

export function userExportRoutes(server: HttpServer, deps: TokenDeps, take: ExportTakers): void {
  adminExportRoute(server, deps, take.tenant);
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
        summary: 'Everything of the tenant of this access token as a ZIP archive; for its administrators',
        tags: ['account'],
        querystring,
        response: { 200: z.unknown() },
      },
    },
    async (request, reply) => {
      const asked = await asAdmin(deps, request, 'users:read', async ({ actor }, tenant) => ({ actor, tenant }));
      const { fileName, stream } = await take(asked.actor, { tenant: asked.tenant, format: request.query.format });
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${fileName}"`)
        .header('cache-control', 'no-store')
        .send(stream);
    },
  );
}
