/**
 * The plan table of a product (003 §5.3) as data: which plans there are, what each limits, which features it
 * includes and which availability it promises. The four plan names are canonical (CH-01); what they mean is
 * the product's own.
 */
import { z } from 'zod';

/** PLAN-01, REG-13: exactly these, from the smallest to the largest. */
export const PLANS = ['free', 'starter', 'professional', 'enterprise'] as const;
export type Plan = (typeof PLANS)[number];

/**
 * What a plan says about one limit: a number, `unlimited`, or `custom`, which leaves it to the contract and
 * has no value until the tenant's settings give one (CH-03).
 */
export type PlanLimit = number | 'unlimited' | 'custom';

/** A limit that holds for a tenant: a number of units, or none at all. */
export type Limit = number | 'unlimited';

const key = z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and underscores, a letter first');
const limitValue = z.union([z.int().nonnegative(), z.literal('unlimited')]);

const planSchema = z.strictObject({
  title: z.string().min(1),
  limits: z.record(key, z.union([limitValue, z.literal('custom')])),
  features: z.record(key, z.boolean()),
  /** Promised availability in percent; null where the plan promises none (PLAN-08). */
  sla_percent: z.number().min(0).max(100).nullable(),
});

/** Every plan names the same limits and the same features, so that no tenant has a limit nobody set. */
export const planTableSchema = z
  .strictObject({ free: planSchema, starter: planSchema, professional: planSchema, enterprise: planSchema })
  .superRefine((table, issues) => {
    for (const plan of PLANS) {
      for (const part of ['limits', 'features'] as const) {
        const missing = Object.keys(table.free[part]).filter((name) => !Object.hasOwn(table[plan][part], name));
        const extra = Object.keys(table[plan][part]).filter((name) => !Object.hasOwn(table.free[part], name));
        for (const name of [...missing, ...extra]) {
          issues.addIssue({
            code: 'custom',
            path: [plan, part, name],
            message: 'every plan names the same limits and features',
          });
        }
      }
    }
  });

export type PlanTable = z.infer<typeof planTableSchema>;
