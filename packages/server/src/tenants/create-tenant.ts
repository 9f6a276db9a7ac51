import { randomUUID } from 'node:crypto';
import { canonicalJson, isTenantId, TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { loadProduct, type Profile } from '../products/index.ts';
import { configurationOf, insertVersion } from './configuration.ts';
import { assertFeaturesInPlan, effectiveLimits } from './core/entitlements.ts';
import { ISOLATIONS } from './core/offerings.ts';
import { planFromWord } from './core/plan-words.ts';
import { parseSettings } from './core/settings.ts';
import { assertSlug } from './core/slug.ts';
import { FIRST_STATUSES, isLive } from './core/status.ts';
import { recordHistory, runOf } from './history.ts';
import { beginTrial } from './lifecycle/begin-trial.ts';
import { findTenant, type Tenant } from './load.ts';
import { assertSlugFree, lockSlug } from './reserve-tenant.ts';
import { tenants } from './tables.ts';

export const newTenantSchema = z.strictObject({
  /** The reserved id, when a run creates the tenant. */
  id: z.string().refine(isTenantId, 'must be a lower-case UUID v4').optional(),
  productId: z.string(),
  clientId: z.uuid().optional(),
  name: z.string().trim().min(1).max(255),
  slug: z.string(),
  plan: z.string().default('free'),
  status: z.enum(FIRST_STATUSES).default('active'),
  settings: z.unknown().optional(),
  isolation: z.enum(ISOLATIONS).default('pool-shared'),
  supportTier: z.string().optional(),
  /** The same key again answers the tenant the first call made. */
  key: z.string().min(1).optional(),
  authority: z.string().optional(),
  reason: z.string().optional(),
});

export type NewTenant = z.input<typeof newTenantSchema>;

export interface CreatedTenant {
  readonly tenant: Tenant;
  /** False when an earlier call had made it. */
  readonly created: boolean;
}

/**
 * Creates a tenant (REG-09). Called again with its id or its key, it answers the one that is there, provided that
 * it is what was asked for.
 *
 * @throws request.invalid, tenant.slug_taken, tenant.slug_reserved, tenant.plan_unknown,
 * tenant.feature_not_in_plan, product.not_found, access.forbidden; tenant.limit_unset when its users would be let
 * in at once with a limit nobody set (CH-03)
 */
export async function createTenant(ctx: Ctx, input: NewTenant): Promise<CreatedTenant> {
  permit(ctx.actor, 'tenants:write');
  const wish = parseNewTenant(input);
  const { profile } = await loadProduct(ctx.tx, wish.productId);
  const row = decideTenant(wish, profile);
  await lockSlug(ctx.tx, row.slug);
  const earlier = await findEarlier(ctx.tx, row.id, row.createdKey);
  if (earlier !== undefined) return { tenant: assertSame(earlier, row), created: false };
  await assertSlugFree(ctx.tx, row.slug, row.id);
  const tenant = await insertTenant(ctx, row, wish);
  return { tenant, created: true };
}

type Wish = z.output<typeof newTenantSchema>;

export function parseNewTenant(input: NewTenant): Wish {
  const parsed = newTenantSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TenantryError('request.invalid', 'The tenant cannot be created: a field does not fit.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named.',
  });
}

/** The row a wish makes, checked against the product. */
export function decideTenant(wish: Wish, profile: Profile) {
  assertSlug(wish.slug, profile.reserved_slug_suffixes);
  const { plan } = planFromWord(wish.plan);
  const settings = parseSettings(wish.settings ?? {}, profile.plans);
  assertFeaturesInPlan(profile.plans, plan, settings);
  if (isLive(wish.status)) effectiveLimits(profile.plans, plan, settings.limits);
  return {
    id: wish.id ?? randomUUID(),
    name: wish.name,
    slug: wish.slug,
    plan,
    status: wish.status,
    settings,
    productId: wish.productId,
    clientId: wish.clientId ?? null,
    isolation: wish.isolation,
    supportTier: supportTier(wish, profile),
    createdKey: wish.key ?? null,
  };
}

type NewRow = ReturnType<typeof decideTenant>;

function supportTier({ supportTier: asked }: Wish, profile: Profile): string {
  const tiers = profile.support_tiers.map((tier) => tier.key);
  if (asked === undefined) return tiers[0] ?? 'basic';
  if (tiers.includes(asked)) return asked;
  const message = `"${asked}" is not one of ${tiers.join(', ')}`;
  throw new TenantryError('request.invalid', `The support tier cannot be set: ${message}.`, {
    faults: [{ path: 'support_tier', message }],
    next: `Use one of: ${tiers.join(', ')}.`,
  });
}

async function findEarlier(tx: Tx, id: string, key: string | null): Promise<Tenant | undefined> {
  const byId = await findTenant(tx, id);
  if (byId !== undefined || key === null) return byId;
  const [byKey] = await tx.orm.select().from(tenants).where(eq(tenants.createdKey, key));
  return byKey;
}

/** Names and slugs never change by themselves; plan, status and settings may have moved on since. */
function assertSame(earlier: Tenant, row: NewRow): Tenant {
  const sameKey = earlier.createdKey !== null && earlier.createdKey === row.createdKey;
  const same =
    earlier.slug === row.slug &&
    earlier.productId === row.productId &&
    (sameKey || canonicalJson([earlier.name, earlier.plan]) === canonicalJson([row.name, row.plan]));
  if (same) return earlier;
  throw new TenantryError('tenant.slug_taken', `The tenant ${earlier.slug} was made before with other values.`, {
    facts: { tenant: earlier.id, slug: earlier.slug },
    next: 'Change the tenant that is there, or take it back first.',
  });
}

async function insertTenant(ctx: Ctx, row: NewRow, wish: Wish): Promise<Tenant> {
  const [tenant] = await ctx.tx.orm
    .insert(tenants)
    .values({ ...row, createdRunId: runOf(ctx.actor), createdAt: ctx.now, updatedAt: ctx.now })
    .returning();
  const configuration = configurationOf(row);
  await insertVersion(ctx, row.id, 1, configuration, 'created', { key: wish.key });
  if (row.status === 'trial') await beginTrial(ctx, row);
  const to = { name: row.name, slug: row.slug, status: row.status, ...configuration };
  const { authority, reason, key } = wish;
  await recordHistory(ctx, { tenantId: row.id, operation: 'created', from: null, to, authority, reason, key });
  await recordAudit(ctx, {
    action: 'tenant.created',
    tenantId: row.id,
    subject: { kind: 'tenant', id: row.id, name: row.slug },
    ...(reason === undefined ? {} : { reason }),
    detail: to,
  });
  return tenant as Tenant;
}
