/** Plans that tenants ask for, as operators decide on them. */
import { decidePlanRequestSchema, planRequestListSchema, planRequestSchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read, write } from '../http/index.ts';
import { decidePlanRequest, listPlanRequests, viewPlanRequest } from './lifecycle/plan-requests.ts';
import { readTenant } from './load.ts';

const params = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const tags = ['plans'];

export function planRequestRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/plan-requests',
    {
      config: { scope: 'tenants:read' },
      schema: {
        summary: 'Plans the tenant has asked for, newest first',
        tags,
        params,
        response: { 200: planRequestListSchema },
      },
    },
    read(async (ctx, { params: { tenant } }) => {
      const { id } = await readTenant(ctx, tenant);
      return { items: (await listPlanRequests(ctx.tx, id)).map(viewPlanRequest) };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/plan-requests/decide',
    {
      config: { scope: 'tenants:write' },
      schema: {
        summary: 'Approve the plan that waits, or decline it; its administrators are told',
        tags,
        params,
        body: decidePlanRequestSchema,
        response: { 200: planRequestSchema },
      },
    },
    write(async (ctx, { params: { tenant }, body: { grandfathered_by: grandfatheredBy, due_at, ...body } }) => {
      const { id: tenantId } = await readTenant(ctx, tenant);
      const dueAt = due_at === undefined ? undefined : new Date(due_at);
      return { body: viewPlanRequest(await decidePlanRequest(ctx, { tenantId, ...body, grandfatheredBy, dueAt })) };
    }),
  );
}
