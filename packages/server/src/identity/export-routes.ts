/** `GET /api/admin/export` (OFF-28): the administrator of a tenant takes everything of it along (OFF-29). */
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Actor } from '../access/index.ts';
import type { HttpServer } from '../http/index.ts';
import { asAdmin } from './account-request.ts';
import type { TokenDeps } from './token-sessions.ts';

const querystring = z.object({ format: z.enum(['json', 'csv']).default('json') });

export type TakeExport = (
  actor: Actor,
  input: { readonly tenant: string; readonly format: 'json' | 'csv' },
) => Promise<{ readonly fileName: string; readonly stream: Readable }>;

export function adminExportRoutes(server: HttpServer, deps: TokenDeps, take: TakeExport): void {
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
      const asked = await asAdmin(deps, request, 'users:write', async ({ actor }, tenant) => ({ actor, tenant }));
      const { fileName, stream } = await take(asked.actor, { tenant: asked.tenant, format: request.query.format });
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${fileName}"`)
        .header('cache-control', 'no-store')
        .send(stream);
    },
  );
}
