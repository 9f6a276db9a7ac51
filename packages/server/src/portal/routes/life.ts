/** Where the tenant stands, for its client, and what the client asks for about it. */
import { askWishSchema, foundPortalLifeSchema, tenantWishesSchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, limitByAddress, read } from '../../http/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { askWish, listTenantWishes } from '../wishes/index.ts';
import { readPortalLife } from '../work/life.ts';
import { asVisitor, portalRoute, visitorOf } from './visits.ts';

const tags = ['portal'];
/** Each of them writes a mail. */
const WISHES_PER_MINUTE = 10;

export function lifeRoutes(server: HttpServer, deps: PortalDeps): void {
  server.get(
    '/portal/api/life',
    {
      ...portalRoute,
      schema: {
        summary: 'Plan, use, suspension and leaving in the words of a client',
        tags,
        response: { 200: foundPortalLifeSchema },
      },
    },
    async (request) => ({ life: (await readPortalLife(deps, await visitorOf(request, deps))) ?? null }),
  );
  const wishes = limitByAddress(server, WISHES_PER_MINUTE);
  server.post(
    '/portal/api/wishes',
    {
      ...portalRoute,
      schema: {
        summary: 'Ask for the data, for another plan, or to stay; a person decides',
        tags,
        body: askWishSchema,
        response: { 200: tenantWishesSchema },
      },
    },
    async (request) => {
      const visitor = await visitorOf(request, deps);
      await wishes.count(request);
      return { items: [...(await asVisitor(deps, visitor, (ctx) => askWish(ctx, deps, visitor, request.body)))] };
    },
  );
  server.get(
    '/api/v1/tenants/:tenant/wishes',
    {
      config: { scope: 'tenants:read' },
      schema: {
        summary: 'What the client of a tenant has asked for in the portal',
        tags,
        params: z.object({ tenant: z.string().max(100).describe('Id or slug') }),
        response: { 200: tenantWishesSchema },
      },
    },
    read(async (ctx, { params }) => ({ items: await listTenantWishes(ctx, params.tenant) })),
  );
}
