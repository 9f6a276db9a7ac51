/** Tenants and clients on the wire, `/api/v1/tenants` and `/api/v1/clients`. A tenant's id is a bare UUID (REG-18). */
import { z } from 'zod';
import { pageQuerySchema } from './paging.ts';

const time = z.iso.datetime();
const record = z.record(z.string(), z.unknown());

export const tenantStatusSchema = z.enum(['onboarding', 'trial', 'active', 'suspended', 'offboarded']);
export const tenantPlanSchema = z.enum(['free', 'starter', 'professional', 'enterprise']);

export const tenantQuerySchema = pageQuerySchema.extend({
  search: z.string().max(200).optional().describe('Beginnings of words of the name or slug; every word must match'),
  status: tenantStatusSchema.optional(),
  plan: tenantPlanSchema.optional(),
  product: z.string().max(50).optional(),
  client: z.string().max(100).optional().describe('Id of a client'),
});

export const clientQuerySchema = pageQuerySchema.extend({
  search: z
    .string()
    .max(200)
    .optional()
    .describe('Beginnings of words of the name or reference; every word must match'),
});

export const tenantSummarySchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  product: z.string(),
  client_id: z.string().nullable(),
  plan: tenantPlanSchema,
  status: tenantStatusSchema,
  access_mode: z.enum(['read-only', 'blocked']).nullable().describe('Set while suspended'),
  isolation: z.enum(['pool-shared', 'pool-dedicated-namespace', 'silo']),
  support_tier: z.string(),
  created_at: time,
  updated_at: time,
});

const limitSchema = z.union([z.int().nonnegative(), z.literal('unlimited')]);

export const tenantContactSchema = z.object({
  party: z.enum(['client', 'vendor']),
  role: z.string(),
  name: z.string(),
  email: z.string(),
  phone: z.string().nullable(),
});

/** One line of a tenant's life; lines are only ever added. */
export const tenantHistorySchema = z.object({
  number: z.int(),
  operation: z.string(),
  from: record.nullable(),
  to: record.nullable(),
  actor: z.object({ kind: z.string(), id: z.string(), label: z.string() }),
  authority: z.string().describe('On whose word'),
  reason: z.string().nullable(),
  run_id: z.string().nullable(),
  at: time,
});

export const tenantViewSchema = tenantSummarySchema.extend({
  schema: z.literal('tenantry.tenant/1'),
  version: z.int().describe('Counts every change of the tenant itself; the ETag stands for it'),
  status_reason: z.string().nullable(),
  pending_offboarding_at: time.nullable(),
  settings_version: z.int(),
  settings: z
    .object({
      features: z.record(z.string(), z.boolean()).optional(),
      limits: z.record(z.string(), limitSchema).optional(),
      feature_approvals: z.record(z.string(), z.object({ approved_by: z.string(), reason: z.string() })).optional(),
    })
    .describe("The tenant's own, on top of its plan"),
  limits: z.record(z.string(), limitSchema).describe('In force: its own value, else that of the plan'),
  limits_unset: z.array(z.string()).describe('Limits the plan leaves to the contract and nobody has set'),
  features: z.record(z.string(), z.boolean()).describe('In force'),
  contacts: z.array(tenantContactSchema),
  history: z.array(tenantHistorySchema).describe('The newest lines; `/history` has them all'),
});

const clientContactSchema = z.object({
  role: z.string(),
  name: z.string().optional(),
  email: z.string(),
  phone: z.string().optional(),
});

export const clientViewSchema = z.object({
  id: z.string(),
  reference: z.string().describe('A name that never changes, such as the number in the CRM'),
  legal_name: z.string(),
  language: z.string(),
  time_zone: z.string(),
  contacts: z.array(clientContactSchema),
  contract: z.object({
    starts_on: z.string().optional(),
    ends_on: z.string().optional(),
    term: z.string().optional(),
    sla_tier: z.string().optional(),
    signed_on: z.string().optional(),
    reference: z.string().optional(),
  }),
  created_at: time,
  updated_at: time,
});

const editText = z.string().trim().min(1).max(2_000);

/** What somebody may set right about a tenant, on sight of one version of it: If-Match says which. */
export const editTenantSchema = z.strictObject({
  name: z.string().trim().min(1).max(255).optional(),
  support_tier: z.string().trim().min(1).max(50).optional().describe('Key of a support tier of the product'),
  limits: z
    .record(z.string(), limitSchema.nullable())
    .optional()
    .describe("Of the contract; null takes the tenant's own value away, and that of its plan holds again"),
  features: z.record(z.string(), z.boolean().nullable()).optional(),
  feature_approvals: z
    .record(z.string(), z.strictObject({ approved_by: editText.max(255), reason: editText }).nullable())
    .optional()
    .describe('Who agreed to a feature that the plan does not include'),
  grandfathered_by: editText.optional().describe('Who agreed that what is there beyond a lower limit stays'),
  reason: editText.describe('Kept for good in the history of the tenant'),
  authority: editText.optional().describe('On whose word, such as a contract; else that of the caller'),
});

export type TenantSummaryView = z.infer<typeof tenantSummarySchema>;
export type TenantView = z.infer<typeof tenantViewSchema>;
export type TenantHistoryView = z.infer<typeof tenantHistorySchema>;
export type ClientView = z.infer<typeof clientViewSchema>;

export const emergencySchema = z.strictObject({ reason: z.string().trim().min(3).max(10_000) });
export const accessChangeSchema = z.object({
  tenants: z
    .array(z.object({ id: z.string(), slug: z.string() }))
    .describe('Those whose access changed; what was so already is left out'),
});
