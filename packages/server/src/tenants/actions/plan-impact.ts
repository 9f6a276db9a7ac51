import { z } from 'zod';
import { defineCheck } from '../../connectors/kit/index.ts';
import { PLANS } from '../../products/index.ts';
import { excesses } from '../core/plan-impact.ts';
import { limitSchema } from '../core/settings.ts';
import { previewPlan } from '../lifecycle/preview-plan.ts';
import { loadTenant } from '../load.ts';
import { reading, type TenantActionDeps, tenantField, tenantOf } from './context.ts';

const input = z.strictObject({
  tenant: tenantField,
  plan: z.string().min(1),
  limits: z.record(z.string(), limitSchema.nullable()).optional(),
});
const output = z.strictObject({
  from: z.enum(PLANS),
  to: z.enum(PLANS),
  direction: z.enum(['upgrade', 'downgrade', 'same']),
  /** Limits that are used beyond what the plan allows. */
  over: z.array(z.string()),
  conflicts: z.array(z.string()),
  unset: z.array(z.string()),
  lost_features: z.array(z.string()),
});

/** `tenant.plan_impact`: what another plan would change (PLAN-11, PLAN-14). */
export const planImpactCheck = ({ database }: TenantActionDeps) =>
  defineCheck<z.output<typeof input>, z.output<typeof output>>({
    name: 'tenant.plan_impact',
    version: 1,
    summary: 'What another plan would change for the tenant: limits used beyond it, features lost',
    input,
    output,
    run: (ctx, { tenant, plan, limits }) =>
      reading(database, async (tx) => {
        const impact = await previewPlan(tx, await loadTenant(tx, tenantOf(ctx, tenant)), { plan, limits });
        return {
          from: impact.from,
          to: impact.to,
          direction: impact.direction,
          over: excesses(impact).map(({ name }) => name),
          conflicts: [...impact.conflicts],
          unset: [...impact.unset],
          lost_features: impact.features.filter(({ before, after }) => before && !after).map(({ name }) => name),
        };
      }),
  });
