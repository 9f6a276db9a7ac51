import type { Tx } from '../db/index.ts';
import { loadProduct, type Profile } from '../products/index.ts';
import { type EffectiveLimits, effectiveFeatures, resolveLimits } from './core/entitlements.ts';
import { loadTenant, type Tenant } from './load.ts';

/** The limits in force for a tenant, and those nobody has set yet. */
export async function loadLimits(tx: Tx, tenant: Tenant): Promise<EffectiveLimits> {
  const { plans } = (await loadProduct(tx, tenant.productId)).profile;
  return resolveLimits(plans, tenant.plan, tenant.settings.limits);
}

/** The limits and features in force for a tenant. */
export async function loadEntitlements(
  tx: Tx,
  tenant: Tenant,
): Promise<EffectiveLimits & { readonly features: Readonly<Record<string, boolean>> }> {
  const { plans } = (await loadProduct(tx, tenant.productId)).profile;
  return {
    ...resolveLimits(plans, tenant.plan, tenant.settings.limits),
    features: effectiveFeatures(plans, tenant.plan, tenant.settings.features),
  };
}

export type ProductRole = Profile['roles'][number];

/** The roles a user of this tenant may have. @throws tenant.not_found */
export async function loadRoles(tx: Tx, tenantId: string): Promise<readonly ProductRole[]> {
  const { productId } = await loadTenant(tx, tenantId);
  return (await loadProduct(tx, productId)).profile.roles;
}
