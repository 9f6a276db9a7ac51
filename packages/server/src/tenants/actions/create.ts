import { canonicalJson, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import {
  type ActionContext,
  type ActionPlan,
  type Applied,
  defineAction,
  isKnown,
  isWhollyKnown,
} from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import { loadProduct, PLANS } from '../../products/index.ts';
import { configurationOf, findVersion } from '../configuration.ts';
import { ISOLATIONS } from '../core/offerings.ts';
import { planFromWord } from '../core/plan-words.ts';
import { settingsSchema } from '../core/settings.ts';
import { FIRST_STATUSES, STATUSES } from '../core/status.ts';
import { createTenant, decideTenant, type NewTenant, parseNewTenant } from '../create-tenant.ts';
import { assertTenantGone, deleteTenantForUndo } from '../delete-tenant.ts';
import { findTenant, type Tenant } from '../load.ts';
import { assertSlugFree, findReservation } from '../reserve-tenant.ts';
import { findFirstStatus } from '../set-status.ts';
import { asStep, reading, type TenantActionDeps } from './context.ts';

const input = z.strictObject({
  name: z.string().trim().min(1).max(255),
  slug: z.string().min(1).max(100),
  /** As people write it: `Professional`, `Custom`, … */
  plan: z.string().default('free'),
  status: z.enum(FIRST_STATUSES).default('onboarding'),
  settings: settingsSchema.optional(),
  isolation: z.enum(ISOLATIONS).optional(),
  support_tier: z.string().optional(),
});

const output = z.strictObject({
  tenant_id: z.string(),
  slug: z.string(),
  plan: z.enum(PLANS),
  status: z.enum(STATUSES),
  settings_version: z.int(),
});

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

const undoFacts = z.object({ tenant_id: z.string(), created_key: z.string() });

/** `tenant.create`: the tenant whose id and slug the run has reserved (REG-09). */
export const createAction = ({ database }: TenantActionDeps) =>
  defineAction<Input, Output>({
    name: 'tenant.create',
    version: 1,
    summary: 'Creates the tenant in the registry',
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx, wanted) {
      const name = isKnown(wanted) && isKnown(wanted.slug) ? wanted.slug : ctx.tenant?.slug;
      if (!isKnown(wanted) || !isWhollyKnown(wanted)) {
        return { changes: [{ verb: 'create', kind: 'tenant', name: name ?? 'a tenant' }] };
      }
      const asked = input.parse(wanted);
      return reading(database, async (tx) => {
        const reserved = await findReservation(tx, ctx.run.id);
        return reserved === undefined ? planBeforeStart(asked) : planCreation(tx, ctx, asked);
      });
    },

    async apply(ctx, wanted) {
      const made = await asStep(database, ctx, async (step) =>
        createTenant(step, await newTenant(step.tx, ctx, wanted)),
      );
      return claim(made.tenant, ctx.key);
    },

    async verify(ctx, wanted, { output: made }) {
      return reading(database, async (tx) => {
        const wish = parseNewTenant(await newTenant(tx, ctx, wanted));
        const { profile } = await loadProduct(tx, wish.productId);
        const expected = facts(decideTenant({ ...wish, id: made.tenant_id }, profile));
        const tenant = await findTenant(tx, made.tenant_id);
        const actual = tenant === undefined ? null : facts(await asCreated(tx, tenant));
        const found = tenant === undefined ? made : outputOf(tenant);
        return { ok: canonicalJson(actual) === canonicalJson(expected), expected, actual, output: found };
      });
    },

    async undo(ctx, resource) {
      if (resource.claim !== 'created') return { outcome: 'left', note: 'the tenant was there before this step' };
      const { tenant_id: tenantId, created_key: createdKey } = undoFacts.parse(resource.undo);
      const deleted = await asStep(database, ctx, (step) => deleteTenantForUndo(step, { tenantId, createdKey }));
      const still = await reading(database, (tx) => findTenant(tx, tenantId));
      if (still !== undefined) return { outcome: 'absent', note: 'another step has made the tenant anew' };
      // Also after a repeat: an earlier attempt may have stopped between the deletion and its proof.
      await assertTenantGone(database, tenantId);
      return { outcome: deleted ? 'removed' : 'absent' };
    },
  });

/** What the step asks for, with what the run has reserved for it. */
async function newTenant(tx: Tx, ctx: ActionContext, wanted: Input): Promise<NewTenant> {
  const reservation = await findReservation(tx, ctx.run.id);
  if (reservation === undefined || ctx.tenant === undefined) {
    throw new TenantryError('runbook.invalid', 'The run has reserved no tenant, so it cannot create one.', {
      next: 'Give the runbook the subject new_tenant.',
    });
  }
  if (wanted.slug !== reservation.slug) {
    const message = `the run has reserved "${reservation.slug}", not "${wanted.slug}"`;
    throw new TenantryError('request.invalid', `The tenant cannot be created: ${message}.`, {
      faults: [{ path: 'slug', message }],
      next: 'Create the tenant under the slug of the run.',
    });
  }
  const { support_tier: supportTier, ...rest } = wanted;
  return {
    ...rest,
    supportTier,
    id: reservation.id,
    productId: reservation.productId,
    clientId: reservation.clientId ?? undefined,
    key: ctx.key,
  };
}

/** A plan made before its run has started, and so before anything is reserved. */
function planBeforeStart({ slug, plan, status, name }: Input): ActionPlan<Output> {
  const known = { slug, plan: planFromWord(plan).plan, status };
  return { changes: [{ verb: 'create', kind: 'tenant', name: slug, after: { name, ...known } }], output: known };
}

async function planCreation(tx: Tx, ctx: ActionContext, wanted: Input) {
  const wish = parseNewTenant(await newTenant(tx, ctx, wanted));
  const { profile } = await loadProduct(tx, wish.productId);
  const row = decideTenant(wish, profile);
  const before = await findTenant(tx, row.id);
  if (before !== undefined) {
    return { changes: [{ verb: 'adopt' as const, kind: 'tenant', name: row.slug }], output: outputOf(before) };
  }
  await assertSlugFree(tx, row.slug, row.id);
  return {
    changes: [{ verb: 'create' as const, kind: 'tenant', name: row.slug, after: facts(row) }],
    output: outputOf({ ...row, settingsVersion: 1 }),
  };
}

/** The tenant without what recorded changes have made of it since: those are no drift. */
async function asCreated(tx: Tx, tenant: Tenant): Promise<Tenant> {
  const first = tenant.settingsVersion === 1 ? undefined : await findVersion(tx, tenant.id, 1);
  const status = await findFirstStatus(tx, tenant.id);
  return {
    ...tenant,
    ...(first === undefined ? {} : configurationOf(first)),
    status: status ?? tenant.status,
  };
}

type Facts = Pick<
  Tenant,
  'id' | 'name' | 'slug' | 'productId' | 'plan' | 'status' | 'settings' | 'isolation' | 'supportTier'
>;

const facts = (row: Facts) => ({
  id: row.id,
  name: row.name,
  slug: row.slug,
  product: row.productId,
  plan: row.plan,
  status: row.status,
  settings: row.settings,
  isolation: row.isolation,
  support_tier: row.supportTier,
});

const outputOf = (tenant: Pick<Tenant, 'id' | 'slug' | 'plan' | 'status' | 'settingsVersion'>): Output => ({
  tenant_id: tenant.id,
  slug: tenant.slug,
  plan: tenant.plan,
  status: tenant.status,
  settings_version: tenant.settingsVersion,
});

function claim(tenant: Tenant, key: string): Applied<Output> {
  return {
    output: outputOf(tenant),
    resources: [
      {
        kind: 'tenant',
        externalId: tenant.id,
        name: tenant.slug,
        claim: tenant.createdKey === key ? 'created' : 'adopted',
        undo: { tenant_id: tenant.id, created_key: key },
      },
    ],
  };
}
