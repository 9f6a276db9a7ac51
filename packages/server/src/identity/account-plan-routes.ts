/** `/api/account/plan`: what the administrators of a tenant see of their plan, and the plan they ask for (PLAN-13). */
import {
  accountPlanSchema,
  planImpactSchema,
  planQuerySchema,
  planRequestListSchema,
  planRequestSchema,
  requestPlanSchema,
} from '@tenantry/contract';
import type { HttpServer } from '../http/index.ts';
import { loadProduct } from '../products/index.ts';
import {
  listPlanRequests,
  loadTenant,
  previewPlan,
  requestPlan,
  viewImpact,
  viewPlanRequest,
  viewUsage,
  withdrawPlanRequest,
} from '../tenants/index.ts';
import { asAdmin } from './account-request.ts';
import type { TokenDeps } from './token-sessions.ts';

const config = { public: true } as const;
const tags = ['account'];
const ACT = 'plan:request';

export function accountPlanRoutes(server: HttpServer, deps: TokenDeps): void {
  server.get(
    '/api/account/plan',
    {
      config,
      schema: {
        summary: 'The plan of the tenant, what is used of it, and which plans there are; for its administrators',
        tags,
        response: { 200: accountPlanSchema },
      },
    },
    (request) =>
      asAdmin(deps, request, ACT, async ({ tx }, tenantId) => {
        const tenant = await loadTenant(tx, tenantId);
        const { plans } = (await loadProduct(tx, tenant.productId)).profile;
        return {
          ...(await viewUsage(tx, tenant)),
          plans: Object.entries(plans).map(([id, { title }]) => ({ id, title })),
        };
      }),
  );
  server.get(
    '/api/account/plan-impact',
    {
      config,
      schema: {
        summary: 'What another plan would change; changes nothing',
        tags,
        querystring: planQuerySchema,
        response: { 200: planImpactSchema },
      },
    },
    (request) =>
      asAdmin(deps, request, ACT, async ({ tx }, tenantId) => {
        const tenant = await loadTenant(tx, tenantId);
        return viewImpact(await previewPlan(tx, tenant, { plan: request.query.plan ?? tenant.plan }));
      }),
  );
  requestRoutes(server, deps);
}

function requestRoutes(server: HttpServer, deps: TokenDeps): void {
  const path = '/api/account/plan-requests';
  server.get(
    path,
    {
      config,
      schema: {
        summary: 'Plans the tenant has asked for, newest first',
        tags,
        response: { 200: planRequestListSchema },
      },
    },
    (request) =>
      asAdmin(deps, request, ACT, async ({ tx }, tenantId) => ({
        items: (await listPlanRequests(tx, tenantId)).map(viewPlanRequest),
      })),
  );
  server.post(
    path,
    {
      config,
      schema: {
        summary: 'Ask for another plan; the answer says whether it holds already',
        tags,
        body: requestPlanSchema,
        response: { 201: planRequestSchema },
      },
    },
    async (request, reply) => {
      const made = await asAdmin(deps, request, ACT, (ctx, tenantId) =>
        requestPlan(ctx, { tenantId, ...request.body }),
      );
      return reply.code(201).send(viewPlanRequest(made));
    },
  );
  server.post(
    `${path}/withdraw`,
    { config, schema: { summary: 'Withdraw the plan that was asked for', tags, response: { 200: planRequestSchema } } },
    (request) =>
      asAdmin(deps, request, ACT, async (ctx, tenantId) => viewPlanRequest(await withdrawPlanRequest(ctx, tenantId))),
  );
}
