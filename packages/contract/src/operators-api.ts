/** Operators on the wire: platform roles, grants, invitations, support access, and the sign-in of the command line. */
import { z } from 'zod';

const time = z.iso.datetime();
const futureTime = z.iso.datetime({ offset: true });

/** What a person of the vendor may do; each stands for a set of scopes. */
export const platformRoleSchema = z.enum(['owner', 'engineer', 'customer_success', 'sales', 'support', 'auditor']);

export const platformRoleViewSchema = z.object({
  role: platformRoleSchema,
  title: z.string(),
  about: z.string(),
  scopes: z.array(z.string()),
  tenant_data: z.enum(['always', 'support_access']).describe('Whether it reads a tenant at any time'),
});

/** A platform role and where it holds. */
export const grantSchema = z.object({
  role: platformRoleSchema,
  product: z.string().nullable().describe('Null: every product'),
  client_id: z.string().nullable().describe('Null: every client'),
});

export const grantViewSchema = grantSchema.extend({
  source: z
    .enum(['person', 'idp', 'setup'])
    .describe('Who gave it: an owner, the groups of the last sign-in, the setup'),
  granted_by: z.string().nullable().describe('Name of the owner who gave it'),
  at: time,
  expires_at: time.nullable(),
});

export const newGrantSchema = z.strictObject({
  role: platformRoleSchema,
  product: z.string().max(50).optional().describe('Id of a product; leave out for every product'),
  client: z.string().max(100).optional().describe('Id of a client; leave out for every client'),
  expires_at: futureTime.optional(),
});

const runbookRolesSchema = z.array(z.string().max(100)).max(50);

export const operatorViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  roles: z.array(z.string()).describe('Runbook roles'),
  grants: z.array(grantViewSchema),
  development: z.boolean(),
  created_at: time,
  disabled_at: time.nullable(),
  signed_in_at: time.nullable().describe('Start of the last session'),
});

export const newOperatorSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  email: z.email().max(254),
  roles: runbookRolesSchema.default([]),
  grants: z.array(newGrantSchema).min(1).max(50),
});

export const invitedOperatorSchema = z.object({
  id: z.string(),
  invitation_url: z
    .string()
    .optional()
    .describe('Opens once; in this answer only. Hand it to the person by a way that only they read'),
  expires_at: time,
});

export const setGrantsSchema = z.strictObject({
  grants: z.array(newGrantSchema).max(50).describe('Take the place of those given by hand before'),
  roles: runbookRolesSchema.optional().describe('Runbook roles; leave out to keep them'),
  reason: z.string().trim().min(1).max(1_000),
});

export const reasonSchema = z.strictObject({ reason: z.string().trim().min(1).max(1_000) });

export const linkIdentitySchema = z.strictObject({
  issuer: z.url().max(500),
  subject: z.string().min(1).max(255),
});

export const supportAccessSchema = z.object({
  id: z.string(),
  tenant_id: z.string(),
  tenant_slug: z.string(),
  person_id: z.string(),
  person: z.string(),
  reason: z.string(),
  hours: z.int(),
  status: z.enum(['asked', 'live', 'ended', 'lapsed']),
  asked_at: time,
  granted_by: z.string().nullable(),
  from: time.nullable(),
  until: time.nullable(),
  ended_at: time.nullable(),
  ended_by: z.string().nullable(),
  ended_reason: z.string().nullable(),
});

export const openSupportAccessSchema = z.strictObject({
  reason: z.string().trim().min(10, 'expects a reason the client can understand, of 10 characters or more').max(1_000),
  hours: z.int().min(1).max(24).default(4),
  person: z.string().max(100).optional().describe('For another person; the access is then granted at once'),
});

export const supportPolicySchema = z.strictObject({
  granted_by: z.enum(['client', 'vendor']).describe("client: only the client's admin grants; vendor: an owner may too"),
});

/** What the command line sends after a sign-in in the browser: RFC 7636 with S256. */
export const cliCodeRequestSchema = z.strictObject({
  code: z.string().min(20).max(100),
  verifier: z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/),
});

export const cliKeySchema = z.object({
  schema: z.literal('tenantry.cli-key/1'),
  key: z.string(),
  key_id: z.string(),
  name: z.string().describe('Of the person'),
  email: z.string(),
  expires_at: time,
});

export type GrantView = z.infer<typeof grantViewSchema>;
export type InvitedOperatorView = z.infer<typeof invitedOperatorSchema>;
export type OperatorView = z.infer<typeof operatorViewSchema>;
export type PlatformRoleView = z.infer<typeof platformRoleViewSchema>;
export type SupportAccessView = z.infer<typeof supportAccessSchema>;
