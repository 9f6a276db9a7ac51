/** `/api/v1/products`: which products there are, and what their environments connect to. */
import { z } from 'zod';
import { type HttpServer, read } from '../http/index.ts';
import { type ListedProduct, listProducts } from './list-products.ts';

const productSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.int(),
  app_url: z.string(),
  plans: z.array(z.string()),
  roles: z.array(z.object({ key: z.string(), title: z.string(), permission: z.string() })),
  support_tiers: z.array(z.object({ key: z.string(), title: z.string(), response: z.string() })),
  environments: z.array(
    z.object({
      name: z.string(),
      version: z.int(),
      updated_at: z.iso.datetime(),
      settings: z.array(z.string()).describe('Names; their values are for runbooks'),
      connections: z.array(z.object({ kind: z.string(), name: z.string() })),
    }),
  ),
});

export function productRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/products',
    {
      config: { scope: 'runbooks:read' },
      schema: {
        summary: 'Products with their plans, roles and environments; no address and no secret of a connection',
        tags: ['products'],
        response: { 200: z.object({ items: z.array(productSchema) }) },
      },
    },
    read(async (ctx) => ({ items: (await listProducts(ctx)).map(viewProduct) })),
  );
}

const viewProduct = ({ profile, version, environments }: ListedProduct): z.input<typeof productSchema> => ({
  id: profile.product,
  name: profile.name,
  version,
  app_url: profile.urls.app,
  plans: Object.keys(profile.plans),
  roles: profile.roles.map((role) => ({ ...role })),
  support_tiers: profile.support_tiers.map((tier) => ({ ...tier })),
  environments: environments.map(({ updatedAt, settings, connections, ...rest }) => ({
    ...rest,
    updated_at: updatedAt.toISOString(),
    settings: [...settings],
    connections: [...connections],
  })),
});
