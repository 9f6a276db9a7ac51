/** What the billing system's events come to for a product, as data: which price is which plan, and how unpaid invoices are dunned. */
import { z } from 'zod';
import { PLANS } from './plan-table.ts';

const dunningStep = z.strictObject({
  /** Days after the first payment that failed. */
  after_days: z.int().min(0).max(365),
  do: z.enum(['mail', 'suspend']),
});
export type DunningStep = z.infer<typeof dunningStep>;

/** CH-75: suspended at once; reminded until the 30 days are over after which the tenant is offboarded for it. */
const DUNNING: readonly DunningStep[] = [
  { after_days: 0, do: 'suspend' },
  { after_days: 7, do: 'mail' },
  { after_days: 21, do: 'mail' },
  { after_days: 27, do: 'mail' },
];

export const billingRulesSchema = z.strictObject({
  /** Prices of the billing system, each with the plan it pays for. */
  prices: z.record(z.string().regex(/^[\w-]{1,255}$/, 'the id of a price'), z.enum(PLANS)).default({}),
  /** In the order of their days; one of them suspends. */
  dunning: z
    .array(dunningStep)
    .refine((steps) => steps.filter((step) => step.do === 'suspend').length === 1, 'one step suspends')
    .refine(
      (steps) =>
        steps.every(({ after_days }, index) => index === 0 || after_days > (steps[index - 1]?.after_days ?? 0)),
      'each step comes on a later day than the one before',
    )
    .default([...DUNNING]),
  /** What the end of a subscription comes to: a plan, or `hold`, which leaves it to a person. */
  subscription_ended: z.enum(['hold', ...PLANS]).default('hold'),
});
export type BillingRules = z.infer<typeof billingRulesSchema>;

/** Those of a profile; those of the decision where it has none. */
export const billingRulesOf = ({ billing }: { readonly billing?: BillingRules | undefined }): BillingRules =>
  billing ?? billingRulesSchema.parse({});
