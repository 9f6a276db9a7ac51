import { z } from 'zod';
import { systemActor } from '../../access/index.ts';
import { listAudit } from '../../audit/index.ts';
import { defineCheck } from '../../connectors/kit/index.ts';
import { loadProduct, PLANS } from '../../products/index.ts';
import { readContactsState } from '../contacts.ts';
import { effectiveFeatures, resolveLimits } from '../core/entitlements.ts';
import { ISOLATIONS } from '../core/offerings.ts';
import { limitSchema, settingsSchema } from '../core/settings.ts';
import { ACCESS_MODES, STATUSES } from '../core/status.ts';
import { loadTenant } from '../load.ts';
import { reading, type TenantActionDeps, tenantField, tenantOf } from './context.ts';

const input = z.strictObject({ tenant: tenantField });

const settings = z.strictObject({
  tenant_id: z.string(),
  name: z.string(),
  slug: z.string(),
  product: z.string(),
  plan: z.enum(PLANS),
  status: z.enum(STATUSES),
  access_mode: z.enum(ACCESS_MODES).nullable(),
  isolation: z.enum(ISOLATIONS),
  support_tier: z.string(),
  settings_version: z.int(),
  settings: settingsSchema,
  /** In force: the contract's value, else the plan's. */
  limits: z.record(z.string(), limitSchema),
  /** Limits the plan leaves to the contract and the contract does not give (CH-03). */
  unset_limits: z.array(z.string()),
  features: z.record(z.string(), z.boolean()),
  /** Promised availability in percent; null where the plan promises none. */
  sla_percent: z.number().nullable(),
});

/** `tenant.settings`: what holds for the tenant, for `expect` to compare with the contract. */
export const settingsCheck = ({ database }: TenantActionDeps) =>
  defineCheck<z.output<typeof input>, z.output<typeof settings>>({
    name: 'tenant.settings',
    version: 1,
    summary: "The tenant's plan, status, limits and features as they are in force",
    input,
    output: settings,
    run: (ctx, wanted) =>
      reading(database, async (tx) => {
        const tenant = await loadTenant(tx, tenantOf(ctx, wanted.tenant));
        const { plans } = (await loadProduct(tx, tenant.productId)).profile;
        const { limits, unset } = resolveLimits(plans, tenant.plan, tenant.settings.limits);
        return {
          tenant_id: tenant.id,
          name: tenant.name,
          slug: tenant.slug,
          product: tenant.productId,
          plan: tenant.plan,
          status: tenant.status,
          access_mode: tenant.accessMode,
          isolation: tenant.isolation,
          support_tier: tenant.supportTier,
          settings_version: tenant.settingsVersion,
          settings: tenant.settings,
          limits: { ...limits },
          unset_limits: [...unset],
          features: { ...effectiveFeatures(plans, tenant.plan, tenant.settings.features) },
          sla_percent: plans[tenant.plan].sla_percent,
        };
      }),
  });

const contacts = z.strictObject({ ours: z.boolean(), theirs: z.boolean(), missing: z.array(z.string()) });

/** `tenant.contacts`: whether both sides know whom to call (REG-26, ROLE-05). */
export const contactsCheck = ({ database }: TenantActionDeps) =>
  defineCheck<z.output<typeof input>, z.output<typeof contacts>>({
    name: 'tenant.contacts',
    version: 1,
    summary: 'Whether the contacts of both sides are complete, and which are missing',
    input,
    output: contacts,
    run: (ctx, wanted) =>
      reading(database, async (tx) => {
        const { missing, ...state } = await readContactsState(tx, tenantOf(ctx, wanted.tenant));
        return { ...state, missing: [...missing] };
      }),
  });

const trail = z.strictObject({
  /** Audited acts on the tenant by this run; the newest 500. */
  entries: z.int(),
  /** Each kind of act once, such as `tenant.created`. */
  actions: z.array(z.string()),
});

/** `tenant.audit_trail`: whether what the run did to the tenant stands in the audit log (SECV-06, VAL-22). */
export const auditTrailCheck = ({ database }: TenantActionDeps) =>
  defineCheck<z.output<typeof input>, z.output<typeof trail>>({
    name: 'tenant.audit_trail',
    version: 1,
    summary: 'What the audit log holds of the acts of this run on the tenant',
    input,
    output: trail,
    run: (ctx, wanted) =>
      reading(database, async (tx) => {
        const { rows } = await listAudit(
          { tx, actor: systemActor('tenants'), now: ctx.now },
          { tenantId: tenantOf(ctx, wanted.tenant), runId: ctx.run.id },
          { limit: 500 },
        );
        return { entries: rows.length, actions: [...new Set(rows.map(({ action }) => action))].toSorted() };
      }),
  });
