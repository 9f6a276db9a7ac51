import { asc } from 'drizzle-orm';
import { type Ctx, permit, reachOf } from '../access/index.ts';
import type { Profile } from './core/profile.ts';
import { parseProfile } from './core/profile.ts';
import { environments, products } from './tables.ts';

export interface ListedProduct {
  readonly profile: Profile;
  readonly version: number;
  readonly environments: readonly {
    readonly name: string;
    readonly version: number;
    readonly updatedAt: Date;
    /** Names of settings; their values are for runbooks. */
    readonly settings: readonly string[];
    /** What it connects to. Addresses and credentials stay here. */
    readonly connections: readonly { readonly kind: string; readonly name: string }[];
  }[];
}

/** Products within the reader's grants, each with its environments. @throws access.forbidden */
export async function listProducts(ctx: Ctx): Promise<readonly ListedProduct[]> {
  permit(ctx.actor, 'runbooks:read');
  const reach = reachOf(ctx.actor, 'runbooks:read');
  const found = await ctx.tx.orm.select().from(products).orderBy(asc(products.id));
  const all = await ctx.tx.orm.select().from(environments).orderBy(asc(environments.name));
  return found
    .filter(({ id }) => reach === 'everything' || reach.products.some((product) => product === null || product === id))
    .map((product) => ({
      profile: parseProfile(product.profile),
      version: product.version,
      environments: all
        .filter(({ productId }) => productId === product.id)
        .map(({ name, version, updatedAt, settings, connections }) => ({
          name,
          version,
          updatedAt,
          settings: Object.keys(settings).sort(),
          connections: Object.entries(connections).flatMap(([kind, named]) =>
            Object.keys(named).map((each) => ({ kind, name: each })),
          ),
        })),
    }));
}
