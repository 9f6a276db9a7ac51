/** The life of a tenant on the wire: suspension, reinstatement, and where it stands. */
import { z } from 'zod';
import { tenantPlanSchema, tenantStatusSchema } from './tenant-api.ts';

const time = z.iso.datetime();
const text = z.string().trim().min(1).max(2_000);
const authority = text.optional().describe('On whose word, such as a contract or a person; else that of the caller');
const accessModeSchema = z.enum(['read-only', 'blocked']);

export const suspensionCauseSchema = z.enum([
  'payment_failure',
  'terms_violation',
  'security_incident',
  'customer_request',
  'inactivity',
  'trial_expired',
]);

export const suspendTenantSchema = z.strictObject({
  cause: suspensionCauseSchema,
  reason: text.describe('Kept for good, and told to the administrators of the tenant'),
  access_mode: accessModeSchema.optional().describe('That of the cause unless given'),
  authority,
});

export const reinstateTenantSchema = z.strictObject({
  resolution: text.describe('How the issue was resolved; kept for good, and told to the administrators'),
  cause: suspensionCauseSchema.optional().describe('Needed where the tenant is suspended for more than one cause'),
  authority,
});

export const suspensionSchema = z.object({
  id: z.string(),
  cause: suspensionCauseSchema,
  priority: z.enum(['P0', 'P1', 'P2']),
  access_mode: accessModeSchema,
  reason: z.string(),
  authority: z.string(),
  began_at: time,
});

export const offboardingCauseSchema = z.enum(['customer_request', 'contract_end', 'non_payment', 'terms_violation']);

export const offboardTenantSchema = z.strictObject({
  cause: offboardingCauseSchema,
  reason: text.describe('Kept for good, and told to the administrators of the tenant'),
  authority,
  second_authority: text
    .optional()
    .describe('Who else agrees, by name; needed for terms_violation, which has no grace'),
  delete_data: z.boolean().default(true).describe('False keeps the data, unreachable, until somebody decides'),
  erasure_request: z.boolean().default(false).describe("A person's right to erasure: no retention after the end"),
});

export const offboardingReasonSchema = z.strictObject({ reason: text, authority });
export const legalHoldSchema = z.strictObject({
  hold: z.boolean().describe('False lifts it'),
  reason: text,
  authority,
});
export const eraseTenantSchema = z.strictObject({
  confirm: z.string().describe('The slug of the tenant, typed'),
  reason: text,
  authority,
});

export const offboardingSchema = z.object({
  id: z.string(),
  tenant_id: z.string(),
  slug: z.string(),
  name: z.string(),
  cause: offboardingCauseSchema,
  priority: z.enum(['P0', 'P1', 'P2']),
  reason: z.string(),
  authority: z.string(),
  second_authority: z.string().nullable(),
  state: z.enum(['grace', 'offboarded', 'deleting', 'deleted', 'cancelled']),
  announced_at: time,
  ends_at: time.describe('When access ends, or has ended'),
  offboarded_at: time.nullable(),
  delete_data: z.boolean(),
  erasure_request: z.boolean(),
  delete_after: time.nullable().describe('When the data may go; null while that is open, or where it is kept'),
  legal_hold: z.object({ reason: z.string(), authority: z.string() }).nullable(),
  steps: z.record(z.string(), z.record(z.string(), z.unknown())).describe('What of the deletion is done'),
  obstacle: z.record(z.string(), z.unknown()).nullable().describe('Why the deletion could not go on the last time'),
  ended_at: time.nullable(),
  certificate: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What is gone, and what is not; once it is deleted'),
});

export const foundOffboardingSchema = z.object({
  offboarding: offboardingSchema.nullable().describe('null: the tenant has never begun to leave'),
});

const limitSchema = z.union([z.int().nonnegative(), z.literal('unlimited')]);
const limitChangesSchema = z
  .record(z.string(), limitSchema.nullable())
  .optional()
  .describe("Limits of the contract that go with it; null takes the tenant's own value away");

export const changePlanSchema = z.strictObject({
  plan: z.string().min(1).max(50).describe('As people write it: professional, Enterprise, custom'),
  limits: limitChangesSchema,
  reason: text,
  authority,
  grandfathered_by: text.optional().describe('Who agreed that what is there beyond the new plan stays'),
  due_at: time.optional().describe('Changes nothing before; at once when left out'),
});

export const requestPlanSchema = z.strictObject({
  plan: z.string().min(1).max(50).describe('As people write it: professional, Enterprise'),
  reason: text.describe('For whoever decides; kept for good'),
});

export const decidePlanRequestSchema = z.strictObject({
  approve: z.boolean(),
  note: text.describe('Why; told to the administrators when it is declined'),
  grandfathered_by: text.optional().describe('Who agreed that what is there beyond the new plan stays'),
  due_at: time.optional().describe('Approved for a day; at once when left out'),
});

export const planRequestSchema = z.object({
  id: z.string(),
  tenant_id: z.string(),
  plan: tenantPlanSchema,
  direction: z.string(),
  reason: z.string(),
  requested_by: z.string(),
  requested_at: time,
  state: z.enum(['waiting', 'applied', 'declined', 'withdrawn']),
  decided_by: z.string().nullable(),
  decided_at: time.nullable(),
  note: z.string().nullable(),
});

export const planRequestListSchema = z.object({ items: z.array(planRequestSchema) });

export const cancelPlanChangeSchema = z.strictObject({ reason: text });
export const planQuerySchema = z.object({
  plan: z.string().min(1).max(50).optional().describe('The present one unless given'),
});
export const setTrialEndSchema = z.strictObject({ ends_at: time, reason: text });

export const planImpactSchema = z.object({
  from: tenantPlanSchema,
  to: tenantPlanSchema,
  direction: z.enum(['upgrade', 'downgrade', 'same']),
  limits: z.array(
    z.object({
      name: z.string(),
      before: limitSchema.nullable().describe('null: left to the contract, which gives none'),
      after: limitSchema.nullable(),
      used: z.number().nullable().describe('null: nobody has counted it'),
      excess: z.number().describe('How far the use is above the new limit'),
    }),
  ),
  features: z.array(z.object({ name: z.string(), before: z.boolean(), after: z.boolean() })),
  sla_percent: z.object({ before: z.number().nullable(), after: z.number().nullable() }),
  conflicts: z.array(z.string()).describe('Features promised to the tenant that the plan does not include'),
  unset: z.array(z.string()).describe('Limits the plan leaves to the contract and nobody has set'),
});

export const planChangeSchema = z.object({
  tenant_id: z.string(),
  impact: planImpactSchema,
  due_at: time.nullable().describe('null: it is done'),
});

export const reportUsageSchema = z.strictObject({
  meter: z.string().max(64).describe('Name of a limit of the product: projects'),
  used: z.int().nonnegative(),
  counted_at: time,
  source: z.string().trim().min(1).max(100).describe('Who counted'),
});

export const usageReceiptSchema = z.object({
  taken: z.boolean().describe('False when a later count is there already'),
});

export const tenantUsageSchema = z.object({
  tenant_id: z.string(),
  plan: tenantPlanSchema,
  meters: z.array(
    z.object({
      name: z.string(),
      limit: limitSchema.nullable().describe('null: left to the contract, which gives none'),
      used: z.number().nullable().describe('null: nobody has counted it, or it is a window'),
      remaining: z.number().nullable().describe('null: there is no end to it, or it is not known'),
      state: z
        .enum(['ok', 'soft', 'reached', 'unknown'])
        .describe('soft: four fifths are used; reached: the next is refused'),
      window_ms: z.int().nullable().describe('Of a limit that counts in a window of time; null for a stock'),
    }),
  ),
});

export const accountPlanSchema = tenantUsageSchema.extend({
  plans: z.array(z.object({ id: z.string(), title: z.string() })).describe('From the smallest to the largest'),
});

const day = z.iso.date().describe('In UTC');

export const usageHistoryQuerySchema = z.object({
  days: z.coerce.number().int().min(1).max(400).default(90).describe('How far back from today'),
});

export const tenantUsageHistorySchema = z.object({
  tenant_id: z.string(),
  from: day,
  to: day,
  meters: z.array(
    z.object({
      name: z.string(),
      limit: limitSchema.nullable().describe('In force today; null: left to the contract, which gives none'),
      days: z
        .array(z.object({ day, used: z.int() }))
        .describe('The last count of each day there was one, oldest first'),
    }),
  ),
});

export const tenantLifeSchema = z.object({
  tenant_id: z.string(),
  slug: z.string(),
  status: tenantStatusSchema,
  access_mode: accessModeSchema.nullable(),
  status_reason: z.string().nullable(),
  closed_at: time.nullable().describe('Set while an emergency keeps everybody out'),
  possible: z.array(tenantStatusSchema).describe('Statuses it can go to from here'),
  suspensions: z.array(suspensionSchema).describe('Causes that hold, most urgent first'),
  trial_ends_at: time.nullable(),
  plan_change: z
    .object({ plan: tenantPlanSchema, due_at: time, reason: z.string(), authority: z.string() })
    .nullable()
    .describe('The change of plan that waits for its day'),
});

/** Everything a tenant holds about one person: rows as they are, secrets left out. */
export const personalDataSchema = z.object({
  schema: z.literal('tenantry.personal-data/1'),
  person: z.object({ id: z.string(), email: z.string(), tenant_id: z.string() }),
  taken_at: time,
  tables: z.array(
    z.object({ database: z.string(), table: z.string(), rows: z.array(z.record(z.string(), z.unknown())) }),
  ),
});

export type SuspensionView = z.infer<typeof suspensionSchema>;
export type TenantLifeView = z.infer<typeof tenantLifeSchema>;
export type PlanImpactView = z.infer<typeof planImpactSchema>;
export type PlanChangeView = z.infer<typeof planChangeSchema>;
export type PlanRequestView = z.infer<typeof planRequestSchema>;
export type TenantUsageView = z.infer<typeof tenantUsageSchema>;
export type TenantUsageHistoryView = z.infer<typeof tenantUsageHistorySchema>;
export type OffboardingView = z.infer<typeof offboardingSchema>;
