/** What a tenant's plan allows and uses, changes of the plan, and the end of a trial. */
import {
  cancelPlanChangeSchema,
  changePlanSchema,
  planChangeSchema,
  planImpactSchema,
  planQuerySchema,
  reportUsageSchema,
  setTrialEndSchema,
  tenantLifeSchema,
  tenantUsageHistorySchema,
  tenantUsageSchema,
  usageHistoryQuerySchema,
  usageReceiptSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read, write } from '../http/index.ts';
import { cancelPlanChange, changePlan } from './lifecycle/change-plan.ts';
import { previewPlan } from './lifecycle/preview-plan.ts';
import { setTrialEnd } from './lifecycle/trials.ts';
import { reportUsage } from './lifecycle/usage.ts';
import { viewUsageHistory } from './lifecycle/usage-days.ts';
import { viewLife } from './lifecycle/view-life.ts';
import { viewImpact, viewPlanChange, viewUsage } from './lifecycle/view-plan.ts';
import { loadTenant, readTenant } from './load.ts';

const params = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const config = { scope: 'tenants:write' } as const;
const reading = { scope: 'tenants:read' } as const;
const tags = ['plans'];

export function planRoutes(server: HttpServer): void {
  changeRoutes(server);
  usageRoutes(server);
  server.post(
    '/api/v1/tenants/:tenant/trial',
    {
      config,
      schema: {
        summary: 'Move the end of a trial',
        tags,
        params,
        body: setTrialEndSchema,
        response: { 200: tenantLifeSchema },
      },
    },
    write(async (ctx, { params: { tenant }, body: { ends_at, reason } }) => {
      const { id: tenantId } = await readTenant(ctx, tenant);
      await setTrialEnd(ctx, { tenantId, endsAt: new Date(ends_at), reason });
      return { body: await viewLife(ctx.tx, await loadTenant(ctx.tx, tenantId)) };
    }),
  );
}

function changeRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/plan-impact',
    {
      config: reading,
      schema: {
        summary: 'What another plan would change; changes nothing',
        tags,
        params,
        querystring: planQuerySchema,
        response: { 200: planImpactSchema },
      },
    },
    read(async (ctx, { params, query }) => {
      const tenant = await readTenant(ctx, params.tenant);
      return viewImpact(await previewPlan(ctx.tx, tenant, { plan: query.plan ?? tenant.plan }));
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/change-plan',
    {
      config,
      schema: {
        summary: 'Change the plan of a tenant, at once or on a day',
        tags,
        params,
        body: changePlanSchema,
        response: { 200: planChangeSchema },
      },
    },
    write(async (ctx, { params: { tenant }, body: { grandfathered_by: grandfatheredBy, due_at, ...body } }) => {
      const { id: tenantId } = await readTenant(ctx, tenant);
      const dueAt = due_at === undefined ? undefined : new Date(due_at);
      const change = await changePlan(ctx, { tenantId, ...body, grandfatheredBy, dueAt });
      return { body: viewPlanChange(tenantId, change) };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/cancel-plan-change',
    {
      config,
      schema: {
        summary: 'Take the change of plan that waits for its day off',
        tags,
        params,
        body: cancelPlanChangeSchema,
        response: { 200: tenantLifeSchema },
      },
    },
    write(async (ctx, { params: { tenant }, body: { reason } }) => {
      const { id: tenantId } = await readTenant(ctx, tenant);
      await cancelPlanChange(ctx, { tenantId, reason });
      return { body: await viewLife(ctx.tx, await loadTenant(ctx.tx, tenantId)) };
    }),
  );
}

function usageRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/usage',
    {
      config: reading,
      schema: { summary: 'What a tenant uses of what it may', tags, params, response: { 200: tenantUsageSchema } },
    },
    read(async (ctx, { params: { tenant } }) => viewUsage(ctx.tx, await readTenant(ctx, tenant))),
  );
  server.get(
    '/api/v1/tenants/:tenant/usage/history',
    {
      config: reading,
      schema: {
        summary: 'What a tenant has used day by day',
        tags,
        params,
        querystring: usageHistoryQuerySchema,
        response: { 200: tenantUsageHistorySchema },
      },
    },
    read(async (ctx, { params: { tenant }, query: { days } }) =>
      viewUsageHistory(ctx, await readTenant(ctx, tenant), days),
    ),
  );
  server.post(
    '/api/v1/tenants/:tenant/usage',
    {
      config: { scope: 'metrics:write' },
      schema: {
        summary: 'Take down what the application has counted',
        tags,
        params,
        body: reportUsageSchema,
        response: { 200: usageReceiptSchema },
      },
    },
    write(async (ctx, { params: { tenant }, body: { meter, used, source, counted_at } }) => ({
      body: { taken: await reportUsage(ctx, { tenant, meter, used, source, countedAt: new Date(counted_at) }) },
    })),
  );
}
