/** `tenant.set_plan`, `tenant.set_limits`, `tenant.set_features`: each change is a version that undo puts back. */
import { canonicalJson, isTenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../../access/index.ts';
import {
  type ActionContext,
  type ActionPlan,
  type Applied,
  defineAction,
  isWhollyKnown,
  type Planned,
  type Proof,
  type ResourceClaim,
  type Undone,
} from '../../connectors/kit/index.ts';
import { loadProduct, PLANS } from '../../products/index.ts';
import { type ChangeOptions, type ConfigurationChange, configurationOf, undoConfiguration } from '../configuration.ts';
import { planFromWord } from '../core/plan-words.ts';
import { featureApprovalSchema, limitSchema, settingsSchema } from '../core/settings.ts';
import { assertPlanChange } from '../core/status.ts';
import { findTenant, loadTenant, type Tenant } from '../load.ts';
import { type ConfigurationWish, decideConfiguration, setFeatures, setLimits, setPlan } from '../set-configuration.ts';
import { asStep, plannedTenantOf, reading, type TenantActionDeps, tenantField, tenantOf } from './context.ts';

const configuration = z.strictObject({ plan: z.enum(PLANS), settings: settingsSchema });

const output = z.strictObject({
  tenant_id: z.string(),
  settings_version: z.int(),
  changed: z.boolean(),
  previous: configuration,
  current: configuration,
});

type Output = z.output<typeof output>;

const common = { tenant: tenantField, reason: z.string().optional() };

const planInput = z.strictObject({
  ...common,
  plan: z.string(),
  limits: z.record(z.string(), limitSchema.nullable()).optional(),
  authority: z.string().optional(),
  grandfathered_by: z
    .string()
    .optional()
    .describe('Who agreed that what is there beyond the new plan stays; empty: nobody'),
});

const limitsInput = z.strictObject({ ...common, limits: z.record(z.string(), limitSchema.nullable()) });

const featuresInput = z.strictObject({
  ...common,
  features: z.record(z.string(), z.boolean().nullable()),
  approvals: z.record(z.string(), featureApprovalSchema.nullable()).optional(),
});

export const setPlanAction = (deps: TenantActionDeps) =>
  configurationAction(deps, {
    name: 'tenant.set_plan',
    summary: "Changes the tenant's plan",
    input: planInput,
    wish: ({ plan, limits }) => ({ plan: planFromWord(plan).plan, limits }),
    check: (tenant) => assertPlanChange(tenant.status),
    write: (ctx, options, { plan, limits, authority, grandfathered_by: grandfatheredBy }) =>
      setPlan(ctx, { ...options, plan, limits, authority, grandfatheredBy: grandfatheredBy || undefined }),
  });

export const setLimitsAction = (deps: TenantActionDeps) =>
  configurationAction(deps, {
    name: 'tenant.set_limits',
    summary: "Sets the tenant's limits from the contract",
    input: limitsInput,
    wish: ({ limits }) => ({ limits }),
    write: (ctx, options, { limits }) => setLimits(ctx, { ...options, limits }),
  });

export const setFeaturesAction = (deps: TenantActionDeps) =>
  configurationAction(deps, {
    name: 'tenant.set_features',
    summary: "Switches the tenant's features on or off per contract",
    input: featuresInput,
    wish: ({ features, approvals }) => ({ features, approvals }),
    write: (ctx, options, { features, approvals }) => setFeatures(ctx, { ...options, features, approvals }),
  });

interface Common {
  readonly tenant?: string | undefined;
  readonly reason?: string | undefined;
}

interface Definition<Input extends Common> {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType<Input>;
  readonly wish: (input: Input) => ConfigurationWish;
  readonly check?: (tenant: Tenant) => void;
  readonly write: (ctx: Ctx, options: ChangeOptions, input: Input) => Promise<ConfigurationChange>;
}

const configurationAction = <Input extends Common>({ database }: TenantActionDeps, definition: Definition<Input>) =>
  defineAction<Input, Output>({
    name: definition.name,
    version: 1,
    summary: definition.summary,
    delivery: 'idempotent',
    undoability: 'reversible',
    input: definition.input,
    output,

    plan: (ctx, wanted) => planChange(database, ctx, definition, wanted),

    async apply(ctx, wanted) {
      const tenantId = tenantOf(ctx, wanted.tenant);
      const options = { tenantId, reason: wanted.reason, key: ctx.key };
      return claim(await asStep(database, ctx, (step) => definition.write(step, options, wanted)));
    },

    async verify(ctx, wanted, { output: made }): Promise<Proof<Output>> {
      const expected = definition.wish(wanted);
      const tenant = await reading(database, (tx) => findTenant(tx, tenantOf(ctx, wanted.tenant)));
      if (tenant === undefined) return { ok: false, expected, actual: null, output: made };
      const actual = readBack(expected, tenant);
      return {
        ok: canonicalJson(actual) === canonicalJson(withoutUndefined(expected)),
        expected,
        actual,
        output: { ...made, settings_version: tenant.settingsVersion, current: shown(tenant) },
      };
    },

    undo: (ctx, resource) => undoChange(database, ctx, resource),
  });

async function planChange<Input extends Common>(
  database: TenantActionDeps['database'],
  ctx: ActionContext,
  definition: Definition<Input>,
  wanted: Planned<Input>,
): Promise<ActionPlan<Output>> {
  const given = (wanted as Planned<Common> & object as { tenant?: Planned<string | undefined> }).tenant;
  const tenantId = plannedTenantOf(ctx, given);
  const tenant = tenantId === undefined ? undefined : await reading(database, (tx) => findTenant(tx, tenantId));
  const name = tenant?.slug ?? ctx.tenant?.slug ?? 'a tenant';
  const kind = 'tenant settings';
  if (!isWhollyKnown(wanted)) return { changes: [{ verb: 'change', kind, name }] };
  const wish = definition.wish(wanted as Input);
  // The tenant may be one that an earlier step of this run has yet to create.
  if (tenant === undefined) return { changes: [{ verb: 'change', kind, name, after: wish }] };
  definition.check?.(tenant);
  const { profile } = await reading(database, (tx) => loadProduct(tx, tenant.productId));
  const current = decideConfiguration(profile.plans, tenant, wish);
  const [before, after] = [shown(tenant), shown(current)];
  const changed = canonicalJson(configurationOf(tenant)) !== canonicalJson(current);
  return {
    changes: [{ verb: changed ? 'change' : 'none', kind, name, before, after }],
    output: { tenant_id: tenant.id, changed, previous: before, current: after },
  };
}

const shown = ({ plan, settings }: Pick<Tenant, 'plan' | 'settings'>) => ({ plan, settings });

function claim(change: ConfigurationChange): Applied<Output> {
  const { tenantId, version, changed } = change;
  return {
    output: {
      tenant_id: tenantId,
      settings_version: version,
      changed,
      previous: shown(change.previous),
      current: shown(change.current),
    },
    resources: [
      {
        kind: 'tenant_settings',
        externalId: `${tenantId}/${version}`,
        name: `settings version ${version}`,
        claim: changed ? 'changed' : 'adopted',
        undo: { tenant_id: tenantId, version },
      },
    ],
  };
}

/** What was asked for, as it stands now: only the members that were named. */
function readBack(wish: ConfigurationWish, { plan, settings }: Tenant): unknown {
  const members = (named: object | undefined, held: Readonly<Record<string, unknown>> | undefined) =>
    named === undefined
      ? undefined
      : Object.fromEntries(Object.keys(named).map((name) => [name, held?.[name] ?? null]));
  return withoutUndefined({
    plan: wish.plan === undefined ? undefined : plan,
    limits: members(wish.limits, settings.limits),
    features: members(wish.features, settings.features),
    approvals: members(wish.approvals, settings.feature_approvals),
  });
}

const withoutUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

const undoFacts = z.object({ tenant_id: z.string(), version: z.int() });

async function undoChange(
  database: TenantActionDeps['database'],
  ctx: ActionContext,
  resource: ResourceClaim,
): Promise<Undone> {
  if (resource.claim !== 'changed') return { outcome: 'left', note: 'the settings were as asked before this step' };
  const { tenant_id: tenantId, version } = undoFacts.parse(resource.undo);
  return asStep(database, ctx, async (step) => {
    await loadTenant(step.tx, tenantId);
    const restored = await undoConfiguration(step, { tenantId, version });
    return restored === undefined
      ? { outcome: 'absent' as const, note: 'it was undone before' }
      : { outcome: 'removed' as const, note: `restored as version ${restored}` };
  }).catch((error: unknown) => {
    if (isTenantryError(error) && error.code === 'tenant.not_found') return { outcome: 'absent' as const };
    throw error;
  });
}
