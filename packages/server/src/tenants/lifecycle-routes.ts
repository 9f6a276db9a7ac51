/** The life of a tenant: one call for each operation. */
import { reinstateTenantSchema, suspendTenantSchema, tenantLifeSchema } from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import { type Answer, type HttpServer, read, write } from '../http/index.ts';
import { reinstateTenant } from './lifecycle/reinstate-tenant.ts';
import { suspendTenant } from './lifecycle/suspend-tenant.ts';
import { viewLife } from './lifecycle/view-life.ts';
import { loadTenant, readTenant } from './load.ts';

const params = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const config = { scope: 'tenants:write' } as const;

export function lifecycleRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/life',
    {
      config: { scope: 'tenants:read' },
      schema: {
        summary: 'Where a tenant stands in its life, and what can become of it',
        tags: ['lifecycle'],
        params,
        response: { 200: tenantLifeSchema },
      },
    },
    read(async (ctx, { params: { tenant } }) => viewLife(ctx.tx, await readTenant(ctx, tenant))),
  );
  suspensionRoutes(server);
}

function suspensionRoutes(server: HttpServer): void {
  const response = { 200: tenantLifeSchema };
  server.post(
    '/api/v1/tenants/:tenant/suspend',
    {
      config,
      schema: {
        summary: 'Suspend a tenant for a cause; its administrators are told',
        tags: ['lifecycle'],
        params,
        body: suspendTenantSchema,
        response,
      },
    },
    write(async (ctx, { params: { tenant }, body: { access_mode: accessMode, ...body } }) => {
      const tenantId = await idOf(ctx, tenant);
      await suspendTenant(ctx, { tenantId, ...body, accessMode });
      return lifeOf(ctx, tenantId);
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/reinstate',
    {
      config,
      schema: {
        summary: 'Resolve a cause of a suspension; the tenant is open again when it was the last',
        tags: ['lifecycle'],
        params,
        body: reinstateTenantSchema,
        response,
      },
    },
    write(async (ctx, { params: { tenant }, body }) => {
      const tenantId = await idOf(ctx, tenant);
      await reinstateTenant(ctx, { tenantId, ...body });
      return lifeOf(ctx, tenantId);
    }),
  );
}

/** @throws tenant.not_found */
const idOf = async (ctx: Ctx, tenant: string): Promise<string> => (await readTenant(ctx, tenant)).id;

const lifeOf = async (ctx: Ctx, tenantId: string): Promise<Answer> => ({
  body: await viewLife(ctx.tx, await loadTenant(ctx.tx, tenantId)),
});
