/** `/api/v1/tenants/:tenant/export`, for people of the vendor. */
import { z } from 'zod';
import { type HttpServer, personOf } from '../http/index.ts';
import { exportTenant } from './export-tenant.ts';
import type { ExportDeps } from './sources.ts';

const params = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const querystring = z.object({
  format: z.enum(['json', 'csv']).default('json').describe('csv adds a .csv to each .json'),
});

export function exportRoutes(server: HttpServer, deps: ExportDeps): void {
  server.get(
    '/api/v1/tenants/:tenant/export',
    {
      config: { scope: 'tenants:write' },
      schema: {
        summary: 'Everything of a tenant as a ZIP archive, its manifest last',
        tags: ['export'],
        params,
        querystring,
        response: { 200: z.unknown() },
      },
    },
    async (request, reply) => {
      const {
        params: { tenant },
        query: { format },
      } = request;
      const { fileName, stream } = await exportTenant(deps, personOf(request), { tenant, format });
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${fileName}"`)
        .header('cache-control', 'no-store')
        .send(stream);
    },
  );
}
