/** What the counts of the nights came to. */
import { usageCountListSchema, usageNightListSchema } from '@tenantry/contract';
import { z } from 'zod';
import { permit } from '../access/index.ts';
import { type HttpServer, read } from '../http/index.ts';
import { loadProduct } from '../products/index.ts';
import { readTenant } from './load.ts';

const tags = ['plans'];
const config = { scope: 'tenants:read' } as const;

interface CountRow {
  readonly night: string;
  readonly state: 'done' | 'failed';
  readonly drift: Readonly<Record<string, { known: number; counted: number }>>;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly attempts: number;
  readonly countedAt: Date;
}

export function usageCountRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/usage-counts',
    {
      config,
      schema: {
        summary: 'What the application counted each night, and what was set right; newest first',
        tags,
        params: z.object({ tenant: z.string().max(100).describe('Id or slug') }),
        response: { 200: usageCountListSchema },
      },
    },
    read(async (ctx, { params }) => {
      const { id } = await readTenant(ctx, params.tenant);
      const { rows } = await ctx.tx.query<CountRow>(
        `select night::text, state, drift, error, attempts, counted_at as "countedAt" from tenant_usage_counts
         where tenant_id = $1 order by night desc limit 90`,
        [id],
      );
      return { items: rows.map(({ countedAt, ...row }) => ({ ...row, counted_at: countedAt.toISOString() })) };
    }),
  );
  server.get(
    '/api/v1/products/:product/usage-counts',
    {
      config,
      schema: {
        summary: 'How many tenants of a product were counted each night, and why others were not',
        tags,
        params: z.object({ product: z.string().max(50) }),
        response: { 200: usageNightListSchema },
      },
    },
    read(async (ctx, { params: { product } }) => {
      permit(ctx.actor, 'tenants:read', { productId: product, clientId: null });
      await loadProduct(ctx.tx, product);
      const { rows } = await ctx.tx.query<{
        night: string;
        done: number;
        failed: number;
        drifted: number;
        reasons: string[];
      }>(
        `select c.night::text, count(*) filter (where c.state = 'done')::int as done,
           count(*) filter (where c.state = 'failed')::int as failed,
           count(*) filter (where c.drift <> '{}')::int as drifted,
           coalesce((array_agg(distinct c.error ->> 'message') filter (where c.state = 'failed'))[1:5], '{}') as reasons
         from tenant_usage_counts c join tenants t on t.id = c.tenant_id
         where t.product_id = $1 group by c.night order by c.night desc limit 30`,
        [product],
      );
      return { items: rows };
    }),
  );
}
