/** Billing on the wire: how events of the billing system are taken, what came of each, and what a tenant owes. */
import { z } from 'zod';
import { pageQuerySchema, pageSchema } from './paging.ts';
import { tenantPlanSchema } from './tenant-api.ts';

const time = z.iso.datetime();
const reason = z.string().trim().min(1).max(2_000).describe('Kept for good');

export const billingKeyKindSchema = z.enum(['signing_secret', 'api_key']);

export const newBillingKeySchema = z.strictObject({
  kind: billingKeyKindSchema.default('signing_secret'),
  label: z.string().trim().min(1).max(100).describe('What it is told apart by, such as the month'),
  secret: z.string().min(1).max(500).describe('whsec_…, or rk_… of a restricted key that reads; sealed, never shown'),
});

const dunningStepSchema = z.object({
  after_days: z.int().describe('After the first payment that failed'),
  do: z.enum(['mail', 'suspend']),
});

export const billingSetUpSchema = z.object({
  product: z.string(),
  endpoint: z.string().describe('The address to give to the billing system'),
  keys: z
    .array(
      z.object({ id: z.string(), kind: billingKeyKindSchema, label: z.string(), added_by: z.string(), added_at: time }),
    )
    .describe('Those that hold; several signing secrets do while one is rotated away'),
  prices: z.record(z.string(), tenantPlanSchema).describe('Prices, each with the plan it pays for'),
  dunning: z.array(dunningStepSchema),
  subscription_ended: z.union([z.literal('hold'), tenantPlanSchema]),
  events: z.record(z.string(), z.int()).describe('How many there are in each state'),
});

export const billingEventStateSchema = z.enum([
  'pending',
  'applied',
  'superseded',
  'ignored',
  'unassigned',
  'held',
  'settled',
]);

export const billingEventSchema = z.object({
  product: z.string(),
  id: z.string(),
  type: z.string(),
  object: z.string().nullable().describe('The invoice or subscription it is about'),
  customer: z.string().nullable(),
  tenant_id: z.string().nullable(),
  occurred_at: time,
  received_at: time,
  state: billingEventStateSchema.describe(
    'unassigned: nobody knows whose it is; held: a person decides; superseded: something newer was known',
  ),
  outcome: z.string().nullable().describe('What came of it, or why it waits'),
  attempts: z.int(),
  next_at: time.nullable().describe('When it is looked at again; null unless it is pending'),
  decided_at: time.nullable(),
  replayed_by: z.string().nullable(),
});

export const billingEventPageSchema = pageSchema(billingEventSchema);

export const billingEventQuerySchema = pageQuerySchema.extend({
  state: billingEventStateSchema.optional(),
  tenant: z.string().max(100).optional().describe('Id or slug'),
});

export const billingReasonSchema = z.strictObject({ reason });

export const assignBillingEventSchema = z.strictObject({
  tenant: z.string().min(1).max(100).describe('Id or slug'),
  remember: z.boolean().default(true).describe('The tenant pays as that customer from now on'),
  reason,
});

export const setBillingCustomerSchema = z.strictObject({
  customer: z
    .string()
    .regex(/^[\w-]{1,255}$/, 'the id of a customer: cus_…')
    .describe('As the billing system names it'),
  reason,
});

export const tenantBillingSchema = z.object({
  tenant_id: z.string(),
  slug: z.string(),
  customers: z.array(z.string()),
  unpaid: z.array(
    z.object({
      id: z.string(),
      number: z.string().nullable(),
      amount_due: z.number().describe('In the smallest unit of the currency'),
      currency: z.string(),
      pay_url: z.string().nullable(),
      as_of: time,
    }),
  ),
  dunning: z
    .object({
      began_at: time,
      steps: z.array(dunningStepSchema.extend({ done: z.boolean() })),
      next_at: time.nullable(),
      suspends_at: time.nullable().describe('null: it has'),
    })
    .nullable()
    .describe('The clock that runs while something is unpaid'),
});

export type BillingSetUpView = z.infer<typeof billingSetUpSchema>;
export type BillingEventView = z.infer<typeof billingEventSchema>;
export type TenantBillingView = z.infer<typeof tenantBillingSchema>;
