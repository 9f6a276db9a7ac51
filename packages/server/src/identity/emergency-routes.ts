/** Closing the access to tenants in an emergency, and opening it again. */
import { accessChangeSchema, emergencySchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, write } from '../http/index.ts';
import { openAccess } from '../tenants/index.ts';
import { shutOut } from './emergency.ts';

const params = z.object({ tenant: z.string().max(100).describe('Id or slug') });

export function emergencyRoutes(server: HttpServer): void {
  const config = { scope: 'tenants:write' } as const;
  const schema = (summary: string) => ({
    summary,
    tags: ['tenants'],
    body: emergencySchema,
    response: { 200: accessChangeSchema },
  });
  const answer = ({ tenants }: { readonly tenants: readonly { readonly id: string; readonly slug: string }[] }) => ({
    body: { tenants: tenants.map(({ id, slug }) => ({ id, slug })) },
  });
  server.post(
    '/api/v1/tenants/:tenant/close-access',
    { config, schema: { ...schema('Shut everybody of a tenant out at once'), params } },
    write(async (ctx, { params: { tenant }, body: { reason } }) => answer(await shutOut(ctx, { tenant, reason }))),
  );
  server.post(
    '/api/v1/tenants/:tenant/open-access',
    { config, schema: { ...schema('Take an emergency closing back'), params } },
    write(async (ctx, { params: { tenant }, body: { reason } }) => answer(await openAccess(ctx, { tenant, reason }))),
  );
  server.post(
    '/api/v1/emergency/close-access',
    { config, schema: schema('Shut everybody of every tenant out at once') },
    write(async (ctx, { body: { reason } }) => answer(await shutOut(ctx, { reason }))),
  );
  server.post(
    '/api/v1/emergency/open-access',
    { config, schema: schema('Take every emergency closing back') },
    write(async (ctx, { body: { reason } }) => answer(await openAccess(ctx, { reason }))),
  );
}
