/** The life of a tenant on the wire: suspension, reinstatement, and where it stands. */
import { z } from 'zod';
import { tenantStatusSchema } from './tenant-api.ts';

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

export const tenantLifeSchema = z.object({
  tenant_id: z.string(),
  slug: z.string(),
  status: tenantStatusSchema,
  access_mode: accessModeSchema.nullable(),
  status_reason: z.string().nullable(),
  closed_at: time.nullable().describe('Set while an emergency keeps everybody out'),
  possible: z.array(tenantStatusSchema).describe('Statuses it can go to from here'),
  suspensions: z.array(suspensionSchema).describe('Causes that hold, most urgent first'),
});

export type SuspensionView = z.infer<typeof suspensionSchema>;
export type TenantLifeView = z.infer<typeof tenantLifeSchema>;
