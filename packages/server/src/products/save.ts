import { canonicalJson } from '@tenantry/contract';
import { sql } from 'drizzle-orm';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { parseEnvironment } from './core/environment.ts';
import { parseProfile } from './core/profile.ts';
import { type Environment, findProduct, loadEnvironment, loadProduct, type Product } from './load.ts';
import { environments, products } from './tables.ts';

/**
 * Stores a product profile, new or changed. Storing what is there already writes nothing, so that it can be done
 * at every start.
 *
 * @throws request.invalid, access.forbidden
 */
export async function saveProduct(ctx: Ctx, input: unknown): Promise<Product> {
  permit(ctx.actor, 'runbooks:write');
  const profile = parseProfile(input);
  const before = await findProduct(ctx.tx, profile.product);
  if (before !== undefined && canonicalJson(before.profile) === canonicalJson(profile)) return before;
  const [row] = await ctx.tx.orm
    .insert(products)
    .values({ id: profile.product, name: profile.name, profile, createdAt: ctx.now, updatedAt: ctx.now })
    .onConflictDoUpdate({
      target: products.id,
      set: { name: profile.name, profile, updatedAt: ctx.now, version: sql`${products.version} + 1` },
    })
    .returning({ version: products.version });
  await recordAudit(ctx, {
    action: before === undefined ? 'product.created' : 'product.changed',
    subject: { kind: 'product', id: profile.product, name: profile.name },
  });
  return { id: profile.product, version: row?.version ?? 1, profile };
}

export interface EnvironmentInput {
  readonly productId: string;
  /** `production`, `staging`, … */
  readonly name: string;
  readonly connections: unknown;
  readonly settings?: unknown;
}

/**
 * Stores the connections and settings of one environment, new or changed.
 *
 * @throws request.invalid, product.not_found, access.forbidden
 */
export async function saveEnvironment(ctx: Ctx, input: EnvironmentInput): Promise<Environment> {
  permit(ctx.actor, 'runbooks:write');
  const { connections, settings } = parseEnvironment({
    connections: input.connections,
    settings: input.settings ?? {},
  });
  await loadProduct(ctx.tx, input.productId);
  const key = { productId: input.productId, name: input.name };
  const [row] = await ctx.tx.orm
    .insert(environments)
    .values({ ...key, connections, settings, createdAt: ctx.now, updatedAt: ctx.now })
    .onConflictDoUpdate({
      target: [environments.productId, environments.name],
      set: { connections, settings, updatedAt: ctx.now, version: sql`${environments.version} + 1` },
      setWhere: sql`(${environments.connections}, ${environments.settings})
        is distinct from (excluded.connections, excluded.settings)`,
    })
    .returning();
  if (row !== undefined) {
    await recordAudit(ctx, {
      action: row.version === 1 ? 'environment.created' : 'environment.changed',
      subject: { kind: 'environment', id: row.id, name: `${input.productId}/${input.name}` },
      detail: { connections: Object.keys(connections) },
    });
    return row;
  }
  return loadEnvironment(ctx.tx, input.productId, input.name);
}
