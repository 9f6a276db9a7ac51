import { TenantryError } from '@tenantry/contract';
import { and, eq } from 'drizzle-orm';
import type { Tx } from '../db/index.ts';
import type { EnvironmentConnections } from './core/environment.ts';
import { type Profile, parseProfile } from './core/profile.ts';
import { environments, products } from './tables.ts';

export interface Product {
  readonly id: string;
  readonly version: number;
  readonly profile: Profile;
}

export interface Environment {
  readonly id: string;
  readonly productId: string;
  readonly name: string;
  /** Secrets in it are vault references, opened by whoever hands them to a connector. */
  readonly connections: EnvironmentConnections;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly version: number;
}

export async function findProduct(tx: Tx, id: string): Promise<Product | undefined> {
  const [row] = await tx.orm.select().from(products).where(eq(products.id, id));
  // Read through the schema again: an older release may have stored a profile without today's defaults.
  return row === undefined ? undefined : { id: row.id, version: row.version, profile: parseProfile(row.profile) };
}

/** @throws product.not_found */
export async function loadProduct(tx: Tx, id: string): Promise<Product> {
  const product = await findProduct(tx, id);
  if (product !== undefined) return product;
  throw new TenantryError('product.not_found', `There is no product "${id}".`, {
    facts: { product: id },
    next: 'Load its profile first, or correct the name.',
  });
}

/** @throws product.not_found when the product has no environment of that name */
export async function loadEnvironment(tx: Tx, productId: string, name: string): Promise<Environment> {
  const [row] = await tx.orm
    .select()
    .from(environments)
    .where(and(eq(environments.productId, productId), eq(environments.name, name)));
  if (row !== undefined) return row;
  throw new TenantryError('product.not_found', `The product "${productId}" has no environment "${name}".`, {
    facts: { product: productId, environment: name },
    next: 'Declare the environment and its connections first.',
  });
}
