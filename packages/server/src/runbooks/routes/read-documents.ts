/** `/api/v1/tenants/:tenant/documents`: which documents there are of a tenant, and how far each is. */
import { tenantDocumentsSchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read } from '../../http/index.ts';
import { listDocuments } from '../runs/index.ts';

export function documentRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/documents',
    {
      config: { scope: 'tenants:read' },
      schema: {
        summary: 'Documents of a tenant, with status, owner, notes and hash',
        tags: ['tenants'],
        params: z.object({ tenant: z.string().max(100).describe('Id or slug') }),
        response: { 200: tenantDocumentsSchema },
      },
    },
    read((ctx, { params }) => listDocuments(ctx, params.tenant)),
  );
}
